"""The two kinds of record, challenges and solutions.

What is unknown stays ``None`` or empty: it is never guessed. A field whose value was
derived (from a programme, say) is named in ``derived``.
"""

import datetime as dt
import hashlib
import json
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Identifier = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Siren = Annotated[str, StringConstraints(pattern=r"^\d{9}$")]
Language = Literal["fr", "en"]
"""Languages the engine ranks; a text in another language is kept with ``language=None``."""


class SolutionKind(StrEnum):
    """Who proposes a solution."""

    STARTUP = "startup"
    LABORATORY = "laboratory"
    SCIENTIST = "scientist"
    SME = "sme"


class TerritoryKind(StrEnum):
    """Levels of French territory, smallest first, then the country."""

    COMMUNE = "commune"
    EPCI = "epci"
    DEPARTEMENT = "departement"
    REGION = "region"
    COUNTRY = "country"


class Territory(BaseModel):
    """A place: ``code`` is its INSEE code (SIREN for an EPCI, ISO 3166 alpha-2 for a country)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: TerritoryKind | None = None
    code: str | None = None
    name: str | None = None


class Record(BaseModel):
    """What challenges and solutions have in common."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Identifier
    text: Annotated[str, StringConstraints(strip_whitespace=True, max_length=500_000)] = ""
    language: Language | None = None
    organisation: str | None = None
    siren: Siren | None = None
    territory: Territory | None = None
    themes: tuple[str, ...] = ()
    hosting: str | None = Field(default=None, description="Where data is or must be hosted, such as FR or UE.")
    ecosystem: tuple[str, ...] = Field(default=(), description="Networks and programmes, such as JEDI or i-Lab.")
    source: str | None = None
    licence: str | None = None
    url: str | None = None
    contact: str | None = None
    published: dt.date | None = None
    derived: tuple[str, ...] = Field(default=(), description="Names of the fields that were derived, not stated.")
    extra: dict[str, Any] = Field(default_factory=dict, description="Columns of the source that have no field here.")

    @property
    def heading(self) -> str:
        """The title of a challenge, the name of a solution."""
        raise NotImplementedError

    @property
    def content_hash(self) -> str:
        """SHA-256 of everything that the record says, whatever the order of its columns."""
        said = self.model_dump(mode="json", exclude_defaults=True)
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


class Challenge(Record):
    """A problem of a local authority, with what an answer must respect."""

    title: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2_000)]
    requirements: tuple[str, ...] = ()
    budget: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = Field(
        default=None, description="Most it can spend, in euros."
    )
    trl_min: Annotated[int, Field(ge=1, le=9)] | None = None
    deadline: dt.date | None = Field(default=None, description="Day by which an answer must be in place.")
    status: Literal["open", "closed"] | None = None

    @property
    def heading(self) -> str:
        """The title."""
        return self.title


class Solution(Record):
    """What a startup, laboratory, scientist or SME proposes."""

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2_000)]
    tagline: str | None = None
    kind: SolutionKind | None = None
    trl: Annotated[int, Field(ge=1, le=9)] | None = None
    price: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = Field(
        default=None, description="What it costs, in euros."
    )
    available: dt.date | None = Field(default=None, description="Day from which it can be had.")

    @property
    def heading(self) -> str:
        """The name."""
        return self.name
