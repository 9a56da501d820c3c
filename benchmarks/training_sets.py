"""The bundled data as pairs to train on, and as folds to check a training by.

What is query or document of a judged set is folded by what it is about: a laureate, an EU topic with all its projects,
an aid, each with all that was written of it; a query of the other sets. A held-out query is trained on in no set, nor
is a document that answers it as an answer: so a laureate that answers a held-out challenge is left out as well, with
all that was written of it.

Answers in the other language (``graded_across``) are not held out: `benchmarks.bundled.unseen` leaves out the grades of
what a training saw.
"""

import gzip
import hashlib
import json
import random
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeAlias

from corpora import open_data
from corpora.open_data import LabelledSet
from matcher.evaluation_set import EvaluationSet
from matcher.folding import fold as fold_words
from matcher.sentences import split_sentences
from models.training import Pair, PairSet

FOLDS = 4
WEAK_PAIRS = 400
"""Pairs taken of each weak source at most."""
WEAK_SHARES = {
    "ademe_action": 0.4,
    "aides_territoires": 0.3,
    "cordis_project_title": 0.4,
    "franceterme": 0.1,
    "horizon_call": 0.2,
    "inov_motto": 0.3,
    "uk_challenge": 0.2,
}
PARTLY_USEFUL = 0.4
"""Weight of a pair of grade 1; grade 2 counts 1."""


AcrossSource: TypeAlias = Literal["local_fr", "challenge", "need", "topic"]
"""Whose queries were graded in the other language."""


@dataclass(frozen=True)
class Labelled:
    """A labelled set: texts by id, grades by query and document."""

    documents: dict[str, str]
    queries: dict[str, str]
    grades: dict[str, dict[str, float]]

    def answers(self, query: str) -> dict[str, float]:
        """Documents of grade 1 or more."""
        return {document: grade for document, grade in self.grades.get(query, {}).items() if grade > 0}


@cache
def labelled(name: LabelledSet) -> Labelled:
    """A bundled labelled set."""
    read = EvaluationSet.read(open_data.labelled(name))
    documents = {each.id: f"{each.title} {each.text}".strip() for each in read.documents}
    return Labelled(documents, read.queries, read.grades)


def training_sets(fold: int | None = None, *, made_up: bool = True) -> list[PairSet]:
    """All that is trained on; with ``fold``, all but what is held out with it.

    With ``made_up`` also challenges, topics and programmes with answers or needs made up for each, challenges made up
    for laureates, and challenges cut in halves.
    """
    shares = {"cordis": 2.5, "cordis_fr2en": 0.6, "inov_company": 1.6, "ademe": 1.0, "sdg_fr2en": 0.15}
    hard = {"cordis", "cordis_fr2en"}
    inventions = (
        [
            PairSet("pitches", tuple(_by_halves_too(_pitches())), 3.0),
            PairSet("topic_projects", tuple(_topic_projects()), 2.5, hard_negatives=True),
            PairSet("laureate_challenges", tuple(_by_halves_too(_graded("laureate_challenge", fold))), 2.0),
            PairSet("programmes", tuple(_programmes()), 1.0),
        ]
        if made_up
        else []
    )
    asked = _by_halves_too if made_up else iter
    sets = [
        PairSet("needs", tuple(_needs("laureate", "local_fr", fold)), 5.0, hard_negatives=True),
        PairSet("cordis_needs", tuple(_needs("cordis", "cordis", fold)), 2.0, hard_negatives=True),
        PairSet("aid_needs", tuple(_weak_needs("aides_territoires", fold)), 0.8, hard_negatives=True),
        PairSet("action_needs", tuple(_weak_needs("ademe_action", fold)), 0.8, hard_negatives=True),
        PairSet("topic_needs", tuple(_weak_needs("horizon_call", fold)), 1.0, hard_negatives=True),
        PairSet("local_fr", (*asked(_challenges(fold)), *asked(_graded("laureate", fold))), 4.0),
        PairSet("graded_topics", tuple(_graded_topics(fold)), 1.0),
        PairSet("graded_aids", tuple(asked(_graded("aides_territoires", fold))), 0.5),
        PairSet("french_topics", tuple(_french_topics(fold)), 1.0, hard_negatives=True),
        *inventions,
        PairSet("companies", tuple(_voices("company", "local_fr", fold)), 0.8),
        PairSet("actions", tuple(_voices("ademe", "ademe", fold)), 0.6),
    ]
    names: tuple[LabelledSet, ...] = ("cordis", "cordis_fr2en", "inov_company", "ademe", "sdg_fr2en")
    sets += [PairSet(name, tuple(_labelled_pairs(name, fold)), shares[name], name in hard) for name in names]
    return sets + [PairSet(source, tuple(_weak(source, fold)), share) for source, share in WEAK_SHARES.items()]


class Texts:
    """Texts to look others up in by their words alone, accents, case and punctuation aside."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._sorted = sorted({fold_words(text) for text in texts})

    def holds(self, text: str) -> bool:
        """Whether the text is one of them."""
        wanted = fold_words(text)
        return self._first_from(wanted) == wanted

    def begins_with(self, text: str) -> bool:
        """Whether one of them is the text or begins with it."""
        wanted = fold_words(text)
        return self._first_from(wanted).startswith(wanted)

    def _first_from(self, text: str) -> str:
        place = bisect_left(self._sorted, text)
        return self._sorted[place] if place < len(self._sorted) else ""


@cache
def trained_texts(fold: int) -> Texts:
    """All queries and answers that the trainings of a fold see."""
    pairs = (pair for each in training_sets(fold) for pair in each.pairs)
    return Texts(text for pair in pairs for text in (*pair.queries, pair.document))


def held_out(identity: str, fold: int | None, folds: int = FOLDS) -> bool:
    """Whether a text of this identity is held out with the fold."""
    return fold is not None and int(hashlib.md5(identity.encode()).hexdigest(), 16) % folds == fold  # noqa: S324


def identity_of(document: str) -> str:
    """What a text is folded by, the same in all sets.

    A laureate has one name (``inov481`` and ``c481`` are ``inov-0481``); an EU project goes with its topic, for all
    projects of a topic answer it; any other text stands for itself.
    """
    number = document.removeprefix("inov").removeprefix("c")
    if number.isdigit() and number != document:
        return f"inov-{int(number):04d}"
    return _topic_of_project().get(document, document)


@cache
def _topic_of_project() -> dict[str, str]:
    data = labelled("cordis")
    return {document: topic for topic in data.queries for document in data.answers(topic)}


def held_document(document: str, fold: int | None) -> bool:
    """Whether a text is held out with the fold: by what it is about, or as an answer to a held-out query."""
    identity = identity_of(document)
    held = (_answers_of_held("local_fr", fold), _answers_of_held("ademe", fold))  # the others: by identity
    return held_out(identity, fold) or any(identity in each for each in held)


@cache
def _answers_of_held(name: LabelledSet, fold: int | None) -> frozenset[str]:
    data = labelled(name)
    return frozenset(
        document for query in data.queries if held_query(name, query, fold) for document in data.answers(query)
    )


def held_query(name: LabelledSet, query: str, fold: int | None) -> bool:
    """Whether a query is held out: itself (ADEME, challenges), or with a document that answers it."""
    if name == "ademe":
        return held_out(query, fold)
    if name == "local_fr":
        return fold is not None and held_out(query, fold % 2, 2)
    return any(held_out(identity_of(document), fold) for document in labelled(name).answers(query))


def _labelled_pairs(name: LabelledSet, fold: int | None) -> Iterator[Pair]:
    data = labelled(name)
    for query, text in data.queries.items():
        if held_query(name, query, fold):
            continue
        for document in data.answers(query):
            if not held_document(document, fold):
                yield Pair((text,), data.documents[document])


def _challenges(fold: int | None) -> Iterator[Pair]:
    data = labelled("local_fr")
    requirements = {each.id: " ; ".join(each.requirements) for each in open_data.challenges("written_challenges")}
    for query, text in data.queries.items():
        voices = tuple(voice for voice in (text, requirements.get(query)) if voice)
        if not held_query("local_fr", query, fold):
            grades = data.grades.get(query, {}) | graded_across("local_fr").get(query, {})
            yield from _pairs_of(voices, grades, solution_texts(), fold)


def _graded_topics(fold: int | None) -> Iterator[Pair]:
    """EU topics, each with laureates that were graded for it and with the projects that it funded.

    The projects answer in other sets too: here they stand beside what is in French.
    """
    data = labelled("cordis")
    for row in _rows(open_data.training("topics")):
        if not held_query("cordis", row["id"], fold):
            voices = (row["need"], row["second"], data.queries[row["id"]])
            grades = dict.fromkeys(data.answers(row["id"]), 2) | graded_across("topic").get(row["id"], {})
            yield from _pairs_of(voices, grades, solution_texts(), fold)


def _graded(source: Literal["laureate", "laureate_challenge", "aides_territoires"], fold: int | None) -> Iterator[Pair]:
    """Challenges that are in no labelled set; of their grades, those of texts that are not held out.

    A challenge written for a laureate is left out with it.
    """
    documents = named_texts(source) if source == "aides_territoires" else solution_texts()
    across = graded_across("challenge") if source == "laureate" else {}
    for row in _rows(open_data.training("graded")):
        if row["source"] == source and not (source == "laureate_challenge" and held_document(row["id"], fold)):
            yield from _pairs_of((row["challenge"],), row["grades"] | across.get(row["id"], {}), documents, fold)


def _pairs_of(
    voices: tuple[str, ...], grades: Mapping[str, float], documents: dict[str, str], fold: int | None
) -> Iterator[Pair]:
    known = {document: grade for document, grade in grades.items() if not held_document(document, fold)}
    rejected = tuple(documents[document] for document, grade in known.items() if grade == 0)
    for document, grade in known.items():
        if grade > 0:
            yield Pair(voices, documents[document], 1.0 if grade > 1 else PARTLY_USEFUL, rejected)


def _french_topics(fold: int | None) -> Iterator[Pair]:
    """EU topics as French authorities would put them, each with the projects that the topic funded."""
    data = labelled("cordis")
    for row in _rows(open_data.training("topics")):
        if not held_query("cordis", row["id"], fold):
            for document in data.answers(row["id"]):
                yield Pair((row["need"], row["second"]), data.documents[document])


def _pitches() -> Iterator[Pair]:
    """Challenges with a solution made up for each, and one of the same field that does not answer; in no judged set."""
    for row in _rows(open_data.training("pitches")):
        yield Pair((row["challenge"], row["need"]), row["pitch"], rejected=(row["near"],))


def _topic_projects() -> Iterator[Pair]:
    """EU topics that are in no judged set, in English and as a French need, each with projects made up for it."""
    for row in _rows(open_data.training("projects")):
        for project in row["projects"]:
            yield Pair((row["topic"], row["need"]), project)


def _programmes() -> Iterator[Pair]:
    """Programmes made up, each with three needs that it serves, and one of the same field that does not."""
    for row in _rows(open_data.training("programmes")):
        for need in row["needs"]:
            yield Pair((need,), row["programme"], rejected=(row["near"],))


def _by_halves_too(pairs: Iterable[Pair]) -> Iterator[Pair]:
    """The pairs, each also asked by the halves of its first query: what it is about has to be found in either."""
    for pair in pairs:
        yield replace(pair, queries=(*pair.queries, *halves(pair.queries[0])))


def halves(text: str) -> tuple[str, ...]:
    """The two halves of a text, cut between sentences; none of a text of one sentence."""
    sentences = split_sentences(text)
    middle = len(sentences) // 2
    return (" ".join(sentences[:middle]), " ".join(sentences[middle:])) if middle else ()


def _voices(source: str, corpus: LabelledSet, fold: int | None) -> Iterator[Pair]:
    """What was written of the texts of a labelled set, each with its text."""
    documents = labelled(corpus).documents
    for identity, text in second_voices(source).items():
        if not held_document(identity, fold):
            yield Pair((text,), documents[identity])


def _needs(source: str, corpus: LabelledSet, fold: int | None) -> Iterator[Pair]:
    documents = labelled(corpus).documents
    for row in needs(source):
        if not held_document(row["id"], fold):
            second = second_voices(source).get(row["id"])
            voices = (row["need"], second, " ; ".join(row["requirements"]), row.get("need_en"))
            yield Pair(tuple(voice for voice in voices if voice), documents[row["id"]])
    first = {row["id"] for row in needs(source)}
    for identity, need in second_voices(source).items():
        if identity not in first and not held_document(identity, fold):
            yield Pair((need,), documents[identity])


def _weak_needs(source: str, fold: int | None) -> Iterator[Pair]:
    """The needs written from the texts of a source of weak pairs; a text counts with its name in front."""
    texts = named_texts(source)
    for identity, need in second_voices(source).items():
        if not held_document(identity, fold):
            yield Pair((need,), texts[identity])


@cache
def named_texts(source: str) -> dict[str, str]:
    """The texts of a source of weak pairs by id, each with its name in front."""
    rows = _rows(open_data.training("pairs"))
    return {row["group"]: f"{row['a']}. {row['b']}" for row in rows if row["source"] == source}


def usual_queries() -> list[str]:
    """Challenges and EU topics that are in no judged set, and in the trainings of each fold alike."""
    challenges = [row["challenge"] for row in _rows(open_data.training("graded")) if row["source"] == "laureate"]
    topics = list(_rows(open_data.training("projects")))
    return challenges + [row["need"] for row in topics] + [row["topic"] for row in topics]


@cache
def graded_across(source: AcrossSource) -> dict[str, dict[str, int]]:
    """Grades of solutions that are not in the language of those that answer the source else, by query."""
    rows = _rows(open_data.training("graded_across"))
    return {row["id"]: row["grades"] for row in rows if row["source"] == source}


@cache
def solution_texts() -> dict[str, str]:
    """The French laureates and the English projects, by id."""
    return labelled("local_fr").documents | labelled("cordis").documents


def french_topics() -> dict[str, str]:
    """EU topics by id as French authorities would put them: the first of their two needs."""
    return {row["id"]: row["need"] for row in _rows(open_data.training("topics"))}


def needs(source: str) -> list[dict[str, Any]]:
    """The needs written from the solutions of a source."""
    return [row for row in _rows(open_data.training("needs")) if row["source"] == source]


@cache
def second_voices(source: str) -> dict[str, str]:
    """By text, what somebody else wrote of it as a need, or as the source says, in other words."""
    return {row["id"]: row["need"] for row in _rows(open_data.training("voices")) if row["source"] == source}


def weak_pairs(source: str) -> list[dict[str, Any]]:
    """The weak pairs of a source, at most ``WEAK_PAIRS``, drawn at random (seeded)."""
    rows = [row for row in _rows(open_data.training("pairs")) if row["source"] == source]
    return random.Random(0).sample(rows, min(WEAK_PAIRS, len(rows)))  # noqa: S311


def _weak(source: str, fold: int | None) -> Iterator[Pair]:
    for row in weak_pairs(source):
        if not held_document(row["group"], fold):
            yield Pair((row["a"],), row["b"])


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    if not path.exists():
        path = path.with_name(f"{path.name}.gz")
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)
