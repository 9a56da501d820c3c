"""Indexing over HTTP, and snapshots put in force by others: taken up without a restart."""

import threading
from typing import Any

import pytest
from fastapi.testclient import TestClient

from matcher import Matcher
from matcher.errors import DamagedSnapshot
from tests.api.conftest import make_app
from tests.api.test_batches import follow
from tests.encoders import HashingEncoder

NEW = {"id": "s-neuve", "name": "Neuve", "text": "Une eau neuve pour la commune.", "language": "fr"}
QUERY = {"text": "Une eau neuve pour la commune.", "filters": {"only": ["s-neuve"]}}


def found(client: TestClient) -> list[str]:
    return [each["solution"]["id"] for each in client.post("/v1/match", json=QUERY).json()["proposals"]]


def test_nothing_was_asked_yet(client: TestClient) -> None:
    assert client.get("/v1/index").json()["status"] == "idle"


def test_a_written_solution_is_proposed_after_indexing(client: TestClient, matcher: Matcher) -> None:
    client.post("/v1/solutions", json=NEW)
    assert found(client) == []

    accepted = client.post("/v1/index")
    done = follow(client, accepted.headers["location"])

    assert accepted.status_code == 202
    assert (done["status"], done["report"]["added"], done["reason"]) == ("done", 1, None)
    assert done["report"]["snapshot"] == client.post("/v1/match", json=QUERY).json()["snapshot"]
    assert found(client) == ["s-neuve"]


def test_a_snapshot_of_another_process_is_taken_up(client: TestClient, matcher: Matcher) -> None:
    before = client.post("/v1/match", json=QUERY | {"filters": {}}).json()["snapshot"]

    other = Matcher(matcher.workspace, encoder=HashingEncoder())
    client.post("/v1/solutions", json=NEW)
    other.index()

    answer = client.post("/v1/match", json=QUERY).json()
    assert answer["snapshot"] != before
    assert [each["solution"]["id"] for each in answer["proposals"]] == ["s-neuve"]


def test_a_run_that_fails_says_why(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def damaged(self: Matcher, rebuild: bool = False) -> None:
        raise DamagedSnapshot("/secret/path is damaged")

    monkeypatch.setattr(Matcher, "index", damaged)
    client.post("/v1/index?lang=en")
    failed = follow(client, "/v1/index")

    assert (failed["status"], failed["reason"]["code"]) == ("failed", "snapshot_unusable")
    assert '{"rebuild": true}' in failed["reason"]["message"]
    assert "secret" not in str(failed)


def test_rebuild_makes_a_damaged_index_anew(client: TestClient, matcher: Matcher) -> None:
    for manifest in (matcher.workspace / "snapshots").iterdir():
        manifest.write_text("{}", encoding="utf-8")
    assert client.post("/v1/match", json={"text": "eau"}).status_code == 503

    client.post("/v1/index")
    assert follow(client, "/v1/index")["status"] == "failed"
    client.post("/v1/index", json={"rebuild": True})

    assert follow(client, "/v1/index")["status"] == "done"
    assert client.post("/v1/match", json={"text": "eau"}).status_code == 200


def test_asking_twice_while_one_waits_runs_once_and_while_one_runs_runs_again(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs: list[bool] = []
    begun, free, real = threading.Event(), threading.Event(), Matcher.index

    def slow(self: Matcher, **more: Any) -> Any:
        runs.append(more["rebuild"])
        begun.set()
        free.wait(10)
        return real(self, **more)

    monkeypatch.setattr(Matcher, "index", slow)
    client.post("/v1/index")
    assert begun.wait(10)
    waiting = [client.post("/v1/index", json={"rebuild": rebuild}).json() for rebuild in (False, True, False)]

    assert {each["status"] for each in waiting} == {"queued"}
    assert len({each["created"] for each in waiting}) == 1
    free.set()
    assert follow(client, "/v1/index")["status"] == "done"
    assert runs == [False, True]


def test_unknown_options_are_refused(matcher: Matcher) -> None:
    client = TestClient(make_app(matcher))

    assert client.post("/v1/index", json={"rebuilt": True}).status_code == 422
