from pathlib import Path

import pytest

from matcher.errors import EvaluationSetError
from matcher.evaluation_set import EvaluationSet
from matcher.wording import explain
from tests.matcher.beir import DOCUMENTS, GRADES, QUERIES, write_set


@pytest.mark.parametrize("zipped", [False, True])
def test_reads_a_folder_zipped_or_not(tmp_path: Path, zipped: bool) -> None:
    labelled = EvaluationSet.read(write_set(tmp_path / "water", zipped=zipped))
    assert labelled.name == "water"
    assert {each.id: each.text for each in labelled.documents} == DOCUMENTS
    assert labelled.queries == QUERIES
    assert labelled.grades == GRADES


def test_a_title_may_be_missing_or_null_and_an_id_a_number(tmp_path: Path) -> None:
    folder = write_set(tmp_path)
    (folder / "corpus.jsonl").write_text(
        '{"_id": 7, "text": "a"}\n\n{"_id": "8", "title": null, "text": ""}\n', encoding="utf-8"
    )
    assert [(each.id, each.title, each.text) for each in EvaluationSet.read(folder).documents] == [
        ("7", "", "a"),
        ("8", "", ""),
    ]


def test_grades_of_other_queries_are_ignored_and_unknown_documents_kept(tmp_path: Path) -> None:
    folder = write_set(tmp_path, grades={"q1": {"gone": 1}, "other": {"d1": 1}})
    assert EvaluationSet.read(folder).grades == {"q1": {"gone": 1}, "q2": {}, "q3": {}}


def test_the_header_of_the_grades_may_be_missing_and_lines_end_as_in_windows(tmp_path: Path) -> None:
    folder = write_set(tmp_path)
    (folder / "qrels" / "test.tsv").write_bytes(b"q1\td1\t1\r\nq2\td2\t0.5\r\n")
    assert EvaluationSet.read(folder).grades["q2"] == {"d2": 0.5}


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("corpus.jsonl", b"", "corpus.jsonl is empty"),
        ("corpus.jsonl", b'{"_id": "a", "text": "x"}\n{oops\n', "corpus.jsonl, line 2: not JSON"),
        ("corpus.jsonl", b'["a"]\n', "corpus.jsonl, line 1: '[\"a\"]' is not an object"),
        ("corpus.jsonl", b'{"id": "a", "text": "x"}\n', "corpus.jsonl, line 1: _id is missing; keys found: id, text"),
        ("corpus.jsonl", b'{"_id": "a"}\n', "corpus.jsonl, line 1: text is missing"),
        ("corpus.jsonl", b'{"_id": "a", "text": 3}\n', "corpus.jsonl, line 1: text=3 is not a string"),
        ("corpus.jsonl", b'{"_id": null, "text": "x"}\n', "corpus.jsonl, line 1: _id=null is not a string"),
        ("corpus.jsonl", b'{"_id": "a", "text": "x"}\n' * 2, "corpus.jsonl, line 2: the id 'a' stands in an earlier"),
        ("queries.jsonl", b'{"_id": "a", "text": null}\n', "queries.jsonl, line 1: the text of 'a' holds no words"),
        ("queries.jsonl", b'{"_id": "a", "text": "\xe9"}\n', "queries.jsonl, line 1: the text is not UTF-8"),
        ("qrels/test.tsv", b"q1 d1 1\n", "test.tsv, line 1: 1 instead of 3 columns"),
        ("qrels/test.tsv", b"h\th\th\nq1\td1\tmuch\n", "test.tsv, line 2: the grade 'much' is not a number"),
        ("qrels/test.tsv", b"h\th\th\nq1\td1\t-1\n", "test.tsv, line 2: the grade '-1' is not 0 or more"),
        ("qrels/test.tsv", b"h\th\th\nq1\td1\tnan\n", "test.tsv, line 2: the grade 'nan' is not 0 or more"),
        ("qrels/test.tsv", b"query-id\tcorpus-id\tscore\n", "test.tsv holds no grade"),
    ],
)
def test_a_malformed_file_is_told_with_its_line(tmp_path: Path, file: str, content: bytes, said: str) -> None:
    folder = write_set(tmp_path)
    (folder / file).write_bytes(content)
    with pytest.raises(EvaluationSetError) as raised:
        EvaluationSet.read(folder)
    assert said in str(raised.value)
    assert explain(raised.value, "fr") != str(raised.value)


@pytest.mark.parametrize("file", ["corpus.jsonl", "queries.jsonl", "qrels/test.tsv"])
def test_a_missing_file_is_told(tmp_path: Path, file: str) -> None:
    folder = write_set(tmp_path)
    (folder / file).unlink()
    with pytest.raises(EvaluationSetError, match=r"missing|neither"):
        EvaluationSet.read(folder)


def test_a_damaged_archive_and_no_folder_are_told(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "set", zipped=True)
    (folder / "corpus.jsonl.gz").write_bytes((folder / "corpus.jsonl.gz").read_bytes()[:-9])
    with pytest.raises(EvaluationSetError, match="cannot be read"):
        EvaluationSet.read(folder)
    with pytest.raises(EvaluationSetError, match="is not a folder"):
        EvaluationSet.read(tmp_path / "nowhere")
