"""Conflicts of interest: a challenge and a solution that come from one organisation, under one name or several.

Two records are of one organisation when they state the same SIREN, the number of a French legal person, or the same
name, accents, case, punctuation and legal form aside. Sharing an ecosystem (a programme, an incubator) is no conflict
in itself: it makes the verdict unknown, for a person to look at.
"""

import re
from dataclasses import dataclass
from typing import Final, Literal

from corpora.records import Record
from matcher.folding import fold

_DOTTED: Final = re.compile(r"\b\w(?:\.\w)+\b\.?")
_LEGAL_FORM: Final = re.compile(r"\b(?:sas|sasu|sarl|eurl|sa|sci|scop|scic|snc|gie|ltd|limited|gmbh|inc|bv|srl)\b")


@dataclass(frozen=True)
class Identity:
    """Who is behind a record: SIREN, folded name without legal form, folded ecosystems; and how it is told."""

    siren: str | None
    name: str
    ecosystem: frozenset[str]
    told: str | None

    @property
    def names(self) -> frozenset[str]:
        """What it goes by: SIREN and name; empty where it does not say who it is."""
        return frozenset(each for each in (self.siren, self.name) if each)


def identity(record: Record) -> Identity:
    """Who is behind a record."""
    undotted = _DOTTED.sub(lambda initials: initials.group().replace(".", ""), record.organisation or "")  # S.A.S.
    name = " ".join(_LEGAL_FORM.sub(" ", fold(undotted)).split())
    told = " · ".join(part for part in (record.organisation, record.siren) if part) or None
    return Identity(record.siren, name, frozenset(fold(each) for each in record.ecosystem), told)


def conflict(author: Identity, other: Identity) -> Literal["met", "not_met", "unknown"]:
    """``not_met``: both are one organisation; ``unknown``: they share an ecosystem, or state nothing comparable."""
    if author.names & other.names:
        return "not_met"
    comparable = (author.siren and other.siren) or (author.name and other.name)
    return "met" if comparable and not author.ecosystem & other.ecosystem else "unknown"
