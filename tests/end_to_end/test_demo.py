"""The demo, as a newcomer runs it: the real default model on the bundled data, in a process of its own."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {
        name: value for name, value in os.environ.items() if name not in {"MATCHER_WORKSPACE", "MATCHER_LANG"}
    }
    return subprocess.run(
        [sys.executable, "-m", "cli", *arguments],
        cwd=folder,
        env=environment | {"COLUMNS": "100"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    finished = run(folder, "demo")
    assert finished.returncode == 0, finished.stderr
    assert "76 défis comparés" in finished.stdout
    assert "proposals.html" in finished.stdout
    return folder


def test_the_page_stands_alone(demo: Path) -> None:
    page = (demo / "demo" / "proposals.html").read_text("utf-8")
    assert page.count("<section") >= 76
    assert "Repérer un départ de feu" in page
    assert "<script" not in page
    assert "src=" not in page


def test_a_second_run_is_quick_and_says_the_same(demo: Path) -> None:
    page = (demo / "demo" / "proposals.html").read_text("utf-8")
    started = time.monotonic()
    assert run(demo, "demo").returncode == 0
    assert time.monotonic() - started < 20
    assert (demo / "demo" / "proposals.html").read_text("utf-8") == page


def test_index_with_nothing_to_do_is_quick(demo: Path) -> None:
    finished = run(demo, "index", "--workspace", "demo/workspace", "--format", "json")
    report = json.loads(finished.stdout)
    assert (report["encoded"], report["solutions"]) == (0, 2157)
    assert report["seconds"] < 3


def test_leaks_find_leak_detection(demo: Path) -> None:
    finished = run(demo, "match", "--workspace", "demo/workspace", "--text", "Trouver les fuites du réseau d’eau potable", "-f", "json")  # fmt: skip
    answer = json.loads(finished.stdout)
    assert answer["model"] == "default"
    assert not answer["no_good_match"]
    first = " ".join(
        f"{proposal['solution']['name']} {proposal['solution']['tagline']} {proposal['evidence']}"
        for proposal in answer["proposals"][:3]
    )
    assert "fuite" in first
    fits = [proposal["fit"] for proposal in answer["proposals"]]
    assert fits == sorted(fits, reverse=True)


@pytest.mark.parametrize(
    "need",
    ["Réparer le clocher de l’église", "Remplacer le maire adjoint démissionnaire au conseil municipal"],
)
def test_a_need_that_nothing_meets_has_no_good_match(demo: Path, need: str) -> None:
    answer = json.loads(run(demo, "match", "--workspace", "demo/workspace", "--text", need, "-f", "json").stdout)
    assert answer["no_good_match"]
    assert len(answer["proposals"]) == 10


def test_a_pitch_finds_the_challenge_it_answers(demo: Path) -> None:
    pitch = (
        "Nos caméras thermiques et notre logiciel repèrent les fumées d’un départ de feu en forêt, de jour et de nuit."
    )
    answer = json.loads(run(demo, "self-check", "--workspace", "demo/workspace", "--text", pitch, "-f", "json").stdout)
    first = answer["challenges"][0]
    assert first["challenge"]["id"] == "defi-01"
    assert first["standing"]["of"] == 2158


def test_an_english_need_finds_french_solutions(demo: Path) -> None:
    need = "Detect leaks in the drinking water network"
    answer = json.loads(run(demo, "match", "--workspace", "demo/workspace", "--text", need, "-f", "json").stdout)
    assert answer["challenge"]["language"] == "en"
    assert "inov-0033" in {proposal["solution"]["id"] for proposal in answer["proposals"]}  # leaks of water networks


MAY_BE_IMPORTED = set(
    """Stemmer annotated_doc annotated_types api cli click colorama corpora dotenv faiss idna matcher models numpy openvino
    openvino_telemetry packaging platformdirs pydantic pydantic_core pydantic_settings shellingham tokenizers typer
    typing_extensions typing_inspection""".split()
)
"""By a cold query by text. No torch, no database, no table reader, no scikit-learn: each would cost a tenth or more."""


def test_a_cold_query_imports_only_what_it_needs(demo: Path) -> None:
    program = (
        "import sys; from cli.app import run\n"
        "assert run(['--workspace', 'demo/workspace', 'match', '--text', 'Trouver les fuites', '--format', 'json']) == 0\n"
        "tops = {name.split('.')[0] for name in sys.modules} - set(sys.stdlib_module_names)\n"
        "print('IMPORTED', *sorted(top for top in tops if not top.startswith('_')))"
    )
    finished = subprocess.run([sys.executable, "-c", program], cwd=demo, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
    imported = finished.stdout.rsplit("IMPORTED", 1)[1].split()
    hidden = ("cython_runtime", "swig_runtime_data")  # made by extension modules, not imported
    assert {name for name in imported if not name.startswith(hidden)} <= MAY_BE_IMPORTED


def test_library_in_five_lines(demo: Path) -> None:
    from matcher import Matcher

    matcher = Matcher(demo / "demo" / "workspace")
    result = matcher.match("Prévenir les inondations en ville", top=3)
    assert len(result.proposals) == 3
    assert all(proposal.evidence for proposal in result.proposals)
    assert matcher.status().calibrated


def test_nothing_outside_is_called(demo: Path) -> None:
    program = """
import socket, sys

def refuse(*arguments, **_):
    raise AssertionError(f"a connection was tried: {arguments}")

socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = socket.create_connection = refuse
from cli.app import run
sys.exit(run(["match", "--workspace", "demo/workspace", "--text", "Une autre question, sur les digues", "-f", "json"]))
"""
    finished = subprocess.run([sys.executable, "-c", program], cwd=demo, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
    assert json.loads(finished.stdout)["proposals"]
