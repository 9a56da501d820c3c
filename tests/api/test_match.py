"""POST /v1/match and POST /v1/self-check: the engine's answers, unchanged."""

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient

from matcher import Matcher
from matcher.filters import Filters
from tests.api.conftest import LEAKS, SENSORS


def test_a_text_gets_the_very_json_of_the_engine(reader: TestClient, shared_matcher: Matcher) -> None:
    answer = reader.post("/v1/match", json={"text": LEAKS, "top": 5, "lang": "fr"})

    assert answer.status_code == 200
    expected = shared_matcher.match(LEAKS, top=5, lang="fr").model_dump_json(by_alias=True)
    assert answer.json() == json.loads(expected)
    keys = ["challenge", "proposals", "excluded", "no_good_match", "calibrated", "snapshot", "model"]
    assert list(answer.json()) == keys  # "calibrated" only where the model, as here, has no calibration
    assert [each["rank"] for each in answer.json()["proposals"]] == [1, 2, 3, 4, 5]
    assert any(each["evidence"] and each["matched_terms"] for each in answer.json()["proposals"])


def test_a_stored_challenge_is_matched_by_its_id_with_its_own_constraints(
    reader: TestClient, shared_matcher: Matcher
) -> None:
    answer = reader.post("/v1/match", json={"challenge_id": "defi-eau", "top": 50, "lang": "en"}).json()

    assert answer == shared_matcher.match_id("defi-eau", top=50, lang="en").model_dump(mode="json", by_alias=True)
    assert answer["challenge"]["id"] == "defi-eau"
    assert [each["solution"]["id"] for each in answer["excluded"]] == ["s-trl"]


@pytest.mark.parametrize("filters", [{"only": ["s-tour", "s-acoustique"]}, {"language": ["en"]}, {"trl_min": 5}])
def test_filters_are_those_of_the_library(
    reader: TestClient, shared_matcher: Matcher, filters: dict[str, object]
) -> None:
    answer = reader.post("/v1/match", json={"text": LEAKS, "filters": filters, "lang": "fr"})

    expected = shared_matcher.match(LEAKS, filters=Filters.model_validate(filters), lang="fr")
    assert answer.json() == expected.model_dump(mode="json", by_alias=True)


def test_reasons_speak_the_language_asked_for(reader: TestClient) -> None:
    query = {"text": LEAKS, "filters": {"trl_min": 5}}

    def message(language: str | None, accept: str) -> str:
        body = query | ({"lang": language} if language else {})
        answer = reader.post("/v1/match", json=body, headers={"Accept-Language": accept}).json()
        return str(answer["proposals"][0]["eligibility"]["reasons"][0]["message"])

    assert message("en", "fr") == message(None, "en-GB,en;q=0.9")
    assert message(None, "de") == message(None, "fr") == message("fr", "en")
    assert message("fr", "") != message("en", "")


def test_a_pitch_gets_the_very_json_of_the_engine(reader: TestClient, shared_matcher: Matcher) -> None:
    answer = reader.post("/v1/self-check", json={"text": SENSORS, "top": 2, "lang": "fr"})

    assert answer.status_code == 200
    expected = shared_matcher.self_check(SENSORS, top=2, lang="fr").model_dump_json(by_alias=True)
    assert answer.json() == json.loads(expected)
    assert answer.json()["challenges"][0]["challenge"]["id"] == "defi-eau"
    assert set(answer.json()["challenges"][0]["standing"]) == {"from", "to", "of"}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "exactly_one"),
        ({"text": LEAKS, "challenge_id": "defi-eau"}, "exactly_one"),
        ({"text": ""}, "string_too_short"),
        ({"text": LEAKS, "tops": 3}, "extra_forbidden"),
        ({"text": LEAKS, "top": 0}, "greater_than_equal"),
        ({"text": LEAKS, "top": 1000}, "less_than_equal"),
        ({"text": LEAKS, "filters": {"trl": 3}}, "extra_forbidden"),
        ({"text": LEAKS, "lang": "de"}, "literal_error"),
        ({"text": "a" * 100_001}, "string_too_long"),
    ],
)
def test_a_wrong_query_is_refused_and_says_where(reader: TestClient, body: dict[str, object], code: str) -> None:
    answer = reader.post("/v1/match", json=body)

    assert answer.status_code == 422
    assert [each["code"] for each in answer.json()["errors"]] == [code]


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("/v1/match", {"text": "?!… 。"}, 422, "empty_text"),
        ("/v1/self-check", {"text": "?!…"}, 422, "empty_text"),
        ("/v1/match", {"challenge_id": "nobody"}, 404, "unknown_id"),
        ("/v1/match", {"text": LEAKS, "filters": {"only": ["nobody"]}}, 404, "unknown_id"),
        ("/v1/self-check", {"text": SENSORS, "filters": {"without": ["nobody"]}}, 404, "unknown_id"),
        ("/v1/match", {"text": LEAKS, "filters": {"territory": ["Atlantis"]}}, 422, "invalid_filter"),
    ],
)
def test_what_the_engine_refuses_is_a_problem_with_its_code(
    reader: TestClient, path: str, body: dict[str, object], status: int, code: str
) -> None:
    answer = reader.post(path, json=body)

    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_long_text_is_answered(reader: TestClient) -> None:
    answer = reader.post("/v1/match", json={"text": (LEAKS + " ") * 500, "top": 1})

    assert answer.status_code == 200
    assert answer.json()["proposals"][0]["rank"] == 1


@pytest.mark.parametrize("filters", [{"theme": ["x" * 301]}, {"only": ["s-tour"] * 1_001}, {"theme": ["\ud800"]}])
def test_filters_beyond_all_measure_are_refused(client: TestClient, filters: dict[str, Any]) -> None:
    body = json.dumps({"text": LEAKS, "filters": filters})
    answer = client.post("/v1/match", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
