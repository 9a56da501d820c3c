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


def test_clauses_are_requirements_of_their_own() -> None:
    text = "Nous voulons repérer les fuites du réseau ainsi que les prélèvements sans compteur ; et vite."
    assert requirements_of(text) == [
        "Nous voulons repérer les fuites du réseau",
        "les prélèvements sans compteur ; et vite.",
    ]


def test_a_text_that_asks_nothing_is_taken_whole() -> None:
    assert requirements_of("Les rues du centre sont inondées. La nappe baisse chaque année.") == [
        "Les rues du centre sont inondées.", "La nappe baisse chaque année.",
    ]  # fmt: skip


@given(st.text(), st.lists(st.text(), max_size=12))
def test_laws(text: str, stated: list[str]) -> None:
    found = requirements_of(text, stated)
    assert len(found) == len(set(found)) <= MOST_REQUIREMENTS
    assert all(each.strip() for each in found)
    assert bool(found) == bool(text.strip() or any(each.strip() for each in stated))
