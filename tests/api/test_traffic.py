"""Limits of one client, many clients at once, and an event loop that is never blocked."""

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from matcher import Matcher
from tests.api.conftest import CHALLENGES, LEAKS, client_of, make_app


def test_a_client_that_asks_too_often_is_told_when_to_come_back(matcher: Matcher) -> None:
    client = client_of(make_app(matcher, rate_limit="3/minute"))

    answers = [client.get("/v1/challenges", headers={"Accept-Language": "en"}) for _ in range(5)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    refused = answers[-1]
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["code"] == "too_many_requests"
    assert "3/minute" in refused.json()["detail"]
    assert 1 <= int(refused.headers["retry-after"]) <= 60


def test_monitoring_is_not_counted(matcher: Matcher) -> None:
    client = client_of(make_app(matcher, rate_limit="1/minute"))

    statuses = [client.get(path).status_code for path in ("/healthz", "/metrics", "/healthz", "/metrics")]

    assert statuses == [200] * 4
    assert client.get("/readyz").status_code == 503  # not started, and not refused
    assert client.get("/v1/index").status_code == 200


def test_clients_are_counted_apart(matcher: Matcher) -> None:
    app = make_app(matcher, rate_limit="1/minute")

    async def asked_from(address: str) -> int:
        transport = httpx.ASGITransport(app, client=(address, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return (await client.get("/v1/index")).status_code

    async def all_of_them() -> list[int]:
        return [await asked_from(address) for address in ("10.0.0.1", "10.0.0.2", "10.0.0.1")]

    assert asyncio.run(all_of_them()) == [200, 200, 429]


def test_a_rate_that_cannot_be_read_stops_the_service(matcher: Matcher) -> None:
    with pytest.raises(ValueError, match="such as 3000/minute"):
        make_app(matcher, rate_limit="often")


def test_eight_clients_at_once_get_what_one_gets(matcher: Matcher) -> None:
    client = client_of(make_app(matcher))
    queries = [{"text": f"{LEAKS} {number % 5}", "top": 3} for number in range(40)]
    queries += [{"challenge_id": challenge.id, "top": 3} for challenge in CHALLENGES] * 4
    alone = [matcher.match(q["text"], top=3) if "text" in q else matcher.match_id(q["challenge_id"], top=3)  # type: ignore[arg-type]
             for q in queries]  # fmt: skip

    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda query: client.post("/v1/match", json=query), queries))

    assert [answer.json() for answer in together] == [each.model_dump(mode="json", by_alias=True) for each in alone]


def test_the_event_loop_goes_on_while_answers_are_computed(matcher: Matcher, monkeypatch: pytest.MonkeyPatch) -> None:
    free, inside, real = threading.Event(), threading.Semaphore(0), Matcher.match

    def slow(self: Matcher, *args: object, **more: object) -> object:
        inside.release()
        free.wait(20)
        return real(self, *args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Matcher, "match", slow)
    app = make_app(matcher)

    async def scenario() -> tuple[int, int, list[int]]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as client:
            waiting = [asyncio.create_task(client.post("/v1/match", json={"text": LEAKS})) for _ in range(30)]
            limit = time.monotonic() + 10
            while not inside.acquire(blocking=False):
                assert time.monotonic() < limit
                await asyncio.sleep(0.005)
            light = [(await client.get(path)).status_code for path in ("/healthz", "/v1/challenges")]
            still = sum(task.done() for task in waiting)
            free.set()
            answers = await asyncio.gather(*waiting)
            return (*light, [still, *(answer.status_code for answer in answers)])  # type: ignore[return-value]

    alive, listed, statuses = asyncio.run(scenario())

    assert (alive, listed) == (200, 200)
    assert statuses == [0] + [200] * 30
