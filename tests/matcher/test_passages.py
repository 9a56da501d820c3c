import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.records import Challenge
from matcher.passages import (
    LONGEST_HEADING,
    MAX_CHARS,
    challenge_text,
    packed,
    room_beside,
    solution_text,
    split_passages,
)
from tests.matcher.corpus import WORDS, long_pitch, solution

SENTENCES = " ".join(f"Voici la phrase numéro {number} de ce texte." for number in range(200))


def test_a_short_text_is_one_passage_with_its_heading() -> None:
    assert split_passages("Aqua", "Nous trouvons les fuites.") == ["Aqua. Nous trouvons les fuites."]


def test_a_heading_that_ends_a_sentence_gets_no_second_stop() -> None:
    assert split_passages("Une fuite ?", "Nous la trouvons.") == ["Une fuite ? Nous la trouvons."]


@pytest.mark.parametrize(
    ("heading", "text", "passages"), [("Aqua", "", ["Aqua"]), ("", "Eau.", ["Eau."]), ("", "", [""])]
)
def test_there_is_always_a_passage(heading: str, text: str, passages: list[str]) -> None:
    assert split_passages(heading, text) == passages


def test_passages_are_cut_between_sentences_and_evenly_filled() -> None:
    passages = split_passages("Titre", SENTENCES)
    assert all(passage.startswith("Titre. Voici la phrase") and passage.endswith("texte.") for passage in passages)
    lengths = [len(passage) for passage in passages]
    assert max(lengths) <= MAX_CHARS
    assert max(lengths) - min(lengths) < 200


def test_a_stray_line_does_not_become_a_passage_of_its_own() -> None:
    text = " ".join(["Une phrase de vingt-six mots"] * 43) + ".\nUn."
    passages = split_passages("Titre", text)
    assert len(passages) == 2
    assert min(len(passage) for passage in passages) > 500


def test_the_number_of_passages_is_about_the_least() -> None:
    assert len(split_passages("Titre", SENTENCES)) <= len(SENTENCES) // (MAX_CHARS - 100) + 1


def test_a_long_heading_is_cut_in_passages() -> None:
    passages = split_passages("Mot " * 300, SENTENCES)
    assert all(len(passage) <= MAX_CHARS for passage in passages)
    assert all(passage.startswith(("Mot " * 300)[: LONGEST_HEADING - 1]) for passage in passages)


def test_a_text_without_spaces_does_not_explode() -> None:
    passages = split_passages("Titre", "x" * 200_000)
    assert len(passages) < 200
    assert all(len(passage) <= MAX_CHARS for passage in passages)
    assert sum(passage.count("x") for passage in passages) == 200_000


def test_a_long_sentence_is_cut_at_spaces() -> None:
    passages = split_passages("", "mot " * 1_000)
    assert {word for passage in passages for word in passage.split()} == {"mot"}
    assert sum(len(passage.split()) for passage in passages) == 1_000


def test_the_last_paragraph_of_a_long_pitch_is_in_the_last_passage() -> None:
    last = "Notre membrane retient les microplastiques des stations d'épuration."
    passages = split_passages("Pitch", long_pitch(last))
    assert last in passages[-1]
    assert len(passages) > 10


@given(
    st.lists(st.sampled_from([*WORDS, "fin.", "vraiment ?", "etc.", "a;", "\n", "• point", "3,5"]), max_size=400),
    st.integers(min_value=60, max_value=400),
)
def test_every_word_of_the_text_is_in_some_passage_in_order(words: list[str], max_chars: int) -> None:
    text = " ".join(words)
    passages = split_passages("Titre", text, max_chars)
    assert all(len(passage) <= max_chars for passage in passages)
    bodies = " ".join(passage.removeprefix("Titre").removeprefix(". ") for passage in passages)
    assert re.findall(r"\w+", bodies) == re.findall(r"\w+", text)


@given(st.text(max_size=500), st.text(max_size=3_000))
def test_any_text_gives_passages_of_at_most_the_length(heading: str, text: str) -> None:
    passages = split_passages(heading, text, 300)
    assert passages
    assert all(len(passage) <= 300 for passage in passages)


def test_splitting_is_deterministic() -> None:
    text = long_pitch("Fin.")
    assert split_passages("Titre", text) == split_passages("Titre", text)


def test_the_text_of_a_solution_holds_its_tagline() -> None:
    one = solution("s", "Nous trouvons les fuites.", "Aqua").model_copy(update={"tagline": "L'eau sans perte"})
    assert solution_text(one) == ("Aqua", "L'eau sans perte\nNous trouvons les fuites.")
    assert solution_text(solution("s", "", "Aqua")) == ("Aqua", "")


def test_the_text_of_a_challenge_holds_its_requirements() -> None:
    challenge = Challenge(id="d", title="Fuites", text="L'eau se perd.", requirements=("sans creuser", "sous 6 mois"))
    assert challenge_text(challenge) == "Fuites\nL'eau se perd.\nsans creuser\nsous 6 mois"
    assert challenge_text(Challenge(id="d", title="Fuites")) == "Fuites"


@pytest.mark.slow
def test_passages_stay_below_the_tokens_of_the_default_encoder() -> None:
    from corpora import open_data
    from models.tokenizer import MAX_TOKENS, build_tokenizer
    from models.weights import read_weights

    tokenizer = build_tokenizer(read_weights().pieces)
    texts = [one.text for one in open_data.solutions()]
    random.Random(0).shuffle(texts)
    joined = [" ".join(texts[start : start + 20]) for start in range(0, 400, 20)]
    passages = [passage for text in joined for passage in split_passages("Un titre " * 15, text)]
    assert max(len(encoding.ids) for encoding in tokenizer.encode_batch(passages)) < MAX_TOKENS - 50


@given(st.lists(st.integers(4, 400), max_size=60))
def test_sentences_are_packed_as_a_text_is_split(lengths: list[int]) -> None:
    """Of plain sentences, lengths alone tell the passages: evidence packs what is left of a pitch so."""
    sentences = [f"X{'x' * (length - 2)}." for length in lengths]
    numbers = packed([len(sentence) for sentence in sentences], room_beside("Titre"))
    assert numbers == sorted(numbers)
    bodies = [" ".join(s for s, at in zip(sentences, numbers, strict=True) if at == n) for n in sorted(set(numbers))]
    assert split_passages("Titre", " ".join(sentences)) == ([f"Titre. {body}" for body in bodies] or ["Titre"])
