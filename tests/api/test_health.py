"""Health, readiness and metrics."""

import re
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from matcher import Matcher
from models.encoder import Progress, Vectors
from models.errors import WeightsError
from tests.api.conftest import LEAKS, SOLUTIONS, client_of, make_app, make_matcher
from tests.encoders import HashingEncoder


def wait_until_ready(client: TestClient) -> dict[str, object]:
    limit = time.monotonic() + 10
    while (answer := client.get("/readyz")).status_code != 200:
        assert time.monotonic() < limit, answer.text
        time.sleep(0.01)
    body: dict[str, object] = answer.json()
    return body


class SlowEncoder(HashingEncoder):
    """Waits until it is let go: a model that takes its time to load."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded = threading.Event()

    def encode_challenges(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        self.loaded.wait(10)
        return super().encode_challenges(texts, progress)


def test_the_service_is_alive_before_it_is_ready(matcher: Matcher) -> None:
    encoder = SlowEncoder()
    with client_of(make_app(Matcher(matcher.workspace, encoder=encoder))) as client:
        assert client.get("/healthz").json() == {"status": "ok"}
        waiting = client.get("/readyz")
        assert (waiting.status_code, waiting.json()["code"]) == (503, "not_ready")

        encoder.loaded.set()
        ready = wait_until_ready(client)

    assert ready["solutions"] == len(SOLUTIONS)
    assert ready["model"] == "hashing"
    assert ready["snapshot"] == matcher.match(LEAKS).snapshot


def test_not_ready_without_an_index_and_ready_once_there_is_one(tmp_path: Path) -> None:
    matcher = make_matcher(tmp_path, indexed=False)
    app = make_app(matcher)
    app.state.service.warm()
    client = client_of(app)
    assert client.get("/readyz").json()["code"] == "no_snapshot"

    matcher.index()

    assert client.get("/readyz").status_code == 200


def test_not_ready_with_the_index_of_another_model(matcher: Matcher) -> None:
    app = make_app(Matcher(matcher.workspace, encoder=HashingEncoder(fingerprint="hashing-2")))
    app.state.service.warm()

    assert client_of(app).get("/readyz").json()["code"] == "snapshot_unusable"


def test_a_model_that_cannot_be_loaded(matcher: Matcher, capsys: pytest.CaptureFixture[str]) -> None:
    class Broken(HashingEncoder):
        def encode_challenges(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
            raise WeightsError("weights_unreadable", path="e5.bin", reason="no such file")

    app = make_app(Matcher(matcher.workspace, encoder=Broken(fingerprint="broken")))
    app.state.service.warm()

    assert client_of(app).get("/readyz").json()["code"] == "model_unavailable"
    assert '"error": "WeightsError"' in capsys.readouterr().err


def test_a_model_that_can_be_loaded_at_last(matcher: Matcher) -> None:
    class Late(HashingEncoder):
        tries = 0

        def encode_challenges(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
            self.tries += 1
            if self.tries == 1:
                raise WeightsError("no_package")
            return super().encode_challenges(texts, progress)

    app = make_app(Matcher(matcher.workspace, encoder=Late()))
    app.state.service.warm()
    client = client_of(app)

    assert client.get("/readyz").json()["code"] == "model_unavailable"
    wait_until_ready(client)


def test_metrics_count_requests_by_route_and_answers(matcher: Matcher) -> None:
    client = client_of(make_app(matcher))
    client.post("/v1/match", json={"text": LEAKS})
    client.post("/v1/match", json={"text": "zygomorphe " * 3})
    client.post("/v1/self-check", json={"text": LEAKS})
    client.get("/v1/challenges/secret-id")
    client.get("/secret-address")
    client.request("BREW", "/healthz")

    answer = client.get("/metrics")

    values = dict(re.findall(r"^(\w+(?:\{.*\})?) (\S+)$", answer.text, re.MULTILINE))
    assert answer.headers["content-type"].startswith("text/plain")
    assert values['matcher_http_requests_total{method="POST",route="/v1/match",status="200"}'] == "2.0"
    assert values['matcher_http_requests_total{method="GET",route="/v1/challenges/{id:path}",status="404"}'] == "1.0"
    assert values['matcher_http_requests_total{method="GET",route="unmatched",status="404"}'] == "1.0"
    assert values['matcher_http_requests_total{method="OTHER",route="/healthz",status="405"}'] == "1.0"
    assert values['matcher_http_request_seconds_count{route="/v1/match"}'] == "2.0"
    assert values['matcher_answers_total{kind="match"}'] == "2.0"
    assert values['matcher_answers_total{kind="self-check"}'] == "1.0"
    weak = [matcher.match(text).no_good_match for text in (LEAKS, "zygomorphe " * 3)]
    assert values['matcher_no_good_match_total{kind="match"}'] == str(float(sum(weak)))
    snapshot = matcher.match(LEAKS).snapshot
    assert values[f'matcher_snapshot_info{{model="hashing",snapshot="{snapshot}"}}'] == "1.0"
    assert "secret" not in answer.text
