import hashlib
import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.passages import split_passages
from matcher.segment import LAYOUT
from matcher.tokens import terms_with_surface, tokenize
from tests.matcher.corpus import WORDS, long_pitch


@pytest.mark.parametrize(
    ("text", "like"),
    [
        ("l'eau", "eau"),
        ("d’énergie", "énergie"),
        ("qu'hydrogène", "hydrogène"),
        ("jusqu'hydrogène lorsqu’hydrogène", "hydrogène hydrogène"),
        ("L'EAU", "eau"),
        ("énergies", "énergie"),
        ("Énergie", "énergie"),
        ("E\u0301nergie", "énergie"),
        ("CO₂", "co2"),
        ("cœur", "coeur"),
        ("eau-énergie", "eau énergie"),
        ("ﬁltre", "filtre"),
        ("forêts", "forêt"),
    ],
)
def test_forms_of_one_word_are_one_term(text: str, like: str) -> None:
    assert tokenize(text, "fr") == tokenize(like, "fr") != []


def test_accents_are_folded_after_stemming() -> None:
    assert tokenize("Les déchets ménagers brûlés", "fr") == ["dechet", "menager", "brul"]
    assert all(term.isascii() for term in tokenize("é è ê à ù ç î ô œuvre garçon forêt", "fr"))


@pytest.mark.parametrize(
    "been",
    [
        "a été",
        "ont été",
        "n’ayant jamais été",
        "A\u00a0ÉTÉ",
        "aurait également été",
        "n’a pas encore été",
        "aurons été",
    ],
)
def test_what_has_been_is_no_summer(been: str) -> None:
    assert "ete" not in tokenize(f"{been} conçu", "fr")
    assert tokenize(f"{been} conçu pour l’été", "fr")[-2:] == ["concu", "ete"]


@pytest.mark.parametrize(
    "summer",
    [
        "A l’été 2026, le plan d’eau",
        "la ville a l'été des îlots",
        "les plages ont l’été une affluence",
        "la commune a chaque été des feux",
        "il y a un été sec",
        "on a cet été vidé",
    ],
)
def test_a_summer_after_an_auxiliary_stays_one(summer: str) -> None:
    assert "ete" in tokenize(summer, "fr")


def test_english_is_stemmed_as_english() -> None:
    assert tokenize("The batteries of connected farms", "en") == ["batteri", "connect", "farm"]


def test_stop_words_are_those_of_the_language() -> None:
    assert tokenize("le réseau de la ville", "fr") == ["reseau", "vill"]
    assert tokenize("the car pour", "en") == ["car", "pour"]
    assert tokenize("the car pour", "fr") == tokenize("the", "fr")
    assert tokenize("the la les forest", None) == ["forest"]


def test_a_text_of_unknown_language_is_stemmed_as_french() -> None:
    assert tokenize("énergies renouvelables", None) == tokenize("énergies renouvelables", "fr")


@pytest.mark.parametrize("quantity", ["3 500", "deux", "vingt", "2026", "12,5", "trois ans", "six mois", "90 km", "١٢"])
def test_quantities_are_no_terms(quantity: str) -> None:
    assert tokenize(f"{quantity} capteurs", "fr") == tokenize("capteurs", "fr")


@pytest.mark.parametrize("name", ["5g", "h2", "co2", "3d", "covid19"])
def test_names_with_digits_are_terms(name: str) -> None:
    assert tokenize(name.upper(), "fr") == [name]


def test_repetitions_are_kept_in_order() -> None:
    assert tokenize("eau, feu, eau", "fr") == ["eau", "feu", "eau"]


def test_apostrophes_in_other_places_are_harmless() -> None:
    assert tokenize("aujourd'hui", "fr") == []
    assert tokenize("the farmer's field", "en") == ["farmer", "field"]
    assert tokenize("'eau' l' d'", "fr") == ["eau"]


@pytest.mark.parametrize("text", ["", " ", "!?;", "a b c", "12 34", "\x00", "🙂"])
def test_a_text_without_words_has_no_terms(text: str) -> None:
    assert tokenize(text, "fr") == []


def test_surface_forms_are_the_first_as_written() -> None:
    terms = terms_with_surface("L'Énergie et les énergies des Forêts", "fr")
    assert terms == {"energ": "Énergie", "foret": "Forêts"}


@given(st.text(max_size=200), st.sampled_from(["fr", "en", None]))
def test_terms_and_surfaces_agree(text: str, language: str | None) -> None:
    terms = tokenize(text, language)
    assert list(terms_with_surface(text, language)) == list(dict.fromkeys(terms))
    assert all(terms)
    assert tokenize(text, language) == terms


@given(st.lists(st.sampled_from(WORDS)), st.lists(st.sampled_from(WORDS)))
def test_the_terms_of_a_text_are_those_of_its_parts(left: list[str], right: list[str]) -> None:
    parts = tokenize(" ".join(left), "fr") + tokenize(" ".join(right), "fr")
    assert tokenize(" ".join([*left, *right]), "fr") == parts


def test_threads_get_the_same_terms() -> None:
    texts = [f"{' '.join(WORDS)} mot{number}s" for number in range(200)]
    expected = [tokenize(text, "fr") for text in texts]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda text: tokenize(text, "fr"), texts)) == expected


def test_a_word_of_200_000_letters_is_one_term() -> None:
    assert len(tokenize("é" * 200_000, "fr")) == 1


def test_what_a_snapshot_holds_changes_only_with_its_layout() -> None:
    """When this fails, texts are split or counted in another way: raise ``LAYOUT`` and write the new values here."""
    text = long_pitch("L'eau des 12 forêts a été brûlée l’été, p. ex. à Lyon : CO₂, etc. • Fin ; non ; oui.")
    content = json.dumps(
        [split_passages("Titre", text), *(tokenize(text, language) for language in ("fr", "en", None))]
    )
    assert (LAYOUT, hashlib.sha256(content.encode()).hexdigest()[:16]) == (3, "4e16eee9ae460dce")
