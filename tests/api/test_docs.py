"""docs/api.md tells every address, every code and the true limits."""

import json
import re
from pathlib import Path

import pytest
from fastapi.routing import iter_route_contexts
from fastapi.testclient import TestClient

from api.bodies import BatchQuery, MatchQuery, SelfCheckQuery
from api.bounds import MOST_BYTES, MOST_CHARACTERS, MOST_PROPOSALS, MOST_RECORDS, MOST_SECONDS
from api.problems import KINDS
from corpora.records import Challenge
from matcher import Matcher
from matcher.filters import Filters
from matcher.results import MatchResult
from matcher.settings import Settings
from tests.api.conftest import make_app

DOCS = (Path(__file__).parents[2] / "docs/api.md").read_text(encoding="utf-8")
BODIES = {
    "/v1/match": MatchQuery,
    "/v1/self-check": SelfCheckQuery,
    "/v1/challenges": Challenge,
    "/v1/batches": BatchQuery,
}


def test_every_address_is_told_and_no_other(shared_matcher: Matcher) -> None:
    served = {
        f"{method} {context.path_format}"
        for context in iter_route_contexts(make_app(shared_matcher).routes)
        for method in (context.methods or ()) if method != "HEAD"
    }  # fmt: skip

    assert len(served) > 15
    assert set(re.findall(r"`((?:GET|POST) /[^`]*)`", DOCS)) == served


def test_every_code_is_told_with_its_status() -> None:
    told = {code: int(status) for code, status in re.findall(r"^\| `(\w+)` \| (\d+) \|", DOCS, re.MULTILINE)}

    assert told == KINDS


def test_every_filter_is_told() -> None:
    assert [name for name in Filters.model_fields if f"`{name}`" not in DOCS] == []


def test_the_limits_told_are_the_true_ones() -> None:
    assert MOST_BYTES == 1024**2
    assert f"{MOST_CHARACTERS:,} characters" in DOCS
    assert f"takes at most {MOST_SECONDS} seconds" in DOCS
    assert f"`top` (10; at most {MOST_PROPOSALS})" in DOCS
    assert f"`limit` (50; at most {MOST_RECORDS})" in DOCS
    assert f"`MATCHER_RATE_LIMIT` ({Settings.model_fields['rate_limit'].default})" in DOCS


@pytest.mark.parametrize("number", range(DOCS.count("-d '")))
def test_every_command_sends_what_the_service_takes(reader: TestClient, number: int) -> None:
    path, body = re.findall(r"localhost:8000(/\S+)[^$]*?-d '([^']*)'", DOCS)[number]

    if "tops" in body:
        assert reader.post(path, content=body, headers={"Content-Type": "application/json"}).status_code == 422
    else:
        assert BODIES[path].model_validate_json(body)


def test_the_answer_shown_is_one() -> None:
    shown = re.search(r"^\{\n.*?^\}$", DOCS, re.MULTILINE | re.DOTALL)

    assert shown
    assert MatchResult.model_validate_json(shown[0]).model_dump(mode="json") == json.loads(shown[0])
