"""A small workspace, and the command line run in this process with a quick encoder in place of the model."""

import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from cli.app import run
from tests.encoders import HashingEncoder

SOLUTIONS = [
    {"id": "sol-fire", "name": "Vigie", "organisation": "Pyros", "text": "Nos caméras repèrent les fumées en forêt. Une alerte part en une minute.", "kind": "startup", "trl": 8, "price": 90000, "themes": ["Incendies"], "commune_code": "83137", "commune": "Toulon"},
    {"id": "sol-leak", "name": "Fuitix", "organisation": "Aquadata", "text": "Des capteurs acoustiques trouvent les fuites du réseau d'eau potable.", "kind": "sme", "trl": 5, "themes": ["Eau"], "region": "Occitanie"},
    {"id": "sol-leaf", "name": "Leafcount", "organisation": "Arbor Lab", "text": "The leaf sensor measures the carbon that trees take up and the heat of cities.", "kind": "laboratory", "trl": 3},
    {"id": "sol-soup", "name": "Cantine", "organisation": "Resto", "text": "Un logiciel prévoit les repas de la cantine et réduit les déchets alimentaires.", "kind": "startup"},
]  # fmt: skip
CHALLENGES = [
    {"id": "def-fire", "title": "Repérer un départ de feu", "text": "Le département veut des caméras qui repèrent les fumées en forêt de nuit.", "theme": "Incendies"},
    {"id": "def-leak", "title": "Trouver les fuites", "text": "Notre réseau d'eau potable perd un tiers de l'eau par des fuites.", "budget": 200000, "trl_min": 4},
    {"id": "def-gone", "title": "Ancien besoin", "text": "Il fallait des capteurs de bruit dans la ville.", "status": "closed"},
]  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """What a command line did."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, object]:
        found = json.loads(self.out)
        assert isinstance(found, dict)
        return found


CommandLine = Callable[..., Outcome]


@pytest.fixture
def matcher(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    """Run ``matcher`` with arguments, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    for name in ("MATCHER_WORKSPACE", "MATCHER_LANG", "MATCHER_MODEL", "MATCHER_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr("models.loading.load_encoder", lambda model="default": HashingEncoder(64))

    def command(*arguments: str, stdin: str | None = None) -> Outcome:
        capsys.readouterr()
        if stdin is not None:
            monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin.encode()), encoding="utf-8"))
        code = run(arguments)
        captured = capsys.readouterr()
        return Outcome(code, captured.out, captured.err)

    return command


def write_lines(path: Path, rows: list[dict[str, object]]) -> str:
    """Write rows as JSON lines and return the path as an argument."""
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return str(path)


@pytest.fixture
def filled(matcher: CommandLine, tmp_path: Path) -> CommandLine:
    """The command line beside an indexed workspace of four solutions and three challenges."""
    assert matcher("import", "solutions", write_lines(tmp_path / "s.jsonl", SOLUTIONS)).code == 0
    assert matcher("import", "challenges", write_lines(tmp_path / "c.jsonl", CHALLENGES)).code == 0
    assert matcher("index").code == 0
    return matcher
