"""Headers, the token for writes, and writes from other sites."""

import pytest
from fastapi.testclient import TestClient

from api.access import HEADERS
from matcher import Matcher
from tests.api.conftest import client_of, make_app

WRITES = [
    ("/v1/challenges", {"id": "x", "title": "X"}),
    ("/v1/solutions", {"id": "x", "name": "X"}),
    ("/v1/batches", {"meeting": "2027-Q1"}),
    ("/v1/index", {}),
]


@pytest.mark.parametrize("path", ["/healthz", "/v1/challenges", "/nowhere", "/", "/metrics", "/openapi.json"])
def test_every_answer_has_safe_headers(reader: TestClient, path: str) -> None:
    headers = reader.get(path).headers

    for name, value in HEADERS.items():
        if name != "Content-Security-Policy":
            assert headers[name] == value
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "access-control-allow-origin" not in headers
    assert headers["x-request-id"]


def test_no_other_site_may_read(reader: TestClient) -> None:
    asked = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "POST"}

    answer = reader.options("/v1/match", headers=asked)

    assert answer.status_code == 405
    assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize("path", ["/docs", "/redoc"])
def test_no_page_that_loads_scripts_from_outside(reader: TestClient, path: str) -> None:
    assert reader.get(path).status_code == 404


@pytest.mark.parametrize("given", ["abc\n", "x" * 65, "a b", "é", ""])
def test_a_strange_request_id_is_replaced(reader: TestClient, given: str) -> None:
    answer = reader.get("/healthz", headers={"X-Request-ID": given.encode()})

    assert len(answer.headers["x-request-id"]) == 32


@pytest.mark.parametrize(("path", "body"), WRITES)
def test_writes_need_the_token_where_one_is_set(matcher: Matcher, path: str, body: dict[str, str]) -> None:
    client = client_of(make_app(matcher, api_token="sésame-42"))
    before = matcher.store.counts()

    for headers in ({}, {"Authorization": "Bearer other"}, {"Authorization": "Basic sésame-42".encode()}):
        refused = client.post(path, json=body, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (401, "token_required")
        assert refused.headers["www-authenticate"] == "Bearer"
    assert matcher.store.counts() == before
    assert client.get("/v1/challenges").status_code == 200
    assert client.post("/v1/match", json={"text": "eau"}).status_code == 200


def test_the_token_opens_writes(matcher: Matcher) -> None:
    client = client_of(make_app(matcher, api_token="sesame-42"))

    for path, body in WRITES:
        answer = client.post(path, json=body, headers={"Authorization": "Bearer sesame-42"})
        assert answer.status_code in {201, 202}


@pytest.mark.parametrize(("path", "body"), [*WRITES, ("/v1/match", {"text": "eau"}), ("/match", {})])
def test_a_browser_may_not_write_for_another_site(matcher: Matcher, path: str, body: dict[str, str]) -> None:
    client = client_of(make_app(matcher))

    for site in ("cross-site", "same-site"):
        refused = client.post(path, json=body, headers={"Sec-Fetch-Site": site})
        assert (refused.status_code, refused.json()["code"]) == (403, "cross_site")
    assert client.get("/v1/challenges", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200


@pytest.mark.parametrize("path", ["/", "/v1/challenges", "/healthz"])
def test_a_domain_that_is_not_the_services_is_refused(matcher: Matcher, path: str) -> None:
    client = client_of(make_app(matcher, hosts="defis.mairie.example, autre.example"))

    refused = client.get(path, headers={"Host": "evil.example:8000"})

    assert (refused.status_code, refused.json()["code"]) == (403, "unknown_host")
    for host in ("localhost:8000", "127.0.0.1:8000", "[::1]:8000", "mairie-pc", "192.168.1.4", "defis.mairie.example"):
        assert client.get(path, headers={"Host": host}).status_code == 200
