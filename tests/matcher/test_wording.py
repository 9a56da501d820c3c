import ast
import datetime as dt
import pickle
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.records import SolutionKind
from matcher import wording
from matcher.errors import BatchError
from matcher.wording import counted, date, euros, explain, fault, number, percent, say, sentences, similarity, worded

SLOT = re.compile(r"\{(\w+(?::\w+)?(?:\|or)?)\}")
PLAIN_SPACES = str.maketrans({"\u00a0": " ", "\u202f": " "})
MATCHER = Path(wording.__file__).parent


def plain(text: str) -> str:
    return text.translate(PLAIN_SPACES)


class TestTables:
    def test_both_languages_have_the_same_codes(self) -> None:
        assert sentences("fr").keys() == sentences("en").keys()

    @pytest.mark.parametrize("code", sorted(sentences("fr")))
    def test_both_languages_use_the_same_values(self, code: str) -> None:
        assert sorted(SLOT.findall(sentences("fr")[code])) == sorted(SLOT.findall(sentences("en")[code]))

    @pytest.mark.parametrize("lang", wording.LANGUAGES)
    def test_every_format_exists(self, lang: wording.Lang) -> None:
        tables = {code.split(".")[0] for code in sentences(lang)}
        for text in sentences(lang).values():
            for _, form, _ in re.findall(r"\{(\w+):(\w+)(\|or)?\}", text):
                noun = form.removeprefix("plural_")
                assert form in wording._FORMATS or form in tables or f"count.{noun}.one" in sentences(lang), text

    @pytest.mark.parametrize("lang", wording.LANGUAGES)
    def test_no_brace_is_left_outside_a_slot(self, lang: wording.Lang) -> None:
        for text in sentences(lang).values():
            assert not set("{}") & set(SLOT.sub("", text)), text

    def test_french_is_set_with_unbreakable_spaces(self) -> None:
        for text in sentences("fr").values():
            assert not re.search(r" [:;?!»]|« ", text), text

    @pytest.mark.parametrize("kind", SolutionKind)
    def test_every_kind_of_solution_has_a_word(self, kind: SolutionKind) -> None:
        assert f"kind.{kind}" in sentences("fr")

    def test_every_code_written_in_the_package_exists(self) -> None:
        called = re.compile(r"""\b(?:say|t)\(\s*"([a-z_.]+)\"|\bfault\(\w+, "([a-z_]+)\"""")
        sources = [*MATCHER.glob("*.py"), *MATCHER.glob("templates/*.html")]
        found = [pair for source in sources for pair in called.findall(source.read_text(encoding="utf-8"))]
        codes = {said or f"error.{raised}" for said, raised in found}
        assert len(codes) > 20
        assert not {code for code in codes if code not in sentences("fr") and f"{code}.one" not in sentences("fr")}


class TestSay:
    def test_values_are_filled_in(self) -> None:
        text = say("eligibility.trl_min.not_met", "fr", found=5, required=7)
        assert plain(text) == "TRL 5 : inférieur au minimum demandé (7)"
        assert say("eligibility.trl_min.not_met", "en", found=5, required=7) == "TRL 5: below the minimum asked (7)"

    def test_several_values_are_joined(self) -> None:
        values = {"found": "startup", "required": ("startup", "sme", "laboratory")}
        text = plain(say("eligibility.kind.not_met", "fr", **values))
        assert text == "Nature : startup ; demandé : startup, PME ou laboratoire"
        assert say("eligibility.kind.not_met", "en", **values).endswith("startup, SME or laboratory")

    def test_what_is_missing_is_said_so(self) -> None:
        text = say("eligibility.theme.not_met", "fr", found=(), required=("eau",))
        assert "non précisé" in text

    def test_a_value_is_never_read_as_a_template(self) -> None:
        text = say("eligibility.theme.not_met", "en", found=("{required}", "{x:euros}"), required=("eau",))
        assert "{required}, {x:euros}" in text

    def test_an_unknown_code_is_an_error(self) -> None:
        with pytest.raises(KeyError):
            say("no.such.sentence", "fr", count=1)

    def test_a_missing_value_is_an_error(self) -> None:
        with pytest.raises(KeyError):
            say("eligibility.trl_min.not_met", "fr", found=5)

    def test_an_unknown_language_is_an_error(self) -> None:
        with pytest.raises(ValueError, match="'de'"):
            say("verdict.strong", "de")

    def test_words_for_codes(self) -> None:
        assert worded("verdict", "strong") == "forte"
        assert worded("kind", "sme", "en") == "SME"
        assert worded("kind", "unheard of") == "unheard of"


class TestPlurals:
    @pytest.mark.parametrize(
        ("count", "fr", "en"),
        [
            (0, "0 proposition", "0 proposals"),
            (1, "1 proposition", "1 proposal"),
            (2, "2 propositions", "2 proposals"),
            (12_345, "12 345 propositions", "12,345 proposals"),
        ],
    )
    def test_counted(self, count: int, fr: str, en: str) -> None:
        assert plain(counted("proposals", count, "fr")) == fr
        assert counted("proposals", count, "en") == en

    @given(st.integers(min_value=2, max_value=10**9))
    def test_two_and_more_are_plural(self, count: int) -> None:
        assert counted("challenges", count, "fr").endswith("défis")


class TestNumbers:
    @pytest.mark.parametrize(
        ("value", "fr", "en"),
        [(450_000, "450 000 €", "€450,000"), (0.6, "0,60 €", "€0.60"), (1234.5, "1 234,50 €", "€1,234.50")],
    )
    def test_euros(self, value: float, fr: str, en: str) -> None:
        assert plain(euros(value, "fr")) == fr
        assert euros(value, "en") == en

    def test_dates(self) -> None:
        assert date(dt.date(2027, 5, 31), "fr") == "31 mai 2027"
        assert date(dt.date(2027, 5, 1), "fr") == "1er mai 2027"
        assert date(dt.date(2027, 5, 11), "fr") == "11 mai 2027"
        assert date(dt.date(2027, 5, 31), "en") == "31 May 2027"

    @pytest.mark.parametrize(
        ("value", "fr"),
        [(0.834, "83 %"), (0.196, "19 %"), (0.29, "29 %"), (0.999, "99 %"), (0.001, "1 %"), (0, "0 %"), (1, "100 %")],
    )
    def test_percent_never_claims_certainty(self, value: float, fr: str) -> None:
        assert plain(percent(value, "fr")) == fr

    def test_small_and_large_numbers(self) -> None:
        assert number(999) == "999"
        assert plain(number(1_234_567)) == "1 234 567"
        assert plain(number(-1500.5)) in {"-1 500,5", "−1 500,5"}
        assert similarity(0.8349) == "0,83"


class TestErrors:
    def test_an_error_is_told_in_both_languages(self) -> None:
        error = fault(BatchError, "meeting", value="demain")
        assert isinstance(error, BatchError)
        assert str(error) == explain(error, "en") == "meeting “demain” is not a quarter: write it as 2027-Q1"
        assert (
            plain(explain(error, "fr"))
            == "La réunion « demain » n’est pas un trimestre : écrivez l’année puis Q1 à Q4, par exemple 2027-Q1 pour le premier trimestre de 2027."
        )

    @pytest.mark.parametrize(
        "error", [ValueError("as it is"), BatchError("as it is"), BatchError("as it is", "no such code")]
    )
    def test_an_error_without_a_sentence_keeps_its_own(self, error: Exception) -> None:
        assert explain(error, "fr") == "as it is"

    def test_errors_survive_pickling(self) -> None:
        error = pickle.loads(pickle.dumps(fault(BatchError, "limit", name="per_solution", value=0)))
        assert explain(error, "fr").startswith("per_solution=0")


def test_babel_is_not_loaded_until_it_is_needed() -> None:
    code = (
        "import sys; from matcher.wording import say, counted; say('verdict.strong'); counted('proposals', 12);"
        "import matcher.eligibility, matcher.evidence, matcher.proposals_page, matcher.workbook, matcher.batch;"
        "print([m for m in ('babel', 'jinja2', 'xlsxwriter', 'torch') if m in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=MATCHER.parent)
    assert ast.literal_eval(shown.stdout) == []


def test_a_wrong_value_is_told_without_being_repeated() -> None:
    error = {"type": "literal_error", "input": "labo", "ctx": {"expected": "'startup', 'laboratory' or 'sme'"}}
    assert wording.wrong_value(error, "fr") == "Valeurs possibles\u00a0: 'startup', 'laboratory' ou 'sme'."
    assert wording.wrong_value(error, "en") == "Possible values: 'startup', 'laboratory' or 'sme'."
    assert wording.wrong_value({"type": "of_tomorrow"}, "fr") == "Valeur refusée."
