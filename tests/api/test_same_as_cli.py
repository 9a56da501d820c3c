"""The service and the command line give the same JSON for the same question."""

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from cli.app import run
from matcher import Matcher
from matcher.settings import Settings
from tests.api.conftest import LEAKS, SENSORS
from tests.encoders import HashingEncoder


@pytest.fixture(autouse=True)
def _quick_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.loading.load_encoder", lambda *args, **more: HashingEncoder())


def told_by_cli(matcher: Matcher, capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    capsys.readouterr()
    assert run([*arguments, "--workspace", str(matcher.workspace), "--format", "json"]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_the_same_json_for_the_same_question(matcher: Matcher, capsys: pytest.CaptureFixture[str], lang: str) -> None:
    client = TestClient(create_app(Settings(workspace=matcher.workspace)))
    filters = ("--trl-min", "4", "--language", "fr", "--lang", lang)
    wanted = {"filters": {"trl_min": 4, "language": ["fr"]}, "lang": lang, "top": 4}

    by_text = client.post("/v1/match", json={"text": LEAKS, **wanted}).json()
    by_id = client.post("/v1/match", json={"challenge_id": "defi-eau", **wanted}).json()
    checked = client.post("/v1/self-check", json={"text": SENSORS, "top": 2, "lang": lang}).json()

    assert by_text == told_by_cli(matcher, capsys, "match", "--text", LEAKS, "--top", "4", *filters)
    assert by_id == told_by_cli(matcher, capsys, "match", "--challenge", "defi-eau", "--top", "4", *filters)
    assert checked == told_by_cli(matcher, capsys, "self-check", "--text", SENSORS, "--top", "2", "--lang", lang)
    assert by_id["excluded"] or by_id["proposals"]
