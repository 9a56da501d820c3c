"""What the routes declare of their answers in the OpenAPI description."""

from typing import Any

from api.examples import named
from api.problems import KINDS, MEDIA_TYPE, Problem, words
from api.wording import phrase
from matcher.wording import Lang

Responses = dict[int | str, dict[str, Any]]


def problems(*codes: str) -> Responses:
    """The problems that a route answers with, by status, each with an example in French and English."""
    responses: Responses = {}
    for code in codes:
        status = KINDS[code]
        entry = responses.setdefault(
            status, {"description": "", "content": {MEDIA_TYPE: {"schema": SCHEMA, "examples": {}}}}
        )
        entry["description"] = ", ".join(filter(None, (entry["description"], code)))
        entry["content"][MEDIA_TYPE]["examples"] |= {f"{code}.{lang}": _example(code, lang) for lang in ("fr", "en")}
    return responses


def answer(description: str, french: dict[str, Any], english: dict[str, Any]) -> Responses:
    """A good answer, with an example in French and one in English."""
    return {200: {"description": description, "content": {"application/json": {"examples": named(french, english)}}}}


SCHEMA = {"$ref": "#/components/schemas/Problem"}


def with_problem_schema(description: dict[str, Any]) -> dict[str, Any]:
    """Add the schema of problems, which no route returns as its own answer."""
    schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas = description.setdefault("components", {}).setdefault("schemas", {})
    schemas |= schema.pop("$defs", {}) | {"Problem": schema}
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
    return description


def _example(code: str, lang: Lang) -> dict[str, Any]:
    problem = Problem(
        type=f"/problems#{code}",
        title=phrase(f"problem.{code}.title", lang),
        status=KINDS[code],
        detail=words(code, lang),
        instance="/v1/match",
        code=code,
        request_id="0d6a1c3f",
    )
    return {"summary": problem.title, "value": problem.model_dump(exclude_none=True)}
