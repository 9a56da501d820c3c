"""How the ranking core grows: from vectors and terms to ranked proposals, without encoding.

``python -m benchmarks.scale`` ranks real needs among made solutions (see ``benchmarks.made_corpus``), 1,000 to 100,000,
beside the bare searches and whole engines on the same data in the same run; ``--million`` goes on to 1,000,000, with
the recall of the approximate index, free and filtered. ``--families`` compares kinds of approximate indexes.
Seconds are the smallest of ``--rounds``; a floor is what the machine needs for the arithmetic or the reading alone.
"""

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.costs import resident, seconds
from benchmarks.made_corpus import MadeCorpus, make_corpus, real_queries
from benchmarks.peers import BARE, K, Peer, others
from benchmarks.plots import write_growth
from matcher.dense import DenseSearch, PassageVectors
from matcher.index import Index
from matcher.nearest import CANDIDATES, build_nearest
from matcher.queries import Query
from matcher.scoring import Ranker
from matcher.segment_files import read_segment, write_segment

SIZES: Final = (1_000, 10_000, 100_000, 199_999)
MILLION: Final = 1_000_000
FEW: Final = 100
"""Queries that slow peers, and measurements a query at a time, are asked."""
SHARES: Final = (1.0, 0.5, 0.1, 0.02, 0.001)
FAMILIES: Final = ("IVF,RaBitQ", "IVF,SQ8", "IVF,PQ96x4fs", "PCA128,IVF,SQ8", "HNSW32")

Row = dict[str, Any]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print, and write JSON and a plot where asked."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="*", default=list(SIZES))
    parser.add_argument("--queries", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--million", action="store_true", help="and a million solutions")
    parser.add_argument("--families", type=int, metavar="SIZE", help="only compare kinds of indexes, at this size")
    parser.add_argument("--out", type=Path, help="JSON file to write")
    parser.add_argument("--plot", type=Path, help="SVG file to write")
    options = parser.parse_args(arguments)
    queries = real_queries(options.queries)
    rows: list[Row] = []
    if options.families:
        rows += families(make_corpus(options.families), queries[: 2 * FEW])
    else:
        for size in options.sizes:
            rows += growth(make_corpus(size), queries, options.rounds)
        if options.million:
            rows += million(make_corpus(MILLION), queries[: 2 * FEW])
    if options.out:
        options.out.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    if options.plot:
        write_growth(options.plot, rows)


def growth(corpus: MadeCorpus, queries: Sequence[Query], rounds: int) -> list[Row]:
    """Milliseconds a query of the engine, of the bare searches, of others, and the floors."""
    ranker = Ranker.of(corpus.index)
    before = resident()
    rows = [_timed("matcher", corpus, lambda: list(ranker.rank_many(queries, K)), len(queries), rounds)]
    rows[0]["memory_beyond_the_index"] = f"{(resident() - before) / corpus.vectors.nbytes:.2f} of the vectors"
    rows.append(one_at_a_time(ranker, queries))
    bare = [_peer(name, peer, corpus, queries, rounds) for name, peer in BARE.items()]
    rows += bare
    total = sum(each["ms"] for each in bare)
    rows.append(_row("bare searches together", corpus.size, total / 1e3, ratio=round(rows[0]["ms"] / total, 2)))
    rows += [_peer(name, peer, corpus, queries[:FEW], 1) for name, peer in others().items()]
    return _shown([*rows, *floors(corpus, queries)])


def one_at_a_time(ranker: Ranker, queries: Sequence[Query]) -> Row:
    """The median of ``FEW`` queries, each asked alone."""
    times = [seconds(lambda query=query: ranker.rank(query, K)) for query in queries[:FEW]]  # type: ignore[misc]
    return _row("matcher, one query at a time", ranker.index.size, float(np.median(times)))


def floors(corpus: MadeCorpus, queries: Sequence[Query]) -> list[Row]:
    """What the machine itself needs: the multiplications of all pairs; reading all vectors once."""
    vectors = np.stack([query.vector for query in queries[:64]])
    product = min(seconds(lambda: vectors @ corpus.vectors.T) for _ in range(3)) / len(vectors)
    parts = np.array_split(corpus.vectors, os.cpu_count() or 1)
    with ThreadPoolExecutor(len(parts)) as threads:
        reading = min(seconds(lambda: list(threads.map(np.max, parts))) for _ in range(3))
    return [_row("floor: matrix product", corpus.size, product), _row("floor: one reading", corpus.size, reading)]


def million(corpus: MadeCorpus, queries: Sequence[Query]) -> list[Row]:
    """Build time and size of the approximate index, its recall under filters, and the whole ranking with it."""
    passages = corpus.segment.passages
    built = seconds(lambda: build_nearest(corpus.vectors))
    search = DenseSearch([passages], [np.arange(corpus.size)])
    exact = PassageVectors(passages.faiss_index, passages.first)
    rows = [
        _row("approximate index", corpus.size, 0.0, build_seconds=round(built), megabytes=_size_of(passages.nearest))
    ]
    for share in SHARES:
        keep = np.random.default_rng(1).random(corpus.size) < share
        truth = [best_of(exact, query, keep) for query in queries]
        begin = time.perf_counter()
        found = [search.search(query.vector[None], K, keep)[0][0] for query in queries]
        spent = (time.perf_counter() - begin) / len(queries)
        recall = [len(set(mine) & theirs) / len(theirs) for mine, theirs in zip(found, truth, strict=True)]
        rows.append(_row(f"nearest {K}, {share:.1%} kept", corpus.size, spent, recall=round(float(np.mean(recall)), 4)))
    rows.append(opened(corpus, queries[0]))
    ranker = Ranker.of(corpus.index)
    list(ranker.rank_many(queries[:5], K))
    rows.append(one_at_a_time(ranker, queries))
    return _shown([*rows, *floors(corpus, queries)])


def opened(corpus: MadeCorpus, query: Query) -> Row:
    """The first query on a segment that is on disk: mapped, put together, ranked."""
    with tempfile.TemporaryDirectory() as folder:
        name, files = write_segment(Path(folder), corpus.segment)
        begin = time.perf_counter()
        segment = read_segment(Path(folder) / name)
        index = Index(
            corpus.fingerprint, corpus.vectors.shape[1], [(segment, np.ones(segment.size, dtype=bool))], "made"
        )
        Ranker.of(index).rank(query, K)
        spent = time.perf_counter() - begin
        megabytes = round(sum(each.size for each in files.values()) / 1e6)
        return _row("opened, first query", corpus.size, spent, megabytes_on_disk=megabytes)


def best_of(exact: PassageVectors, query: Query, keep: np.ndarray[Any, Any]) -> set[int]:
    """The ``K`` kept rows of the largest cosines, by hand."""
    cosines = np.where(keep, exact.vectors @ query.vector, -2)
    return set(np.argpartition(-cosines, K)[:K].tolist())


def families(corpus: MadeCorpus, queries: Sequence[Query]) -> list[Row]:
    """Build time, size, time a query and recall of kinds of approximate indexes, at several depths of search."""
    import faiss

    every = np.ones(corpus.size, dtype=bool)
    exact = PassageVectors(faiss.IndexFlatIP(corpus.vectors.shape[1]), np.arange(corpus.size + 1))
    exact.faiss_index.add(corpus.vectors)
    truth = [best_of(exact, query, every) for query in queries]
    rows = []
    for family in FAMILIES:
        lists = round(2 * corpus.size**0.5)
        index: Any = faiss.index_factory(
            corpus.vectors.shape[1], family.replace("IVF", f"IVF{lists}"), faiss.METRIC_INNER_PRODUCT
        )
        begin = time.perf_counter()
        index.train(corpus.vectors[:: max(1, corpus.size // 100_000)].copy())
        index.add(corpus.vectors)
        built = round(time.perf_counter() - begin)
        for effort in (lists // 32, lists // 16, lists // 8) if "IVF" in family else (128, 256, 512):
            name = "nprobe" if "IVF" in family else "efSearch"
            faiss.ParameterSpace().set_index_parameter(index, name, effort)
            found, spent = [], 0.0
            for query in queries:
                begin = time.perf_counter()
                numbers = index.search(query.vector[None], CANDIDATES)[1][0]
                numbers = numbers[numbers >= 0]
                found.append(numbers[np.argsort(-(corpus.vectors[numbers] @ query.vector))[:K]])
                spent += time.perf_counter() - begin
            recall = np.mean([len(set(mine) & theirs) / K for mine, theirs in zip(found, truth, strict=True)])
            cost = {"build_seconds": built, "megabytes": _size_of(index), "recall": round(float(recall), 4)}
            rows.append(_row(f"{family}, {name} {effort}", corpus.size, spent / len(queries), **cost))
        _shown(rows[-3:])
    return rows


def _peer(name: str, peer: Peer, corpus: MadeCorpus, queries: Sequence[Query], rounds: int) -> Row:
    begin = time.perf_counter()
    search = peer(corpus)
    built = round(time.perf_counter() - begin, 1)
    return _timed(name, corpus, lambda: search(queries), len(queries), rounds) | {"build_seconds": built}


def _timed(name: str, corpus: MadeCorpus, run: Callable[[], object], queries: int, rounds: int) -> Row:
    return _row(name, corpus.size, min(seconds(run) for _ in range(rounds)) / queries)


def _row(name: str, size: int, spent: float, **more: Any) -> Row:
    return {"name": name, "solutions": size, "ms": round(spent * 1e3, 6), **more}


def _size_of(index: Any) -> int:
    import faiss

    return round(len(faiss.serialize_index(index)) / 1e6)


def _shown(rows: list[Row]) -> list[Row]:
    for row in rows:
        more = ", ".join(f"{name} {value}" for name, value in row.items() if name not in {"name", "solutions", "ms"})
        print(f"{row['solutions']:>9,}  {row['name']:<34} {row['ms']:>9.3f} ms a query  {more}", flush=True)
    return rows


if __name__ == "__main__":
    main()
