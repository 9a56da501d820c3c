"""The labelled sets that the project ships, ready to be ranked."""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, TypeAlias

from corpora import open_data
from corpora.records import Language
from matcher.evaluation import Workbench
from matcher.evaluation_set import EvaluationSet
from models.encoder import Encoder

HeldOut: TypeAlias = Mapping[str, Sequence[str]]
"""For each set that is named, the queries that a model was not trained on."""


@dataclass(frozen=True)
class LabelledSet:
    """A bundled set: the languages of its queries and documents, and what it is used for in a calibration.

    All sets choose the weights; those that ``fits`` marks also fit the probability. ``graded``: grades 0, 1 and 2 by
    reading; otherwise one or more known answers.
    """

    name: open_data.LabelledSet
    pair: tuple[Language, Language]
    fits: bool
    graded: bool = False


SETS: Final = (
    LabelledSet("local_fr", ("fr", "fr"), fits=True, graded=True),
    LabelledSet("inov_company", ("fr", "fr"), fits=True),
    # The actions of one framework are near one another and few were marked: good to rank by, not to call unfit.
    LabelledSet("ademe", ("fr", "fr"), fits=False),
    LabelledSet("cordis_fr2en", ("fr", "en"), fits=True),
    LabelledSet("sdg_fr2en", ("fr", "en"), fits=False),  # a translation is no answer to a need
    LabelledSet("cordis", ("en", "en"), fits=True),
)


def read_held_out(path: Path | None) -> HeldOut:
    """Read ``{"cordis": ["id", …], …}``; nothing is held out without a file."""
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path else {}


def prepare(labelled: LabelledSet, encoder: Encoder, held_out: HeldOut | None = None) -> Workbench:
    """Index a set and encode its queries, of a set named in ``held_out`` those alone."""
    content = EvaluationSet.read(open_data.labelled(labelled.name))
    if held_out and labelled.name in held_out:
        wanted = set(held_out[labelled.name])
        content = replace(content, queries={one: text for one, text in content.queries.items() if one in wanted})
    print(f"{labelled.name}: {len(content.queries)} queries, {len(content.documents)} documents", file=sys.stderr)
    return Workbench.prepare(content, encoder)
