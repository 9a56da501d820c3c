"""The pages: a form without script, its proposals, in two languages."""

import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from tests.api.conftest import LEAKS, client_of, make_app, make_matcher


@pytest.mark.parametrize(
    ("path", "lang", "words"),
    [("/", "fr", "Chercher des solutions"), ("/?lang=en", "en", "Look for solutions"), ("/problems", "fr", "Statut")],
)
def test_a_page_is_whole_and_calls_nothing_outside(reader: TestClient, path: str, lang: str, words: str) -> None:
    answer = reader.get(path)

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert f'<html lang="{lang}">' in answer.text
    assert words in answer.text
    assert "<script" not in answer.text
    assert not re.findall(r'(?:src|href|action)="(?:https?:)?//', answer.text)
    assert "form-action 'self'" in answer.headers["content-security-policy"]


def test_the_home_page_counts_the_records(reader: TestClient) -> None:
    assert "43 solutions, 3 défis" in reader.get("/").text


def test_every_link_of_the_home_page_works(reader: TestClient) -> None:
    links = re.findall(r'href="(/[^"]*)"', reader.get("/").text)

    assert len(links) >= 4
    assert {link: reader.get(link).status_code for link in links} == dict.fromkeys(links, 200)


@pytest.mark.parametrize(("lang", "words"), [("fr", "Adéquation"), ("en", "Fit")])
def test_the_form_shows_proposals(reader: TestClient, lang: str, words: str) -> None:
    answer = reader.post(f"/match?lang={lang}", data={"text": LEAKS})

    assert answer.status_code == 200
    assert f'<html lang="{lang}">' in answer.text
    assert "Repérer les fuites" in answer.text
    assert words in answer.text


@pytest.mark.parametrize("text", ["", "?!"])
def test_a_text_without_words_gives_the_form_back_with_a_notice(reader: TestClient, text: str) -> None:
    answer = reader.post("/match", data={"text": text})

    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert "<form" in answer.text


def test_what_was_typed_is_shown_as_text(reader: TestClient, tmp_path: Path) -> None:
    attack = "</textarea><script>alert(1)</script>"
    unindexed = client_of(make_app(make_matcher(tmp_path, indexed=False)))

    for client, status in ((reader, 200), (unindexed, 503)):
        answer = client.post("/match", data={"text": attack})
        assert answer.status_code == status
        assert "<script>" not in answer.text
        assert "&lt;script&gt;" in answer.text


def test_without_an_index_the_page_says_what_to_do(tmp_path: Path) -> None:
    client = client_of(make_app(make_matcher(tmp_path, indexed=False)))

    answer = client.post("/match", data={"text": LEAKS})

    assert answer.status_code == 503
    assert "matcher index" in answer.text
    assert LEAKS.split("'")[0] in answer.text
