"""A small indexed workspace, and a service on it, with the real engine and a quick encoder."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.app import create_app
from corpora.records import Challenge
from matcher import Matcher
from matcher.settings import Settings
from tests.encoders import HashingEncoder
from tests.matcher.corpus import solution, some_solutions

LEAKS = "Repérer les fuites du réseau d'eau avant qu'elles ne coûtent cher à la commune."
SENSORS = "Nos capteurs acoustiques repèrent les fuites d'un réseau d'eau en continu. Une alerte part dans la minute."
CHALLENGES = [
    Challenge(id="defi-eau", title="Fuites du réseau d'eau", text=LEAKS, language="fr", trl_min=4, status="open"),
    Challenge(id="defi-feu", title="Départs de feu", text="Voir la fumée en forêt.", language="fr", status="open"),
    Challenge(id="defi-clos", title="Ancien défi", text="Recycler les déchets.", language="fr", status="closed"),
]
SOLUTIONS = [
    solution("s-acoustique", SENSORS, "Écoute"),
    solution("s-tour", "Des caméras sur des tours voient la fumée au-dessus de la forêt.", "Vigie"),
    solution("s-trl", "Des capteurs de fuites d'eau encore au laboratoire.", "Promesse").model_copy(update={"trl": 2}),
    *some_solutions(40),
]


def make_matcher(workspace: Path, *, indexed: bool = True) -> Matcher:
    matcher = Matcher(workspace, encoder=HashingEncoder(), lang="fr")
    matcher.store.write([*CHALLENGES, *SOLUTIONS])
    if indexed:
        matcher.index()
    return matcher


def make_app(matcher: Matcher, **settings: object) -> FastAPI:
    values: dict[str, object] = {"workspace": matcher.workspace, "rate_limit": "", **settings}
    return create_app(Settings.model_validate(values), matcher)


def client_of(app: FastAPI) -> TestClient:
    return TestClient(app, raise_server_exceptions=False)


@pytest.fixture
def matcher(tmp_path: Path) -> Matcher:
    """A matcher that a test may write to."""
    return make_matcher(tmp_path)


@pytest.fixture
def client(matcher: Matcher) -> TestClient:
    """A service that a test may write to."""
    return client_of(make_app(matcher))


@pytest.fixture(scope="package")
def shared_matcher(tmp_path_factory: pytest.TempPathFactory) -> Matcher:
    """A matcher for tests that only read."""
    return make_matcher(tmp_path_factory.mktemp("workspace"))


@pytest.fixture(scope="package")
def reader(shared_matcher: Matcher) -> Iterator[TestClient]:
    """A service for tests that only read."""
    with client_of(make_app(shared_matcher)) as started:
        yield started
