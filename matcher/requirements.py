"""What a challenge asks for: the requirements that its record states, else its sentences and clauses that ask."""

import re
from collections.abc import Sequence
from typing import Final

from matcher.sentences import Prose, telling_sentences

MOST_REQUIREMENTS: Final = 8
"""Requirements of one challenge that are looked at: the first."""

_ASKS: Final = re.compile(
    r"\b(?:(?:re)?cherch\w+|souhait\w+|voul(?:ons|ez|ai\w*)|voudr\w+|veu(?:t|x|lent)|aim(?:er)?(?:ions|ait|aient)"
    r"|besoins?|doi(?:t|vent)|dev(?:r(?:a|ont|ait|aient|ons|ions)|ons)|fau(?:t|dra|drait)|manqu\w+|objectifs?|cibles?"
    r"|vis(?:e|ent|ons|ant)|ser(?:a|ont)|imp[ée]rati\w+|exig\w+|attend(?:ons|ent|ue?s?)?|capables?|permett\w+"
    r"|seek\w*|look\w* for|needs?|needed|wants?|wish\w*|must|should|shall|requir\w+|aims?|goals?|objectives?|expect\w*"
    r"|would like|hop(?:es?|ing) to|capable|able to|lacks?)\b",
    re.IGNORECASE,
)
_CLAUSE: Final = re.compile(r"\s*;\s+|,?\s+(?:ainsi que|and also|as well as)\s+")
_FEWEST_WORDS: Final = 4


def requirements_of(challenge: Prose, stated: Sequence[str] = ()) -> list[str]:
    """The requirements of a challenge, at most ``MOST_REQUIREMENTS``, distinct, in its order.

    Those of the record where it states any; else the clauses (cut at semicolons and "ainsi que") of the sentences that
    ask for something, by their verbs; else, of a text that asks nothing in so many words, all that it says.
    """
    given = list(dict.fromkeys(each.strip() for each in stated if each.strip()))
    if given:
        return given[:MOST_REQUIREMENTS]
    sentences = telling_sentences(challenge)
    asking = [clause for sentence in sentences if _ASKS.search(sentence) for clause in _clauses(sentence)]
    return list(dict.fromkeys(asking or sentences))[:MOST_REQUIREMENTS]


def _clauses(sentence: str) -> list[str]:
    """The clauses of a sentence, one too short to stand alone kept with the one before."""
    starts, ends = [0], list[int]()
    for cut in _CLAUSE.finditer(sentence):
        following = _CLAUSE.split(sentence[cut.end() :], maxsplit=1)[0]
        if len(following.split()) >= _FEWEST_WORDS:
            ends.append(cut.start())
            starts.append(cut.end())
    return [sentence[start:end] for start, end in zip(starts, [*ends, len(sentence)], strict=True)]
