import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.requirements import MOST_REQUIREMENTS, requirements_of


def test_the_record_says_what_it_requires() -> None:
    stated = ("voir de nuit", " voir de nuit ", "", "coûter peu")
    assert requirements_of(("Un titre", "Nous cherchons tout autre chose que cela."), stated) == [
        "voir de nuit",
        "coûter peu",
    ]


def test_sentences_that_ask_are_kept_and_what_they_stand_in_is_not() -> None:
    text = (
        "Le massif couvre la moitié du département. Nous cherchons une surveillance permanente des fumées. "
        "La maintenance ne devra pas excéder deux visites par an. Les tours de guet datent de 1970."
    )
    assert requirements_of(text) == [
        "Nous cherchons une surveillance permanente des fumées.",
        "La maintenance ne devra pas excéder deux visites par an.",
    ]


def test_english_too() -> None:
    text = "Our lake turned green last summer. We need an early warning of blooms. It must run on solar power alone."
    assert requirements_of(text) == ["We need an early warning of blooms.", "It must run on solar power alone."]


def test_no_infinitive_is_read_into_english() -> None:
    text = "Water is lost every night in our network. However, nobody hears it. We want to know where the pipes leak."
    assert requirements_of(text, language="en") == ["We want to know where the pipes leak."]


def test_clauses_are_requirements_of_their_own() -> None:
    text = "Nous voulons repérer les fuites du réseau ainsi que les prélèvements sans compteur ; et vite."
    assert requirements_of(text) == [
        "Nous voulons repérer les fuites du réseau",
        "les prélèvements sans compteur ; et vite.",
    ]


@pytest.mark.parametrize(
    ("challenge", "found"),
    [
        (
            "Détecter les fuites du réseau en temps réel. Le budget ne doit pas dépasser 20 000 euros.",
            ["Détecter les fuites du réseau en temps réel.", "Le budget ne doit pas dépasser 20 000 euros."],
        ),
        ("Comment voir les fuites du réseau ? Il date de 1970.", ["Comment voir les fuites du réseau ?"]),
        ("Hiver comme été, la route est coupée. Il faut la rouvrir vite.", ["Il faut la rouvrir vite."]),
        (
            "Quarante kilomètres.\nNous cherchons :\n- des capteurs sans pile\n- une alerte par SMS\nDate :\n- en 1970",
            ["des capteurs sans pile", "une alerte par SMS"],
        ),
    ],
)
def test_questions_infinitives_and_lists_ask_too(challenge: str, found: list[str]) -> None:
    assert requirements_of(challenge) == found


def test_a_title_asks_where_the_text_does_not() -> None:
    title = "Alerter les riverains avant une crue soudaine"
    assert requirements_of((title, "La commune a deux rivières. Elle fut inondée trois fois.")) == [title]


def test_all_that_a_record_states_counts() -> None:
    stated = [f"exigence {number}" for number in range(2 * MOST_REQUIREMENTS)]
    assert requirements_of("Un défi.", stated) == stated


def test_a_text_that_asks_nothing_is_taken_whole() -> None:
    assert requirements_of("Les rues du centre sont inondées. La nappe baisse chaque année.") == [
        "Les rues du centre sont inondées.", "La nappe baisse chaque année.",
    ]  # fmt: skip


@given(st.text(), st.lists(st.text(), max_size=12))
def test_laws(text: str, stated: list[str]) -> None:
    found = requirements_of(text, stated)
    assert len(found) == len(set(found)) <= max(MOST_REQUIREMENTS, len(stated))
    assert all(each.strip() for each in found)
    assert bool(found) == bool(text.strip() or any(each.strip() for each in stated))
