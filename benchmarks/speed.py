"""How long the work of users takes, on bundled data, part by part: ``python -m benchmarks.speed [part …]``.

- ``encoder``: texts a second, as compiled and by sentence-transformers in float32, and their cosines;
- ``rounding``: nDCG@10 on the labelled sets in float32 and as compiled (ten minutes; not run unless named);
- ``cold``: a query and the help from a cold shell;
- ``warm``: requests to a running service, one at a time and by eight clients;
- ``variants``: time and memory of a ranking by words alone, by the default, and by the default in float32;
- ``incremental``: 1,000 solutions added to 100,000 and to none;
- ``batch``: a meeting of 500 challenges among 20,000 solutions, vectors cached, and where its time goes;
- ``query``: where the time of a query goes (shares of cProfile, which overlap where one part calls another).

Times are medians unless said otherwise; the floor or the peer beside each was measured in the same run.
"""

import argparse
import json
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from cProfile import Profile
from itertools import chain
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.costs import resident, seconds
from benchmarks.made_corpus import MadeEncoder, make_records
from benchmarks.shares import shares
from benchmarks.training_sets import labelled, needs
from corpora import open_data
from corpora.records import Challenge, Solution
from matcher import Matcher
from matcher.batch import run_batch
from matcher.evaluation import Workbench, cached_encoder, judge
from matcher.evaluation_set import EvaluationSet
from matcher.index import Index
from matcher.queries import Query, make_queries
from matcher.scoring import Ranker
from matcher.tokens import tokenize
from models.encoder import Encoder
from models.fingerprint import folder_fingerprint
from models.folder import trained_model_folder
from models.loading import load_encoder
from models.sentence_transformer import SentenceTransformerEncoder
from models.trained_parts import DEFAULT

Figures = dict[str, Any]

TEXTS: Final = 64
COLD_RUNS: Final = 5
REQUESTS: Final = 200
CLIENTS: Final = 8
SHORT: Final = (20, 26)
LONG: Final = (120, 170)
"""Words of texts of about 30 and 220 tokens."""
MEETING: Final = (500, 20_000)
ADDED, HELD = 1_000, 100_000
VARIANTS: Final = ("words alone", "default", "default, float32")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure the parts asked for; print them, and write JSON where asked."""
    parts: dict[str, Callable[[], Figures]] = {
        "encoder": encoder,
        "cold": cold,
        "warm": warm,
        "variants": variants,
        "incremental": incremental,
        "batch": batch,
        "query": query_profile,
        "rounding": rounding,
    }
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="part", help=", ".join(parts))
    parser.add_argument("--out", type=Path, help="JSON file to write")
    options = parser.parse_args(arguments)
    found = {}
    for name in options.parts or [name for name in parts if name != "rounding"]:
        found[name] = parts[name]()
        for figure, value in found[name].items():
            print(f"{name:<12} {figure:<58} {value}", flush=True)
    if options.out:
        options.out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def encoder() -> Figures:
    """Throughput of what is compiled, and how far it agrees with float32."""
    compiled, exact = load_encoder("default"), SentenceTransformerEncoder(trained_model_folder(DEFAULT))
    solutions = [text for text in labelled("local_fr").documents.values() if 700 < len(text) < 900][:TEXTS]
    asked = _texts(SHORT)[:TEXTS]
    compiled.encode_solutions(solutions[:16])
    compiled.encode_challenges(asked[:1])
    exact.encode_solutions(solutions[:16])
    times: dict[str, list[float]] = {"compiled": [], "float32": []}
    for _ in range(3):
        times["compiled"].append(seconds(lambda: compiled.encode_solutions(solutions)))
        times["float32"].append(seconds(lambda: exact.encode_solutions(solutions)))
    fast, slow = (len(solutions) / min(each) for each in times.values())
    one = [seconds(lambda text=text: compiled.encode_challenges([text])) for text in asked]  # type: ignore[misc]
    together = seconds(lambda: compiled.encode_challenges(asked)) / len(asked)
    cosines = (compiled.encode_solutions(solutions) * exact.encode_solutions(solutions)).sum(axis=1)
    return {
        "compiled, texts a second": round(fast, 1),
        "sentence-transformers float32, texts a second": round(slow, 1),
        "ratio": round(fast / slow, 2),
        "cosine, lowest": round(float(cosines.min()), 4),
        "cosine, mean": round(float(cosines.mean()), 4),
        "a short query alone, ms": _ms(statistics.median(one)),
        "short queries together, ms each": _ms(together),
    }


def rounding() -> Figures:
    """What is lost in nDCG@10 by what is compiled, by the dense signal alone and as a whole."""
    exact = SentenceTransformerEncoder(trained_model_folder(DEFAULT))
    figures: Figures = {}
    values: dict[str, list[float]] = {}
    for name in open_data.LABELLED_SETS:
        content = EvaluationSet.read(open_data.labelled(name))
        benches = [Workbench.prepare(content, each) for each in (exact, load_encoder("default"))]
        for mode in ("dense", "hybrid"):
            scores = [judge(content, bench.run(mode))["ndcg@10"] for bench in benches]
            figures[f"{name}, {mode}"] = " ".join(f"{float(score.mean()):.4f}" for score in scores)
            values.setdefault(mode, []).append(float(scores[1].mean() - scores[0].mean()))
    return figures | {f"mean difference, {mode}": round(statistics.mean(all_), 4) for mode, all_ in values.items()}


def cold() -> Figures:
    """From a cold shell: a query as JSON, the help; beside the imports that no query can do without."""
    with _workspace() as workspace:
        texts = _texts(SHORT)[: COLD_RUNS + 1]
        asked = [_matcher(), "--workspace", str(workspace), "match", "--format", "json", "--text"]
        imports = [sys.executable, "-c", "import numpy, faiss, openvino, tokenizers"]
        return {
            "matcher match --format json, s": _median_of([[*asked, text] for text in texts]),
            "matcher --help, s": _median_of([[_matcher(), "--help"]] * len(texts)),
            "floor: Python with numpy, faiss, openvino, tokenizers, s": _median_of([imports] * len(texts)),
        }


def warm() -> Figures:
    """Requests to ``POST /v1/match``, each text asked for the first time."""
    short, long = iter(_texts(SHORT)), iter(_texts(LONG))
    with _workspace() as workspace, _service(workspace) as url:
        for text in (next(short), next(long)):
            _match(url, text)
        one = [seconds(lambda: _match(url, next(short))) for _ in range(REQUESTS)]
        full = [seconds(lambda: _match(url, next(long))) for _ in range(REQUESTS // 4)]
        many = [next(short) for _ in range(REQUESTS)]
        with ThreadPoolExecutor(CLIENTS) as clients:
            all_of = seconds(lambda: list(clients.map(lambda text: _match(url, text), many)))
    return {
        "about 30 tokens, p50, ms": _ms(statistics.median(one)),
        "about 30 tokens, p99, ms": _ms(float(np.quantile(one, 0.99))),
        "about 220 tokens, p50, ms": _ms(statistics.median(full)),
        f"{CLIENTS} clients, requests a second": round(REQUESTS / all_of, 1),
    }


def variants() -> Figures:
    """Milliseconds from a text of about 30 tokens to 10 ranked solutions, and memory, each in a process of its own."""
    with _workspace() as workspace, ProcessPoolExecutor(1, get_context("spawn"), max_tasks_per_child=1) as processes:
        found = {name: processes.submit(_variant, name, workspace).result() for name in VARIANTS}
    return {f"{name}, {what}": value for name, each in found.items() for what, value in each.items()}


def _variant(name: str, workspace: Path) -> Figures:
    folder = trained_model_folder(DEFAULT)
    ranker = Ranker.of(Index.open(workspace, folder_fingerprint(folder)))
    rank: Callable[[str], object] = lambda text: ranker.rank(_wordy(text, ranker.index), 10, mode="lexical")  # noqa: E731
    if name != "words alone":
        model: Encoder = load_encoder("default") if name == "default" else SentenceTransformerEncoder(folder)
        rank = lambda text: ranker.rank(make_queries(model, [(text, "fr")])[0], 10)  # noqa: E731
    times = [seconds(lambda text=text: rank(text)) for text in _texts(SHORT)[:TEXTS]]  # type: ignore[misc]
    return {"ms": _ms(statistics.median(times)), "megabytes": round(resident() / 1e6)}


def _wordy(text: str, index: Index) -> Query:
    return Query(text, "fr", np.zeros(index.dimension, np.float32), tuple(tokenize(text, "fr")))


def incremental() -> Figures:
    """Seconds of ``index`` for new, changed and removed solutions, beside as many alone."""
    records, vectors = make_records(HELD + ADDED)
    model = MadeEncoder(vectors)
    with tempfile.TemporaryDirectory() as folder:
        large, small = (Matcher(Path(folder) / name, encoder=model) for name in ("large", "small"))
        large.store.write(records[:HELD])
        figures: Figures = {f"index of {HELD:,}, s": large.index().seconds}
        small.store.write(records[HELD:])
        figures[f"index of {ADDED:,}, s"] = small.index().seconds
        large.store.write(records[HELD:])
        figures[f"{ADDED:,} more, s"] = large.index().seconds
        large.store.write([_changed(one) for one in records[:ADDED]])
        figures[f"{ADDED:,} changed, s"] = large.index().seconds
        large.store.remove("solution", [one.id for one in records[ADDED : 2 * ADDED]])
        figures[f"{ADDED:,} removed, s"] = large.index().seconds
        return figures


def query_profile() -> Figures:
    """Where the time of a query of about 30 tokens goes, in a process that is warm."""
    with _workspace() as workspace:
        matcher = Matcher(workspace)
        matcher.warm()
        texts = _texts(SHORT)[: 2 * TEXTS]
        for text in texts[:TEXTS]:
            matcher.match(text)
        profile = Profile()
        profile.runcall(lambda: [matcher.match(text) for text in texts[TEXTS:]])
        return shares(profile)


def batch() -> Figures:
    """A meeting, end to end, all vectors being cached by ``index``: the second run counts, the third is profiled."""
    challenges, solutions = MEETING
    records, vectors = make_records(solutions)
    with tempfile.TemporaryDirectory() as folder:
        matcher = Matcher(Path(folder) / "workspace", encoder=MadeEncoder(vectors))
        matcher.store.write([*records, *_challenges(challenges)])
        matcher.index()
        run_batch(matcher, "2027-Q1", Path(folder) / "first")
        matcher = Matcher(Path(folder) / "workspace", encoder=MadeEncoder(vectors))
        report = run_batch(matcher, "2027-Q1", Path(folder) / "second")
        profile = Profile()
        profile.runcall(run_batch, matcher, "2027-Q1", Path(folder) / "third")
        queries = np.stack([vectors[text] for text in list(vectors)[:challenges]])
        every = np.stack(list(vectors.values()))
        return {
            f"{challenges} challenges, {solutions:,} solutions, s": report.seconds,
            "proposals": report.proposals,
            "excluded with reasons": report.excluded,
            "floor: matrix product of the same, s": round(seconds(lambda: queries @ every.T), 3),
            **shares(profile),
        }


def _challenges(count: int) -> list[Challenge]:
    """The written challenges, and needs as further ones; every second one of these states conditions."""
    written = open_data.challenges()
    asked = [row["need"] for row in chain(needs("laureate"), needs("cordis"))][: count - len(written)]
    return written + [
        Challenge(
            id=f"need-{number:04d}",
            title=text[:80],
            text=text,
            language="fr",
            **({"trl_min": 6, "budget": 200_000} if number % 2 else {}),
        )
        for number, text in enumerate(asked)
    ]


def _changed(solution: Solution) -> Solution:
    return solution.model_copy(update={"text": f"{solution.text} Nouveau."})


def _texts(words: tuple[int, int]) -> list[str]:
    """Distinct texts of so many words, cut from needs."""
    every = [row["need"].split() for row in chain(needs("laureate"), needs("cordis"), needs("laureate_short"))]
    least, most = words
    if most > 100:  # longer than one need
        every = [one + other + third for one, other, third in zip(every[::3], every[1::3], every[2::3], strict=False)]
    return list(dict.fromkeys(" ".join(text[:most]) for text in every if len(text) >= least))


@contextmanager
def _workspace() -> Iterator[Path]:
    """A workspace of the bundled challenges and solutions, indexed."""
    with tempfile.TemporaryDirectory() as folder:
        matcher = Matcher(folder, encoder=cached_encoder("default"))
        matcher.store.write([*open_data.challenges(), *open_data.solutions()])
        matcher.index()
        matcher.close()
        yield Path(folder)


@contextmanager
def _service(workspace: Path) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [_matcher(), "--workspace", str(workspace), "serve", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        url = f"http://127.0.0.1:{port}"
        try:
            _wait_for(f"{url}/readyz", process)
            yield url
        finally:
            process.terminate()


def _wait_for(url: str, process: "subprocess.Popen[bytes]") -> None:
    while process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5):  # noqa: S310
                return
        except OSError:
            time.sleep(0.2)
    raise SystemExit("The service did not start.")


def _match(url: str, text: str) -> None:
    body = json.dumps({"text": text}).encode()
    request = urllib.request.Request(f"{url}/v1/match", body, {"Content-Type": "application/json"})  # noqa: S310
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
        answer.read()


def _matcher() -> str:
    return str(Path(sys.executable).with_name("matcher"))


def _median_of(commands: Sequence[Sequence[str]]) -> float:
    runs = [seconds(lambda each=each: subprocess.run(each, check=True, capture_output=True)) for each in commands]  # type: ignore[misc]
    return round(statistics.median(runs[1:]), 3)  # the first finds no file in memory


def _ms(spent: float) -> float:
    return round(spent * 1e3, 1)


if __name__ == "__main__":
    main()
