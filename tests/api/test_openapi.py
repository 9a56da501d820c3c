"""The OpenAPI description: true examples, documented errors, and a service that keeps to it whatever is sent."""

from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, given, settings
from pydantic import BaseModel
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import (
    allow_header_conformance,
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from api import examples
from api.bodies import BatchQuery, MatchQuery, SelfCheckQuery
from api.problems import KINDS, Problem
from corpora.records import Challenge, Solution
from matcher import Matcher
from matcher.results import MatchResult, SelfCheckResult
from tests.api.conftest import make_app, make_matcher

EXAMPLES: list[tuple[type[BaseModel], dict[str, Any]]] = [
    *((MatchQuery, each) for each in examples.MATCH_QUERIES),
    *((SelfCheckQuery, each) for each in examples.SELF_CHECK_QUERIES),
    *((BatchQuery, each) for each in examples.BATCH_QUERIES),
    *((Challenge, each) for each in (examples.CHALLENGE_FR, examples.CHALLENGE_EN)),
    *((Solution, each) for each in (examples.SOLUTION_FR, examples.SOLUTION_EN)),
    *((MatchResult, each) for each in (examples.MATCH_ANSWER_FR, examples.MATCH_ANSWER_EN)),
    *((SelfCheckResult, each) for each in (examples.SELF_CHECK_ANSWER_FR, examples.SELF_CHECK_ANSWER_EN)),
]
OPERATIONS = [
    "POST /v1/match", "POST /v1/self-check", "POST /v1/challenges", "GET /v1/challenges", "GET /v1/challenges/{id}",
    "POST /v1/solutions", "GET /v1/solutions", "GET /v1/solutions/{id}", "POST /v1/batches", "GET /v1/batches/{id}",
    "GET /v1/batches/{id}/files/{name}", "POST /v1/index", "GET /v1/index", "GET /healthz", "GET /readyz",
    "GET /metrics",
]  # fmt: skip
STRIPS = {"POST /v1/challenges", "POST /v1/solutions"}  # spaces around a text that is too long with them
CAN_BE_WRONG = [label for label in OPERATIONS if label.startswith("POST") or (label.endswith("s") and "/v1" in label)]
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
    allow_header_conformance,
]
REFUSALS = SchemathesisConfig.from_dict(
    {"checks": {"negative_data_rejection": {"expected-statuses": ["400", "404", "405", "409", "413", "415", "422"]}}}
)
"""What counts as refused; 413, for a text so long that the body is over a megabyte, is not among those of schemathesis."""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    """A service on a workspace of its own, which is written to."""
    made = make_app(make_matcher(tmp_path_factory.mktemp("described")))
    made.state.service.warm()
    return made


@pytest.fixture(scope="module")
def description(reader: TestClient) -> dict[str, Any]:
    found: dict[str, Any] = reader.get("/openapi.json").json()
    return found


def operations(description: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        f"{method.upper()} {path}": operation
        for path, methods in description["paths"].items()
        for method, operation in methods.items()
    }


def test_all_operations_are_tested_here(description: dict[str, Any]) -> None:
    assert sorted(operations(description)) == sorted(OPERATIONS)


def test_every_operation_has_a_name_a_tag_a_summary_and_a_problem(description: dict[str, Any]) -> None:
    names = [operation["operationId"] for operation in operations(description).values()]
    assert len(set(names)) == len(names)
    for label, operation in operations(description).items():
        assert operation["tags"], label
        assert operation["summary"], label
        assert operation["description"], label
        problem = operation["responses"]["default"]["content"]["application/problem+json"]
        assert problem["schema"] == {"$ref": "#/components/schemas/Problem"}


def test_every_body_has_examples_in_both_languages(description: dict[str, Any]) -> None:
    schemas = description["components"]["schemas"]
    for label, operation in operations(description).items():
        if "requestBody" not in operation or label == "POST /v1/index":
            continue
        content = operation["requestBody"]["content"]["application/json"]
        if "examples" in content:
            assert set(content["examples"]) == {"fr", "en"}
        else:
            given_examples = schemas[content["schema"]["$ref"].rsplit("/", 1)[1]]["examples"]
            assert {example["lang"] for example in given_examples} == {"fr", "en"}


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_examples_are_valid_and_hold_no_null(number: int) -> None:
    model, example = EXAMPLES[number]

    assert model.model_validate(example).model_dump(mode="json", by_alias=True, exclude_unset=True) == example
    assert "None" not in repr(example)


def test_examples_of_problems_are_what_the_service_would_say(description: dict[str, Any]) -> None:
    seen = set()
    for operation in operations(description).values():
        for status, response in operation["responses"].items():
            for example in response.get("content", {}).get("application/problem+json", {}).get("examples", {}).values():
                problem = Problem.model_validate(example["value"])
                assert KINDS[problem.code] == problem.status
                assert status in {str(problem.status), "default"}
                seen.add(problem.code)
    assert {"empty_text", "unknown_id", "no_snapshot", "invalid_request"} <= seen


def test_the_token_is_described_only_where_one_is_set(shared_matcher: Matcher, description: dict[str, Any]) -> None:
    guarded = operations(make_app(shared_matcher, api_token="x").openapi())

    assert {label for label, operation in guarded.items() if "security" in operation} == {
        "POST /v1/challenges", "POST /v1/solutions", "POST /v1/batches", "POST /v1/index",
    }  # fmt: skip
    assert not [label for label, operation in operations(description).items() if "security" in operation]


def send_anything(app: FastAPI, label: str, mode: schemathesis.GenerationMode) -> None:
    schema = schemathesis.openapi.from_asgi("/openapi.json", app, config=REFUSALS)
    operation = next(found.ok() for found in schema.get_all_operations() if found.ok().label == label)

    checks = [check for check in CHECKS if check is not negative_data_rejection or label not in STRIPS]

    @settings(
        max_examples=6,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def send(case: schemathesis.Case) -> None:
        case.validate_response(case.call(timeout=120), checks=checks)

    send()


@pytest.mark.slow
@pytest.mark.parametrize("label", OPERATIONS)
def test_what_the_description_allows_is_answered_as_it_says(app: FastAPI, label: str) -> None:
    send_anything(app, label, schemathesis.GenerationMode.POSITIVE)


@pytest.mark.slow
@pytest.mark.parametrize("label", CAN_BE_WRONG)
def test_what_the_description_forbids_is_refused(app: FastAPI, label: str) -> None:
    send_anything(app, label, schemathesis.GenerationMode.NEGATIVE)
