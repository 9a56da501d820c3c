"""Challenges and solutions over HTTP: listed page by page, read, created, updated."""

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.bounds import MOST_RECORDS
from corpora.records import Challenge
from matcher import Matcher
from tests.api.conftest import CHALLENGES, SOLUTIONS

IDS = (
    st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=60)
    .map(str.strip)
    .filter(lambda text: text not in {"", ".", ".."})
)


@pytest.mark.parametrize(("kind", "records"), [("challenges", CHALLENGES), ("solutions", SOLUTIONS)])
@pytest.mark.parametrize("limit", [1, 7, 200])
def test_pages_hold_every_record_once_by_id(reader: TestClient, kind: str, records: list[Any], limit: int) -> None:
    found: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        page = reader.get(f"/v1/{kind}", params={"limit": str(limit), **cursor}).json()
        assert len(page["items"]) <= limit
        found += page["items"]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}

    expected = sorted(records, key=lambda record: record.id)
    assert found == [record.model_dump(mode="json") for record in expected]


@pytest.mark.parametrize("limit", ["0", "-1", str(MOST_RECORDS + 1), "many"])
def test_a_page_has_bounds(reader: TestClient, limit: str) -> None:
    answer = reader.get("/v1/challenges", params={"limit": limit})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "query.limit"


def test_a_cursor_past_the_end_gives_an_empty_page(reader: TestClient) -> None:
    assert reader.get("/v1/solutions", params={"cursor": "zzz"}).json() == {"items": [], "next": None}


def test_a_record_is_read_whole(reader: TestClient) -> None:
    assert reader.get("/v1/challenges/defi-eau").json() == CHALLENGES[0].model_dump(mode="json")
    assert reader.get("/v1/solutions/s-tour").json() == SOLUTIONS[1].model_dump(mode="json")


@pytest.mark.parametrize("path", ["/v1/challenges/s-tour", "/v1/solutions/defi-eau", "/v1/solutions/../../etc/passwd"])
def test_an_unknown_record(reader: TestClient, path: str) -> None:
    assert reader.get(path).status_code == 404


def test_a_new_record_is_created_then_the_same_then_updated(client: TestClient, matcher: Matcher) -> None:
    record = {"id": "defi-neuf", "title": "Réduire les déchets", "text": "Les déchets de la cantine.", "budget": 5000.5}

    created = client.post("/v1/challenges", json=record)
    again = client.post("/v1/challenges", json=record)
    updated = client.post("/v1/challenges", json=record | {"budget": 6000})

    assert [answer.status_code for answer in (created, again, updated)] == [201, 200, 200]
    assert created.headers["location"] == "/v1/challenges/defi-neuf"
    assert created.json() == again.json()
    assert client.get(created.headers["location"]).json() == updated.json()
    assert matcher.store.challenge("defi-neuf").budget == 6000


def test_the_language_is_detected_as_an_import_does(client: TestClient) -> None:
    french = {"id": "a", "name": "Eau", "text": "Nos capteurs repèrent les fuites dans le réseau de la ville."}
    english = {"id": "b", "name": "Water", "text": "Our sensors find the leaks in the network of the city."}

    assert client.post("/v1/solutions", json=french).json()["language"] == "fr"
    assert client.post("/v1/solutions", json=english).json()["language"] == "en"
    assert client.post("/v1/solutions", json=english | {"language": "fr"}).json()["language"] == "fr"


def test_a_new_challenge_is_matched_at_once(client: TestClient) -> None:
    client.post("/v1/challenges", json={"id": "neuf", "title": "Fuites", "text": "Trouver les fuites d'eau."})

    assert client.post("/v1/match", json={"challenge_id": "neuf"}).status_code == 200


@pytest.mark.parametrize(
    "record",
    [
        {"title": "Sans identifiant"},
        {"id": "x"},
        {"id": " ", "title": "Vide"},
        {"id": "x", "title": "X", "trl_min": 12},
        {"id": "x", "title": "X", "budget": -1},
        {"id": "x", "title": "X", "deadline": "31/12/2027"},
        {"id": "x", "title": "X", "colour": "bleu"},
        {"id": "x", "title": "X", "name": "d'une solution"},
        {"id": "x", "title": "X", "extra": {"a": "\ud800"}},
        {"id": "\ud800", "title": "X"},
    ],
)
def test_a_wrong_record_is_refused_and_not_kept(client: TestClient, matcher: Matcher, record: dict[str, Any]) -> None:
    before = matcher.store.counts()

    answer = client.post("/v1/challenges", content=json.dumps(record), headers={"Content-Type": "application/json"})

    assert answer.status_code == 422
    assert answer.json()["code"] == "invalid_request"
    assert matcher.store.counts() == before


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(identifier=IDS)
def test_any_id_can_be_written_and_read_back_where_location_says(client: TestClient, identifier: str) -> None:
    created = client.post("/v1/challenges", json={"id": identifier, "title": "X", "language": "fr"})

    assert created.status_code in {200, 201}
    read = client.get(created.headers["location"])
    assert read.status_code == 200
    assert Challenge.model_validate(read.json()).id == identifier
