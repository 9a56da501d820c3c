"""Every error is an RFC 9457 problem, in two languages, with one code, and tells nothing that it should not."""

import inspect
import json
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api import errors as api_errors
from api import problems
from api.wording import accepted, phrase
from corpora import errors as corpora_errors
from matcher import Matcher
from matcher import errors as matcher_errors
from models import errors as models_errors
from tests.api.conftest import LEAKS, client_of, make_app, make_matcher

JSON = {"Content-Type": "application/json"}


def assert_problem(answer: object, status: int, code: str, lang: str = "fr") -> dict[str, object]:
    assert answer.status_code == status  # type: ignore[attr-defined]
    assert answer.headers["content-type"] == "application/problem+json"  # type: ignore[attr-defined]
    assert answer.headers["content-language"] == lang  # type: ignore[attr-defined]
    body: dict[str, object] = answer.json()  # type: ignore[attr-defined]
    assert body["status"] == status
    assert body["code"] == code
    assert body["type"] == f"/problems#{code}"
    assert body["title"] == phrase(f"problem.{code}.title", "fr" if lang == "fr" else "en")
    assert body["request_id"] == answer.headers["x-request-id"]  # type: ignore[attr-defined]
    return body


def test_an_unknown_address(reader: TestClient) -> None:
    assert assert_problem(reader.get("/v2/match"), 404, "not_found")["instance"] == "/v2/match"


def test_a_wrong_method_names_the_right_one(reader: TestClient) -> None:
    answer = reader.get("/v1/match")

    assert_problem(answer, 405, "method_not_allowed")
    assert answer.headers["allow"] == "POST"


@pytest.mark.parametrize("content", [b'{"text": "\xff\xfe"}', b"[" * 100_000])
def test_an_unreadable_body(reader: TestClient, content: bytes) -> None:
    assert_problem(reader.post("/v1/match", content=content, headers=JSON), 400, "malformed_body")


@pytest.mark.parametrize("content", [b"", b"{", b"null", b"[]", b'"text"', b'{"text": 3}', b'{"text": "\\ud800"}'])
def test_a_body_of_the_wrong_shape(reader: TestClient, content: bytes) -> None:
    body = assert_problem(reader.post("/v1/match", content=content, headers=JSON), 422, "invalid_request")

    assert body["errors"]


def test_a_field_named_with_half_a_surrogate_pair(reader: TestClient) -> None:
    content = json.dumps({"text": LEAKS, "a\ud800": 1})

    body = assert_problem(reader.post("/v1/match", content=content, headers=JSON), 422, "invalid_request")

    assert [each["code"] for each in body["errors"]] == ["string_unicode"]  # type: ignore[attr-defined]


def test_a_body_that_is_not_json(reader: TestClient) -> None:
    answer = reader.post("/v1/match", content=b'{"text": "eau"}', headers={"Content-Type": "text/plain"})

    assert_problem(answer, 422, "invalid_request")


def test_what_was_sent_is_not_repeated(reader: TestClient) -> None:
    answer = reader.post("/v1/self-check", json={"text": ["secret sauce"], "top": "secret sauce"})

    assert_problem(answer, 422, "invalid_request")
    assert "secret" not in answer.text


@pytest.mark.parametrize("announced", [True, False])
def test_a_body_too_large(reader: TestClient, announced: bool) -> None:
    text = b'{"text": "' + b"a" * 1_100_000 + b'"}'
    content = text if announced else (text[start : start + 65_536] for start in range(0, len(text), 65_536))

    assert_problem(reader.post("/v1/match", content=content, headers=JSON), 413, "body_too_large")


def test_a_body_as_large_as_allowed_is_read(reader: TestClient) -> None:
    content = b'{"text": "eau"}' + b" " * (1_048_576 - 15)

    assert reader.post("/v1/match", content=content, headers=JSON).status_code == 200


def test_the_language_comes_from_the_body_then_the_address_then_the_header(reader: TestClient) -> None:
    english = {"Accept-Language": "en"}

    assert_problem(reader.get("/nowhere", headers=english), 404, "not_found", "en")
    assert_problem(reader.get("/nowhere?lang=fr", headers=english), 404, "not_found", "fr")
    assert_problem(reader.get("/nowhere", headers={"Accept-Language": "de"}), 404, "not_found", "fr")
    for body, code, status in (
        ({"text": "?", "lang": "fr"}, "empty_text", 422),
        ({"text": "?", "lang": "fr", "top": 0}, "invalid_request", 422),
    ):
        assert_problem(reader.post("/v1/match", json=body, headers=english), status, code, "fr")
        assert_problem(reader.post("/v1/match", json=body | {"lang": "en"}), status, code, "en")


@pytest.mark.parametrize(
    ("header", "lang"),
    [
        ("fr", "fr"),
        ("fr-CA", "fr"),
        ("en-GB, fr;q=0.9", "en"),
        ("en;q=0.2, fr;q=0.9", "fr"),
        ("de, *;q=0.5", None),
        ("en;q=0", None),
        ("", None),
        ("en;q=hello", "en"),
        (";;;,,,q=", None),
    ],
)
def test_accept_language(header: str, lang: str | None) -> None:
    assert accepted(header) == lang


def test_no_index_yet(tmp_path: Path) -> None:
    client = client_of(make_app(make_matcher(tmp_path, indexed=False)))

    for answer in (
        client.post("/v1/match", json={"text": LEAKS}),
        client.post("/v1/self-check", json={"text": LEAKS}),
        client.post("/v1/batches", json={"meeting": "2027-Q1"}),
    ):
        assert_problem(answer, 503, "no_snapshot")
        assert int(answer.headers["retry-after"]) > 0


def test_a_damaged_index(matcher: Matcher) -> None:
    for manifest in (matcher.workspace / "snapshots").iterdir():
        manifest.write_text("{}", encoding="utf-8")

    answer = client_of(make_app(matcher)).post("/v1/match", json={"text": LEAKS})

    assert_problem(answer, 503, "snapshot_unusable")
    assert str(matcher.workspace) not in answer.text


def test_a_database_that_does_not_answer(tmp_path: Path) -> None:
    (tmp_path / "matcher.sqlite").write_bytes(b"no database at all" * 100)
    client = client_of(make_app(Matcher(tmp_path)))

    answer = client.get("/v1/challenges")

    assert_problem(answer, 503, "store_unavailable")
    assert str(tmp_path) not in answer.text


class SecretError(Exception):
    pass


def test_a_crash_tells_nothing(
    matcher: Matcher, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def crash(self: Matcher, *args: object, **more: object) -> None:
        raise SecretError("the pitch was: secret sauce")

    monkeypatch.setattr(Matcher, "self_check", crash)
    answer = client_of(make_app(matcher)).post("/v1/self-check", json={"text": "secret sauce"})

    body = assert_problem(answer, 500, "internal_error")
    assert "secret" not in answer.text.lower()
    line = json.loads(capsys.readouterr().err.splitlines()[-1])
    assert (line["event"], line["error"], line["request_id"]) == ("crash", "SecretError", body["request_id"])
    assert "test_problems.py" in line["where"]
    assert "sauce" not in str(line)


def test_an_answer_that_takes_too_long(matcher: Matcher, monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    free = threading.Event()
    monkeypatch.setattr("api.service.MOST_SECONDS", 0.05)
    monkeypatch.setattr(Matcher, "match", lambda *args, **more: free.wait(10))

    answer = client_of(make_app(matcher)).post("/v1/match", json={"text": LEAKS})
    free.set()

    assert_problem(answer, 503, "too_slow")


def test_every_exception_of_every_package_has_a_code() -> None:
    of_files = {"EvaluationSetError", "UnreadableFile", "UnwritableFile", "MappingError"}  # which the service has not
    unanswered = of_files | {"ResponseBroken"}
    bases = {"ApiError", "MatcherError", "CorporaError"}
    for module in (api_errors, matcher_errors, corpora_errors, models_errors):
        for name, kind in inspect.getmembers(module, inspect.isclass):
            if issubclass(kind, Exception) and name not in unanswered | bases:
                assert problems.code_of(kind.__new__(kind)) != "internal_error", f"{name} has no code in api.problems"


def test_the_nearest_class_decides() -> None:
    assert problems.code_of(matcher_errors.NoSnapshot()) == "no_snapshot"
    assert problems.code_of(matcher_errors.ForeignSnapshot()) == "snapshot_unusable"
    assert problems.code_of(matcher_errors.IndexLocked()) == "index_locked"
    assert problems.code_of(ValueError("anything")) == "internal_error"


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_every_code_has_words_and_a_line_on_the_page(reader: TestClient, lang: str) -> None:
    page = reader.get(f"/problems?lang={lang}").text

    for code, status in problems.KINDS.items():
        assert 400 <= status < 600
        assert f'id="{code}"' in page
        assert phrase(f"problem.{code}.title", "fr" if lang == "fr" else "en")
    assert set(problems.BY_EXCEPTION.values()) | set(problems.BY_STATUS.values()) <= set(problems.KINDS)
