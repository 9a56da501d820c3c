"""Batches: asked for, followed, downloaded, and told when they fail."""

import json
import threading
import time
from typing import Any

import pytest
from fastapi.testclient import TestClient

from matcher import Matcher
from tests.api.conftest import client_of, make_app

FINISHED = frozenset({"done", "failed"})
MEETING = {"meeting": "2027-Q1", "per_challenge": 3, "lang": "en"}


def follow(
    client: TestClient, address: str, *, until: frozenset[str] = frozenset({"done", "failed"})
) -> dict[str, Any]:
    limit = time.monotonic() + 60
    while time.monotonic() < limit:
        status: dict[str, Any] = client.get(address).json()
        if status["status"] in until:
            return status
        time.sleep(0.02)
    raise AssertionError(f"{address} is still {status}")


def test_a_batch_is_accepted_followed_and_downloaded(client: TestClient, matcher: Matcher) -> None:
    accepted = client.post("/v1/batches", json=MEETING)

    assert accepted.status_code == 202
    assert accepted.json()["status"] in {"queued", "running"}
    done = follow(client, accepted.headers["location"])
    assert (done["status"], done["challenges_done"], done["reason"]) == ("done", 2, None)
    assert done["report"]["challenges"] == 2
    assert done["report"]["proposals"] == 6
    assert str(matcher.workspace) not in json.dumps(done)
    files = {file["name"]: client.get(file["href"]) for file in done["files"]}
    assert set(files) == {"proposals.jsonl", "proposals.xlsx", "proposals.html", "manifest.json"}
    assert all(answer.status_code == 200 for answer in files.values())
    lines = [json.loads(line) for line in files["proposals.jsonl"].text.splitlines()]
    expected = matcher.match_id("defi-eau", top=3, lang="en").model_dump(mode="json", by_alias=True)["proposals"]
    assert [line for line in lines if line["challenge_id"] == "defi-eau"] == expected
    assert files["proposals.xlsx"].content[:2] == b"PK"
    assert "style-src 'unsafe-inline'" in files["proposals.html"].headers["content-security-policy"]
    assert files["manifest.json"].json()["finished"] is True


@pytest.mark.parametrize("filters", [{"only": ["nulle-part"]}, {"without": ["nulle-part"]}])
def test_an_id_that_no_solution_has_is_refused_at_once(client: TestClient, filters: dict[str, list[str]]) -> None:
    refused = client.post("/v1/batches", json=MEETING | {"filters": filters})

    assert (refused.status_code, refused.json()["code"]) == (404, "unknown_id")
    assert "nulle-part" in refused.json()["detail"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"meeting": "spring"},
        {"meeting": "2027-Q5"},
        {"meeting": "2027-Q1", "per_challenge": 0},
        {"meeting": "2027-Q1", "per_solution": 0},
        {"meeting": "2027-Q1", "out": "/etc"},
        {"meeting": "2027-Q1", "filters": {"territory": ["Atlantis"]}},
    ],
)
def test_a_wrong_batch_is_refused_at_once(client: TestClient, matcher: Matcher, body: dict[str, Any]) -> None:
    assert client.post("/v1/batches", json=body).status_code == 422
    assert not (matcher.workspace / "batches").exists()


@pytest.mark.parametrize("identifier", ["nobody", "..", "%2e%2e%2fmatcher", "a.b", "x" * 300, "%00"])
def test_an_unknown_batch(reader: TestClient, identifier: str) -> None:
    assert reader.get(f"/v1/batches/{identifier}").status_code == 404
    assert reader.get(f"/v1/batches/{identifier}/files/manifest.json").status_code == 404


@pytest.mark.parametrize("name", ["matcher.sqlite", "..%2f..%2fmatcher.sqlite", ".partial.jsonl", "%2fetc%2fpasswd"])
def test_only_the_files_of_a_batch_are_given(client: TestClient, name: str) -> None:
    address = client.post("/v1/batches", json=MEETING).headers["location"]
    follow(client, address)

    assert client.get(f"{address}/files/{name}").status_code == 404


def test_batches_wait_for_each_other_and_have_no_files_before(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    free, real = threading.Event(), Matcher.match_many

    def slow(self: Matcher, *args: Any, **more: Any) -> Any:
        free.wait(10)
        return real(self, *args, **more)

    monkeypatch.setattr(Matcher, "match_many", slow)
    first, second = (client.post("/v1/batches", json=MEETING).headers["location"] for _ in range(2))

    assert first != second
    assert follow(client, first, until=frozenset({"running"}))["started"]
    assert client.get(second).json()["status"] == "queued"
    assert client.get(f"{first}/files/proposals.html").json()["code"] == "batch_not_done"
    free.set()
    assert follow(client, first)["status"] == follow(client, second)["status"] == "done"


def test_a_batch_that_fails_says_why_and_the_next_one_runs(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("api.batches.run_batch", lambda *args, **more: 1 / 0)
        failed = follow(client, client.post("/v1/batches", json=MEETING).headers["location"])

    assert failed["status"] == "failed"
    assert failed["reason"] == {"code": "internal_error", "message": "Internal error"}
    assert failed["finished"]
    assert follow(client, client.post("/v1/batches", json=MEETING).headers["location"])["status"] == "done"


def test_a_status_that_cannot_be_written_stops_no_batch(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    free, failed, real = threading.Event(), threading.Event(), Matcher.match_many

    def slow(self: Matcher, *args: Any, **more: Any) -> Any:
        free.wait(10)
        return real(self, *args, **more)

    def full(*args: Any) -> None:
        failed.set()
        raise OSError("no space left on device")

    monkeypatch.setattr(Matcher, "match_many", slow)
    location = client.post("/v1/batches", json=MEETING).headers["location"]
    monkeypatch.setattr("api.batches.write_text", full)
    free.set()
    assert follow(client, location)["status"] == "done"
    assert failed.is_set()
    monkeypatch.undo()
    assert follow(client, client.post("/v1/batches", json=MEETING).headers["location"])["status"] == "done"


def test_a_batch_outlives_the_service_and_an_unfinished_one_has_failed(client: TestClient, matcher: Matcher) -> None:
    done = follow(client, client.post("/v1/batches", json=MEETING).headers["location"])
    status = matcher.workspace / "batches" / f"{done['id']}.json"
    status.with_name("2027-q2-cut.json").write_text(
        json.dumps({"id": "2027-q2-cut", "meeting": "2027-Q2", "status": "running", "created": done["created"]}),
        encoding="utf-8",
    )

    later = client_of(make_app(matcher))

    assert later.get(f"/v1/batches/{done['id']}").json() == done
    assert later.get(done["files"][0]["href"]).status_code == 200
    cut = later.get("/v1/batches/2027-q2-cut?lang=en").json()
    assert (cut["status"], cut["reason"]["code"]) == ("failed", "interrupted")
    assert "start another" in cut["reason"]["message"]
