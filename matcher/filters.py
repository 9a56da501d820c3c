"""Hard filters: the same words on every command and in the API."""

import datetime as dt
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from corpora.records import SolutionKind

Word = Annotated[str, Field(max_length=300)]
Words = Annotated[tuple[Word, ...], Field(max_length=1_000)]


class Filters(BaseModel):
    """What an answer must respect. Several values of one filter mean any of them.

    What a record does not say never excludes it, unless ``strict``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: tuple[SolutionKind, ...] = ()
    theme: Words = ()
    territory: Words = Field(default=(), description="INSEE codes or names; a wider one holds the narrower.")
    language: tuple[Literal["fr", "en"], ...] = ()
    trl_min: Annotated[int, Field(ge=1, le=9)] | None = None
    budget_max: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = Field(default=None, description="Euros.")
    deadline: dt.date | None = None
    ecosystem: Words = ()
    only: Words = Field(default=(), description="Ids to keep.")
    without: Words = Field(default=(), description="Ids to leave out.")
    strict: bool = False
