"""Writes small labelled sets."""

import gzip
import json
from collections.abc import Mapping
from pathlib import Path

DOCUMENTS = {
    "d1": "Des capteurs acoustiques repèrent les fuites d'un réseau d'eau.",
    "d2": "Des caméras voient la fumée au-dessus de la forêt et donnent l'alerte.",
    "d3": "Une batterie stocke l'énergie solaire du bâtiment.",
    "d4": "Un vélo électrique pour le transport des marchandises en ville.",
}
QUERIES = {
    "q1": "Repérer les fuites du réseau d'eau de la commune.",
    "q2": "Voir la fumée d'un départ de feu en forêt.",
    "q3": "Une question à laquelle rien ne répond dans ce corpus.",
}
GRADES = {"q1": {"d1": 2, "d3": 0}, "q2": {"d2": 1}, "q3": {"d1": 0}}


def write_set(
    folder: Path,
    documents: Mapping[str, str] = DOCUMENTS,
    queries: Mapping[str, str] = QUERIES,
    grades: Mapping[str, Mapping[str, float]] = GRADES,
    *,
    zipped: bool = False,
) -> Path:
    corpus = [{"_id": one, "title": "", "text": text} for one, text in documents.items()]
    asked = [{"_id": one, "text": text} for one, text in queries.items()]
    for name, rows in (("corpus", corpus), ("queries", asked)):
        content = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
        folder.mkdir(parents=True, exist_ok=True)
        if zipped:
            (folder / f"{name}.jsonl.gz").write_bytes(gzip.compress(content))
        else:
            (folder / f"{name}.jsonl").write_bytes(content)
    (folder / "qrels").mkdir(exist_ok=True)
    lines = [f"{query}\t{one}\t{grade}" for query, known in grades.items() for one, grade in known.items()]
    (folder / "qrels" / "test.tsv").write_text(
        "\n".join(["query-id\tcorpus-id\tscore", *lines]) + "\n", encoding="utf-8"
    )
    return folder
