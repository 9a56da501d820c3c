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
from matcher.wording import fault


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
            raise fault(EvaluationSetError, "set_no_folder", folder=folder)
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
        raise fault(EvaluationSetError, "set_no_file", folder=folder, name=name)
    rows: dict[str, dict[str, str]] = {}
    for number, line in _lines(path):
        row = _parse(path, number, line)
        if name == "queries" and not has_words(row["text"]):
            raise fault(EvaluationSetError, "set_no_words", path=path, line=number, identifier=row["_id"])
        if row["_id"] in rows:
            raise fault(EvaluationSetError, "set_id_again", path=path, line=number, identifier=row["_id"])
        rows[row["_id"]] = row
    if not rows:
        raise fault(EvaluationSetError, "set_empty", path=path)
    return list(rows.values())


def _parse(path: Path, number: int, line: str) -> dict[str, str]:
    where = {"path": path, "line": number}
    try:
        row: Any = json.loads(line)
    except ValueError as error:
        raise fault(EvaluationSetError, "set_not_json", **where, reason=error) from error
    if not isinstance(row, dict):
        raise fault(EvaluationSetError, "set_no_object", **where, value=line[:40])
    for key in ("_id", "text"):
        if key not in row:
            raise fault(EvaluationSetError, "set_no_key", **where, key=key, found=tuple(row))
    if not isinstance(row["_id"], str | int) or not str(row["_id"]):
        raise fault(EvaluationSetError, "set_not_text", **where, key="_id", value=json.dumps(row["_id"]))
    for key in ("title", "text"):
        if not isinstance(row.get(key), str | None):
            raise fault(EvaluationSetError, "set_not_text", **where, key=key, value=json.dumps(row[key]))
    return {"_id": str(row["_id"]), "title": row.get("title") or "", "text": row["text"] or ""}


def _read_grades(path: Path) -> Iterator[tuple[str, str, float]]:
    if not path.exists():
        raise fault(EvaluationSetError, "set_no_grades_file", path=path)
    found = False
    for number, line in _lines(path):
        columns = line.split("\t")
        if len(columns) != 3:
            raise fault(EvaluationSetError, "set_columns", path=path, line=number, found=len(columns))
        try:
            grade = float(columns[2])
        except ValueError:
            if number == 1:  # the header
                continue
            raise fault(EvaluationSetError, "set_grade_no_number", path=path, line=number, value=columns[2]) from None
        if not 0 <= grade < float("inf"):
            raise fault(EvaluationSetError, "set_grade_negative", path=path, line=number, value=columns[2])
        found = True
        yield columns[0], columns[1], grade
    if not found:
        raise fault(EvaluationSetError, "set_no_grades", path=path)


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines that are not blank, with their numbers from 1."""
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                text = line.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
                if text.strip():
                    yield number, text
    except UnicodeDecodeError as error:
        raise fault(EvaluationSetError, "set_not_utf8", path=path, line=number, reason=error) from error
    except (OSError, EOFError) as error:
        raise fault(EvaluationSetError, "set_unreadable", path=path, reason=error) from error
