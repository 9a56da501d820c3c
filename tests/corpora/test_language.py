import subprocess
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora import open_data
from corpora.language import detect_language

FRENCH = [
    "eau potable",
    "fuites d'eau",
    "Capteurs pour détecter les fuites",
    "Détecter un départ de feu dans les dix premières minutes",
    "Rénovation énergétique de l’école",
    "désert médical",
]
ENGLISH = [
    "water leak detection",
    "energy storage",
    "Early detection of wildfires with sensors",
    "wildfire detection",
    "We help cities to save water.",
]
OTHERS = [
    "Die Stadt sucht eine Lösung für die Überwachung der Wasserleitungen.",
    "Intelligente Bewässerung für die Landwirtschaft",
    "La ciudad busca una solución para detectar fugas en la red de agua.",
    "Sistema de riego inteligente para agricultura",
    "Detección temprana de incendios forestales mediante sensores",
    "La città cerca una soluzione per rilevare le perdite nella rete idrica.",
    "Gestione dei rifiuti urbani",
    "A cidade procura uma solução para detetar fugas na rede de água.",
    "De stad zoekt een oplossing om lekken in het waternet op te sporen.",
    "Vroege detectie van bosbranden met sensoren",
]


@pytest.mark.parametrize("text", FRENCH)
def test_french(text: str) -> None:
    assert detect_language(text) == "fr"


@pytest.mark.parametrize("text", ENGLISH)
def test_english(text: str) -> None:
    assert detect_language(text) == "en"


@pytest.mark.parametrize("text", OTHERS)
def test_neither(text: str) -> None:
    assert detect_language(text) is None


@pytest.mark.parametrize("text", ["", "   ", "12 345,6 €", "…", "a"])
def test_a_text_without_words_has_no_language(text: str) -> None:
    assert detect_language(text) is None


@given(st.text(max_size=60))
def test_any_text_has_an_answer_and_always_the_same(text: str) -> None:
    assert detect_language(text) == detect_language(text)


def test_bundled_texts_are_in_the_language_that_their_publisher_says() -> None:
    texts = [(one.text, one.language) for one in open_data.solutions()]
    texts += [(one.title, one.language) for one in open_data.challenges("fonds_vert_needs")[::4]]
    texts += [
        (one.text, one.language)
        for name in ("written_challenges", "eig_challenges")
        for one in open_data.challenges(name)
    ]
    texts += [(one.title, one.language) for one in open_data.challenges("horizon_topics")]
    right = sum(detect_language(text) == language for text, language in texts)
    assert right / len(texts) > 0.99


def test_a_clear_text_is_told_without_loading_lingua() -> None:
    program = (
        "import sys, time; from corpora.language import detect_language; start = time.process_time(); "
        "found = [detect_language('Repérer un départ de feu dans la forêt'), detect_language('water leak detection')]; "
        "print(found, 'lingua' in sys.modules, time.process_time() - start < 0.1)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "['fr', 'en'] False True\n"


def test_a_long_text_costs_no_more_than_its_beginning() -> None:
    text = "Le réseau d’eau de la ville perd trente pour cent. " * 20_000
    detect_language(text[:100])
    start = time.process_time()
    assert detect_language(text) == "fr"
    assert time.process_time() - start < 0.1
