import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.sentences import MOST_SENTENCES, split_sentences, telling_sentences


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Une phrase. Une autre ! Et une question ? Oui…", ["Une phrase.", "Une autre !", "Et une question ?", "Oui…"]),
        ("M. Dupont et Mme. Durand arrivent. Ils partent.", ["M. Dupont et Mme. Durand arrivent.", "Ils partent."]),
        ("Voir art. 3 et p. 12. Puis la fig. A montre tout.", ["Voir art. 3 et p. 12.", "Puis la fig. A montre tout."]),
        ("Il faut env. 30 jours, p. ex. en mai. Fin.", ["Il faut env. 30 jours, p. ex. en mai.", "Fin."]),
        ("Des pompes, des vannes, etc. Nous posons tout.", ["Des pompes, des vannes, etc.", "Nous posons tout."]),
        ("Des pompes, etc. et des vannes.", ["Des pompes, etc. et des vannes."]),
        ("Le n° 4 coûte 1.5 M€ ou 3,5 M€. Cher.", ["Le n° 4 coûte 1.5 M€ ou 3,5 M€.", "Cher."]),
        (
            "La version 2.0.1 est sur www.exemple.fr. Elle plaît.",
            ["La version 2.0.1 est sur www.exemple.fr.", "Elle plaît."],
        ),
        ("Il hésite… puis répond. Bien.", ["Il hésite… puis répond.", "Bien."]),
        ("Il dit « Bonjour. » Puis il part.", ["Il dit « Bonjour. »", "Puis il part."]),
        ("« Bonjour. » « Bonsoir. »", ["« Bonjour. »", "« Bonsoir. »"]),
        ("C'est fini (enfin !). L'usine ouvre.", ["C'est fini (enfin !).", "L'usine ouvre."]),
        ("Écrit par J. K. Rowling en 1997. Lu partout.", ["Écrit par J. K. Rowling en 1997.", "Lu partout."]),
        ("It works, e.g. at home. Dr. Smith agrees.", ["It works, e.g. at home.", "Dr. Smith agrees."]),
        (
            "Is it safe? Yes. The answer is no. No. 5 is ours.",
            ["Is it safe?", "Yes.", "The answer is no.", "No. 5 is ours."],
        ),
        ("En 2026. 30 communes suivent.", ["En 2026.", "30 communes suivent."]),
        ("Sans point final", ["Sans point final"]),
        ("", []),
        ("  \n\t ", []),
    ],
)
def test_sentences_end_where_a_reader_ends_them(text: str, sentences: list[str]) -> None:
    assert split_sentences(text) == sentences


@pytest.mark.parametrize("bullet", ["-", "–", "•", "✓", "→", "1.", "2)", "a)"])
def test_bullets_start_sentences_and_are_dropped(bullet: str) -> None:
    assert split_sentences(f"Nous voulons :\n{bullet} réduire\n  {bullet} mesurer") == [
        "Nous voulons :",
        "réduire",
        "mesurer",
    ]


def test_bullets_inside_a_line_start_sentences() -> None:
    assert split_sentences("Objectifs • réduire • mesurer") == ["Objectifs", "réduire", "mesurer"]


def test_a_hyphen_inside_a_line_is_no_bullet() -> None:
    assert split_sentences("De Lyon - Paris à l'est - ouest") == ["De Lyon - Paris à l'est - ouest"]


def test_semicolons_end_sentences_in_enumerations_only() -> None:
    assert split_sentences("Il faut : réduire ; mesurer ; agir.") == ["Il faut : réduire ;", "mesurer ;", "agir."]
    assert split_sentences("Il pleut ; il vente.") == ["Il pleut ; il vente."]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\n\n", "\u2028", "\x0b"])
def test_a_line_break_ends_a_sentence(end: str) -> None:
    assert split_sentences(f"Un titre{end}une suite") == ["Un titre", "une suite"]


def test_a_semicolon_decimal_or_time_without_space_ends_nothing() -> None:
    assert split_sentences("À 12;30;45 ou 3.14.15 environ") == ["À 12;30;45 ou 3.14.15 environ"]


@given(st.text(alphabet=st.sampled_from("ab cdé.!?…;«»()\"'-•\n1,XM"), max_size=200))
def test_every_word_is_kept_in_order(text: str) -> None:
    kept = re.findall(r"[a-zé]+", " ".join(split_sentences(text)))
    without_bullets = re.sub(r"(?m)^\s*[a-zA-Z]\)\s+", "", text)
    assert kept == re.findall(r"[a-zé]+", without_bullets) or kept == re.findall(r"[a-zé]+", text)


@given(st.text(max_size=300))
def test_sentences_are_stripped_and_not_empty(text: str) -> None:
    assert all(sentence and sentence == sentence.strip() for sentence in split_sentences(text))


def test_a_long_text_without_spaces_is_quick() -> None:
    assert split_sentences("x." * 100_000) == ["x." * 100_000]
    assert split_sentences("." * 200_000) == ["." * 200_000]


class TestTellingSentences:
    def test_titles_slogans_and_lists_are_kept_however_short(self) -> None:
        text = "Détection de fuites par satellite\nNos atouts principaux et techniques\n- une autonomie de dix ans"
        assert telling_sentences(text) == ["Détection de fuites par satellite", "une autonomie de dix ans"]

    def test_headings_and_scraps_are_left_out(self) -> None:
        telling = telling_sentences(
            "Repérer un départ de feu. Contexte :\nLe massif forestier couvre la moitié du département."
        )
        assert "Le massif forestier couvre la moitié du département." in telling
        assert not [sentence for sentence in telling if "Contexte" in sentence and "massif" not in sentence]
        assert telling_sentences("Oui. C'est non. Une phrase assez longue pour compter.") == [
            "Une phrase assez longue pour compter."
        ]

    def test_a_sentence_said_twice_counts_once(self) -> None:
        assert len(telling_sentences("Une phrase assez longue pour compter. " * 5)) == 1

    def test_the_heading_stands_in_when_the_text_says_nothing(self) -> None:
        assert telling_sentences(("Repérer un feu", "")) == ["Repérer un feu"]
        assert telling_sentences(("Repérer un feu", "Voir annexe.")) == ["Repérer un feu"]
        assert telling_sentences("Feu") == ["Feu"]
        assert telling_sentences(("", " ")) == []

    def test_the_heading_is_left_out_otherwise(self) -> None:
        assert "Un titre assez long pour compter." not in telling_sentences(
            ("Un titre assez long pour compter.", "Nos caméras assurent une surveillance permanente des fumées.")
        )

    def test_a_long_text_is_limited_to_its_first_sentences(self) -> None:
        sentences = [f"La phrase numéro {number} parle de forêts." for number in range(MOST_SENTENCES + 50)]
        assert telling_sentences(" ".join(sentences)) == sentences[:MOST_SENTENCES]

    def test_clauses_of_an_enumeration_count(self) -> None:
        clauses = "- voir de nuit comme de jour ;\n- transmettre la position du feu."
        assert telling_sentences(clauses) == ["voir de nuit comme de jour ;", "transmettre la position du feu."]
