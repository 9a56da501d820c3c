"""A labelled set in BEIR layout: ``corpus.jsonl``, ``queries.jsonl`` (both may be gzipped), ``qrels/test.tsv``.

Layout: Thakur et al., "BEIR", 2021, https://github.com/beir-cellar/beir/wiki/Load-your-custom-dataset
"""

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matcher.errors import EvaluationSetError
from matcher.queries import has_words


@dataclass(frozen=True)
class Document:
    """One line of the corpus; ``title`` may be empty."""

    id: str
    title: str
    text: str


@dataclass(frozen=True)
class EvaluationSet:
    """Documents, queries (id to text) and grades (query id to document id to grade)."""

    name: str
    documents: tuple[Document, ...]
    queries: dict[str, str]
    grades: dict[str, dict[str, float]]

    @classmethod
    def read(cls, folder: Path) -> "EvaluationSet":
        """Read a folder.

        Grades of queries that the set does not hold are ignored; a judged document that the corpus
        does not hold counts as one that was not found.

        Raises:
            EvaluationSetError: a file is missing, empty or malformed; the message names file and line.
        """
        if not folder.is_dir():
            raise EvaluationSetError(f"{folder} is not a folder: give one with corpus.jsonl, queries.jsonl and qrels/")
        documents = {row["_id"]: Document(row["_id"], row["title"], row["text"]) for row in _rows(folder, "corpus")}
        queries = {row["_id"]: row["text"] for row in _rows(folder, "queries")}
        grades: dict[str, dict[str, float]] = {query: {} for query in queries}
        for query, document, grade in _read_grades(folder / "qrels" / "test.tsv"):
            if query in grades:
                grades[query][document] = grade
        return cls(folder.resolve().name, tuple(documents.values()), queries, grades)


def _rows(folder: Path, name: str) -> list[dict[str, str]]:
    """The rows of a file of JSON lines, each with ``_id``, ``title`` and ``text`` as strings."""
    path = folder / f"{name}.jsonl"
    if not path.exists():
        path = folder / f"{name}.jsonl.gz"
    if not path.exists():
        raise EvaluationSetError(f"{folder} holds neither {name}.jsonl nor {name}.jsonl.gz")
    rows: dict[str, dict[str, str]] = {}
    for number, line in _lines(path):
        row = _parse(path, number, line)
        if name == "queries" and not has_words(row["text"]):
            raise EvaluationSetError(f"{path}, line {number}: text={row['text']!r} of {row['_id']!r} holds no words")
        if row["_id"] in rows:
            raise EvaluationSetError(f"{path}, line {number}: the id {row['_id']!r} stands in an earlier line too")
        rows[row["_id"]] = row
    if not rows:
        raise EvaluationSetError(f"{path} is empty")
    return list(rows.values())


def _parse(path: Path, number: int, line: str) -> dict[str, str]:
    where = f"{path}, line {number}"
    try:
        row: Any = json.loads(line)
    except ValueError as error:
        raise EvaluationSetError(f"{where}: not JSON ({error})") from error
    if not isinstance(row, dict):
        raise EvaluationSetError(f"{where}: {line[:40]!r} is not an object with _id and text")
    for key in ("_id", "text"):
        if key not in row:
            raise EvaluationSetError(f"{where}: {key} is missing; found {', '.join(map(repr, row)) or 'nothing'}")
    if not isinstance(row["_id"], str | int) or not str(row["_id"]):
        raise EvaluationSetError(f"{where}: _id={row['_id']!r} is not a string")
    for key in ("title", "text"):
        if not isinstance(row.get(key), str | None):
            raise EvaluationSetError(f"{where}: {key}={row[key]!r} is not a string")
    return {"_id": str(row["_id"]), "title": row.get("title") or "", "text": row["text"] or ""}


def _read_grades(path: Path) -> Iterator[tuple[str, str, float]]:
    if not path.exists():
        raise EvaluationSetError(f"{path} is missing: it holds a query id, a document id and a grade a line")
    found = False
    for number, line in _lines(path):
        columns = line.split("\t")
        if len(columns) != 3:
            raise EvaluationSetError(
                f"{path}, line {number}: {len(columns)} columns instead of 3 (query-id, corpus-id, score, tab between)"
            )
        try:
            grade = float(columns[2])
        except ValueError:
            if number == 1:  # the header
                continue
            raise EvaluationSetError(f"{path}, line {number}: the grade {columns[2]!r} is not a number") from None
        if not 0 <= grade < float("inf"):
            raise EvaluationSetError(f"{path}, line {number}: the grade {columns[2]!r} is not 0 or more")
        found = True
        yield columns[0], columns[1], grade
    if not found:
        raise EvaluationSetError(f"{path} holds no grade")


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines that are not blank, with their numbers from 1."""
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                text = line.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
                if text.strip():
                    yield number, text
    except UnicodeDecodeError as error:
        raise EvaluationSetError(f"{path}, line {number}: not UTF-8 ({error})") from error
    except (OSError, EOFError) as error:
        raise EvaluationSetError(f"{path} cannot be read: {error}") from error
