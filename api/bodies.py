"""What requests and answers hold beyond the records and results, which are the library's own types."""

import datetime as dt
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from api import examples
from api.bounds import MOST_CHARACTERS, MOST_PROPOSALS
from corpora.records import Challenge, Identifier, Solution
from matcher.filters import Filters
from matcher.results import IndexReport

FreeText = Annotated[str, StringConstraints(min_length=1, max_length=MOST_CHARACTERS)]
Top = Annotated[int, Field(ge=1, le=MOST_PROPOSALS, description="How many are wanted.")]
Language = Annotated[
    Literal["fr", "en"] | None,
    Field(description="Language of reasons and errors; else that of Accept-Language, else the service's own."),
]
Diverse = Annotated[bool, Field(description="Varied proposals: one an organisation first, and no near copies.")]
RunStatus = Literal["queued", "running", "done", "failed"]
FINISHED: Final = frozenset({"done", "failed"})


class Body(BaseModel):
    """Base of what is sent: an unknown key is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class MatchQuery(Body):
    """A challenge to match: a free ``text``, or the ``challenge_id`` of a record; exactly one of them."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": list(examples.MATCH_QUERIES),
            "oneOf": [
                {"required": ["text"], "properties": {"challenge_id": {"type": "null"}}},
                {"required": ["challenge_id"], "properties": {"text": {"type": "null"}}},
            ],
        }
    )

    text: FreeText | None = None
    challenge_id: Identifier | None = None
    top: Top = 10
    filters: Filters = Filters()
    diverse: Diverse = False
    lang: Language = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if (self.text is None) == (self.challenge_id is None):
            raise PydanticCustomError("exactly_one", "give either text or challenge_id")
        return self


class SelfCheckQuery(Body):
    """A pitch to check against the challenges; it is neither kept nor logged."""

    model_config = ConfigDict(json_schema_extra={"examples": list(examples.SELF_CHECK_QUERIES)})

    text: FreeText
    top: Top = 10
    filters: Filters = Filters()
    lang: Language = None


class ChallengePage(BaseModel):
    """Challenges by id; ``next`` is the cursor of the page after, None on the last."""

    items: list[Challenge]
    next: str | None


class SolutionPage(BaseModel):
    """Solutions by id; ``next`` is the cursor of the page after, None on the last."""

    items: list[Solution]
    next: str | None


class BatchQuery(Body):
    """A run before a meeting, over every challenge that is not closed."""

    model_config = ConfigDict(json_schema_extra={"examples": list(examples.BATCH_QUERIES)})

    meeting: Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-Q[1-4]$")] = Field(description="Such as 2027-Q1.")
    per_challenge: Top = 10
    per_solution: Annotated[int, Field(ge=1, le=10_000)] | None = Field(
        default=None, description="Most challenges that one solution is proposed to."
    )
    filters: Filters = Filters()
    diverse: Diverse = False
    lang: Language = None


class Failure(BaseModel):
    """Why a run failed: a code of the table of problems, and words."""

    code: str
    message: str


class BatchFile(BaseModel):
    """A file of a batch that is done."""

    name: str
    href: str


class Batch(BaseModel):
    """A batch and how far it is; ``report`` and ``files`` come when it is done, ``reason`` when it failed."""

    id: str
    meeting: str
    status: RunStatus
    created: dt.datetime
    started: dt.datetime | None = None
    finished: dt.datetime | None = None
    challenges_done: int = 0
    reason: Failure | None = None
    report: dict[str, Any] | None = Field(default=None, description="Counts, snapshot, model, seconds and messages.")
    files: list[BatchFile] = []


class IndexQuery(Body):
    """How to index: only what changed, or everything anew (``rebuild``, for a damaged or foreign index)."""

    model_config = ConfigDict(json_schema_extra={"examples": [{}, {"rebuild": True}]})

    rebuild: bool = False


class IndexRun(BaseModel):
    """The last indexing run that was asked of this service; ``idle`` when none was."""

    status: Literal["idle", "queued", "running", "done", "failed"]
    created: dt.datetime | None = None
    finished: dt.datetime | None = None
    reason: Failure | None = None
    report: IndexReport | None = None


class Health(BaseModel):
    """The service runs."""

    status: Literal["ok"] = "ok"


class Ready(BaseModel):
    """The service can answer: what it answers from."""

    status: Literal["ready"] = "ready"
    snapshot: str
    model: str
    solutions: int
    challenges: int
