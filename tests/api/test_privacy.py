"""A pitch that is checked, and a text that is matched, are nowhere to be found afterwards."""

from pathlib import Path

import pytest

from matcher import Matcher
from tests.api.conftest import client_of, make_app

SECRET = "zorglubine"
PITCH = f"Notre {SECRET} brevetée repère les fuites du réseau d'eau. La {SECRET} tient dix ans."


def traces(folder: Path, word: str) -> list[str]:
    forms = [word.encode(encoding) for encoding in ("utf-8", "utf-16-le", "utf-32-le")]
    return [str(path) for path in folder.rglob("*") if path.is_file() and any(f in path.read_bytes() for f in forms)]


def test_the_search_for_traces_finds_what_is_kept(matcher: Matcher) -> None:
    client_of(make_app(matcher)).post("/v1/challenges", json={"id": "x", "title": SECRET})

    assert traces(matcher.workspace, SECRET)


def test_texts_leave_no_trace_in_files_logs_or_metrics(
    matcher: Matcher, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("DEBUG"), client_of(make_app(matcher, log_level="DEBUG")) as client:
        answers = [
            client.post("/v1/self-check", json={"text": PITCH}),
            client.post("/v1/match", json={"text": PITCH}),
            client.post("/match", data={"text": PITCH}),
            client.post("/v1/self-check", json={"text": PITCH, "top": "x"}),
            client.post("/v1/self-check", json={"text": PITCH, "filters": {"trl_min": 3}}),
            client.post("/v1/self-check", json={"text": PITCH, SECRET: 1}),
        ]
        metrics = client.get("/metrics").text

    assert [answer.status_code for answer in answers][:3] == [200, 200, 200]
    assert SECRET in answers[0].text
    assert traces(matcher.workspace, SECRET) == []
    said = capfd.readouterr()
    ours = [record for record in caplog.records if not record.name.startswith(("httpx", "httpcore"))]
    assert SECRET not in said.out + said.err + metrics + "".join(record.getMessage() for record in ours)
    assert said.err.count('"event": "request"') == 7


def test_the_pitch_itself_is_not_encoded_into_the_cache(matcher: Matcher) -> None:
    client = client_of(make_app(matcher))
    client.post("/v1/self-check", json={"text": "eau"})
    before = matcher.encoder.cache.count()

    client.post("/v1/self-check", json={"text": PITCH})

    assert matcher.encoder.cache.count() == before


def test_a_line_of_log_has_the_template_of_the_address_only(
    matcher: Matcher, capsys: pytest.CaptureFixture[str]
) -> None:
    client = client_of(make_app(matcher, log_level="INFO"))
    client.get(f"/v1/challenges/{SECRET}?cursor={SECRET}", headers={"X-Request-ID": "abc-1"})
    client.get(f"/{SECRET}")

    lines = capsys.readouterr().err
    assert '"route": "/v1/challenges/{id:path}"' in lines
    assert '"route": "unmatched"' in lines
    assert '"request_id": "abc-1"' in lines
    assert SECRET not in lines


def test_nothing_is_logged_at_the_usual_level(matcher: Matcher, capsys: pytest.CaptureFixture[str]) -> None:
    client_of(make_app(matcher)).post("/v1/match", json={"text": PITCH})

    assert capsys.readouterr().err == ""
