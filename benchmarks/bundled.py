"""The labelled sets that the project ships, ready to be ranked."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal, TypeAlias, cast

from benchmarks.train import FOLDS_TRAINED, parts_of
from benchmarks.training_sets import (
    AcrossSource,
    french_topics,
    graded_across,
    held_out,
    held_query,
    identity_of,
    named_texts,
    needs,
    second_voices,
    trained_texts,
)
from corpora import open_data
from corpora.records import Language
from matcher.evaluation import Workbench, cached_encoder, with_cache
from matcher.evaluation_set import Document, EvaluationSet
from models.compiled import CompiledEncoder
from models.encoder import Encoder
from models.folder import trained_model_folder
from models.loading import DEFAULT
from models.trained_parts import DEFAULT as TRAINED
from models.trained_parts import read_metadata

SetName: TypeAlias = (
    open_data.LabelledSet
    | Literal["needs", "needs_en", "aid_needs", "french_topics"]
    | Literal["local_fr_across", "needs_across", "needs_en_across", "french_topics_across", "cordis_across"]
)
"""``X_across`` has the queries of ``X``, asked of the other corpus: the EU projects where the laureates answer ``X``,
and the reverse. So ``needs_en_across`` is English to English."""


@dataclass(frozen=True)
class LabelledSet:
    """A bundled set: the languages of its queries and documents, and what it is used for in a calibration.

    Those with ``fits`` fit the probability. ``graded``: grades 0, 1 and 2 by reading; otherwise one or more known
    answers. ``across``: whose grades in the other corpus it has.
    """

    name: SetName
    pair: tuple[Language, Language]
    fits: bool
    graded: bool = False
    across: AcrossSource | None = None

    @property
    def ranks(self) -> bool:
        """Whether it tells how good a ranking is, and so chooses the weight of BM25.

        Few texts were read for a query of the sets across: enough to say what a fit is worth, too few to rank by.
        """
        return self.across is None


SETS: Final = (
    LabelledSet("local_fr", ("fr", "fr"), fits=True, graded=True),
    LabelledSet("needs", ("fr", "fr"), fits=True),
    LabelledSet("aid_needs", ("fr", "fr"), fits=False),  # long, generic texts: several aids answer most needs
    LabelledSet("inov_company", ("fr", "fr"), fits=True),
    # The actions of one framework are near one another and few were marked: good to rank by, not to call unfit.
    LabelledSet("ademe", ("fr", "fr"), fits=False),
    LabelledSet("needs_en", ("en", "fr"), fits=True),
    LabelledSet("cordis_fr2en", ("fr", "en"), fits=True),
    LabelledSet("french_topics", ("fr", "en"), fits=True),
    LabelledSet("sdg_fr2en", ("fr", "en"), fits=False),  # a translation is no answer to a need
    LabelledSet("cordis", ("en", "en"), fits=True),
    LabelledSet("french_topics_across", ("fr", "fr"), fits=True, graded=True, across="topic"),
    LabelledSet("cordis_across", ("en", "fr"), fits=True, graded=True, across="topic"),
    LabelledSet("local_fr_across", ("fr", "en"), fits=True, graded=True, across="local_fr"),
    LabelledSet("needs_across", ("fr", "en"), fits=True, graded=True, across="need"),
    LabelledSet("needs_en_across", ("en", "en"), fits=True, graded=True, across="need"),
)


ACROSS: Final[Mapping[str, AcrossSource]] = {each.name: each.across for each in SETS if each.across}


@dataclass(frozen=True)
class Model:
    """An encoder and the fold that it was not trained on; None where it may be judged by every query."""

    encoder: Encoder
    fold: int | None = None


def models(name: str, folds: Path | None = None) -> list[Model]:
    """The models that answer for a model: itself, or those of its folds, each to be judged by what it did not see.

    ``folds`` is the folder that ``benchmarks.train`` wrote.
    """
    if (name == DEFAULT) != (folds is not None):
        raise SystemExit(
            f"--folds is for {DEFAULT} alone, which learned from the bundled sets and is judged by the trainings "
            f"that did not see a query: give it with --model {DEFAULT}, and with no other."
        )
    if folds is None:
        return [Model(cached_encoder(name))]
    parts = {fold: parts_of(folds, fold) for fold in FOLDS_TRAINED}
    for path in parts.values():
        if read_metadata(path)["run"] not in read_metadata(TRAINED)["run"]:
            raise SystemExit(f"{path} is no part of {TRAINED}: copy default.safetensors of its folder there.")
    encoders = {fold: CompiledEncoder(trained_model_folder(path), path.stem) for fold, path in parts.items()}
    return [Model(with_cache(encoder), fold) for fold, encoder in encoders.items()]


def benches(labelled: LabelledSet, models: Sequence[Model]) -> list[Workbench]:
    """The set ready to be ranked by each model, each query by the first that was not trained on it."""
    content = read_set(labelled.name)
    left = dict(content.queries)
    found = []
    for model in models:
        known = content if labelled.ranks else unseen(content, model.fold)
        chosen = judged(known, model.fold)
        mine = {one: text for one, text in left.items() if one in chosen}
        left = {one: text for one, text in left.items() if one not in mine}
        print(f"{labelled.name}: {len(mine)} queries, {len(content.documents)} documents", file=sys.stderr)
        found.append(Workbench.prepare(replace(known, queries=mine), model.encoder))
    return found


def unseen(content: EvaluationSet, fold: int | None) -> EvaluationSet:
    """The set with the grades, good or bad, of texts alone that were held out, so that no training saw them answer.

    Which these are does not hang on what they are worth, so that the share of good ones stays as it is.
    """
    if fold is None:
        return content
    known = trained_texts(fold)
    left = {
        each.id
        for each in content.documents
        if held_out(identity_of(each.id), fold) and not known.holds(f"{each.title} {each.text}")
    }
    grades = {
        one: {text: grade for text, grade in graded.items() if text in left} for one, graded in content.grades.items()
    }
    return replace(content, grades=grades)


def judged(content: EvaluationSet, fold: int | None) -> set[str]:
    """The queries of a set that a model may be judged by: those held out, if their texts are too.

    Some texts stand under two names, so that a training may see one that was held out: such a query counts for none.
    """
    if fold is None:
        return set(content.queries)
    known = trained_texts(fold)
    texts = {each.id: f"{each.title} {each.text}" for each in content.documents}
    return {
        one
        for one, text in content.queries.items()
        if _held(content.name, one, fold)
        and not known.begins_with(text)
        and not any(
            grade > 0 and document in texts and known.holds(texts[document])
            for document, grade in content.grades[one].items()
        )
    }


def _held(name: str, query: str, fold: int) -> bool:
    name = name.removesuffix("_across")
    if name in ("needs", "needs_en", "aid_needs"):
        return held_out(query, fold)
    return held_query("cordis" if name == "french_topics" else cast("open_data.LabelledSet", name), query, fold)


def read_set(name: SetName) -> EvaluationSet:
    """A labelled set.

    The needs written from laureates, in French or in English, and those from aids are sets, each need with one known
    answer; EU topics in French are one, with the projects that each funded.
    """
    if name in ACROSS:
        return _across(name)
    if name == "needs":
        return _of_laureates(name, "need")
    if name == "needs_en":
        return _of_laureates(name, "need_en")
    if name == "aid_needs":
        documents = tuple(Document(one, "", text) for one, text in named_texts("aides_territoires").items())
        return _of_needs(name, documents, second_voices("aides_territoires"))
    if name == "french_topics":
        english = EvaluationSet.read(open_data.labelled("cordis"))
        asked = french_topics()
        return replace(english, name=name, queries=asked, grades={one: english.grades[one] for one in asked})
    return EvaluationSet.read(open_data.labelled(cast("open_data.LabelledSet", name)))


def _across(name: SetName) -> EvaluationSet:
    asked = read_set(cast("SetName", name.removesuffix("_across")))
    source = ACROSS[name]
    corpus = EvaluationSet.read(open_data.labelled("local_fr" if source == "topic" else "cordis")).documents
    known = graded_across(source)
    queries = {one: text for one, text in asked.queries.items() if one in known}
    grades = {one: {text: float(grade) for text, grade in known[one].items()} for one in queries}
    return EvaluationSet(name, corpus, queries, grades)


def _of_laureates(name: SetName, voice: Literal["need", "need_en"]) -> EvaluationSet:
    laureates = EvaluationSet.read(open_data.labelled("local_fr")).documents
    return _of_needs(name, laureates, {row["id"]: row[voice] for row in needs("laureate") if row.get(voice)})


def _of_needs(name: SetName, documents: tuple[Document, ...], asked: dict[str, str]) -> EvaluationSet:
    return EvaluationSet(name, documents, asked, {one: {one: 1.0} for one in asked})
