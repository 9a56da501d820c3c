"""What a challenge asks for: the requirements that its record states, else its sentences and clauses that ask."""

import re
from collections.abc import Sequence
from typing import Final

from corpora.records import Language
from matcher.sentences import Prose, listed_after, parted, telling_sentences

MOST_REQUIREMENTS: Final = 8
"""Requirements that are read out of a text: the first. Those that a record states all count."""

_ASKS: Final = re.compile(
    r"\b(?:(?:re)?cherch\w+|souhait\w+|voul(?:ons|ez|ai\w*)|voudr\w+|veu(?:t|x|lent)|aim(?:er)?(?:ions|ait|aient)"
    r"|besoins?|doi(?:t|vent)|dev(?:r(?:a|ont|ait|aient|ons|ions)|ons)|fau(?:t|dra|drait)|manqu\w+|objectifs?|cibles?"
    r"|vis(?:e|ent|ons|ant)|ser(?:a|ont)|imp[ée]rati\w+|exig\w+|attend(?:ons|ent|ue?s?)?|capables?|permett\w+"
    r"|seek\w*|look\w* for|needs?|needed|wants?|wish\w*|must|should|shall|requir\w+|aims?|goals?|objectives?|expect\w*"
    r"|would like|hop(?:es?|ing) to|capable|able to|lacks?)\b"
    r"|\?[\s»”\")]*$",
    re.IGNORECASE,
)
_NOUNS: Final = (
    "atelier avenir calendrier chantier clocher courrier danger désir dossier février foyer hier hiver janvier loisir "
    "mer métier papier particulier plaisir premier dernier quartier réservoir sentier soir souvenir terroir trottoir"
)
_INFINITIVE: Final = re.compile(
    rf"(?!(?:{'|'.join(_NOUNS.split())})s?\b)"
    r"(?:\w+(?:[eé]r|ir)|\w*(?:prendre|rendre|vendre|pondre|fendre|tendre|duire|truire|crire|mettre|battre|naître|suivre"
    r"|soudre|vaincre|clure|faire|lire|dire))\b",
    re.IGNORECASE,
)
"""A French verb in the infinitive, in which a need is often put, at the beginning of a sentence."""
_CLAUSE: Final = re.compile(r"\s*;\s+|,?\s+(?:ainsi que|and also|as well as)\s+")
_FEWEST_WORDS: Final = 4


def requirements_of(challenge: Prose, stated: Sequence[str] = (), language: Language = "fr") -> list[str]:
    """The requirements of a challenge, distinct, in its order.

    Those of the record where it states any. Else, at most ``MOST_REQUIREMENTS``, the clauses (cut at semicolons and
    "ainsi que") of what asks for something: by its verb, as a question, in the infinitive, or in a list after such a
    line. Else the title where it asks, in four words or more. Else, where nothing is asked in so many words, all that
    the text says.
    """
    given = list(dict.fromkeys(each.strip() for each in stated if each.strip()))
    if given:
        return given
    heading, text = parted(challenge)
    asks = _asks if language == "en" else _asks_in_french
    sentences = telling_sentences(challenge)
    listed = set(listed_after(text, asks))
    asking = [clause for each in sentences if each in listed or asks(each) for clause in _clauses(each)]
    title = [heading.strip()] if asks(heading) and len(heading.split()) >= _FEWEST_WORDS else []
    return list(dict.fromkeys(asking or title or sentences))[:MOST_REQUIREMENTS]


def _asks(sentence: str) -> bool:
    return bool(_ASKS.search(sentence))


def _asks_in_french(sentence: str) -> bool:
    return _asks(sentence) or bool(_INFINITIVE.match(sentence.strip()))


def _clauses(sentence: str) -> list[str]:
    """The clauses of a sentence, one too short to stand alone kept with the one before."""
    starts, ends = [0], list[int]()
    for cut in _CLAUSE.finditer(sentence):
        following = _CLAUSE.split(sentence[cut.end() :], maxsplit=1)[0]
        if len(following.split()) >= _FEWEST_WORDS:
            ends.append(cut.start())
            starts.append(cut.end())
    return [sentence[start:end] for start, end in zip(starts, [*ends, len(sentence)], strict=True)]
