import re
import tomllib
from importlib.resources import files
from pathlib import Path

import pytest

import corpora
from corpora.row_errors import Problem, RowError, RowRejected

SENTENCES = tomllib.loads((files("corpora") / "row_errors.toml").read_text("utf-8"))


@pytest.mark.parametrize("code", SENTENCES)
def test_every_code_is_worded_in_both_languages_with_its_remedy(code: str) -> None:
    error = RowError(file="a.csv", row=3, column="Budget", value="beaucoup", code=code)
    said = {error.message("fr"), error.message("en"), error.remedy("fr"), error.remedy("en")}
    assert len(said) == 4
    assert all(sentence.endswith(".") and "{" not in sentence for sentence in said)


def test_every_code_that_the_package_raises_is_worded() -> None:
    folder = Path(corpora.__file__).parent
    source = "".join(
        (folder / name).read_text("utf-8") for name in ("values.py", "rows.py", "csv_files.py", "importing.py")
    )
    raised = set(re.findall(r'(?:ValueError|Problem)\(\s*"([a-z_]+)"|problem = "([a-z_]+)"', source))
    codes = {code for pair in raised for code in pair if code}
    assert {"missing", "not_a_number", "duplicate_id", "open_quote"} <= codes
    assert codes <= set(SENTENCES)


def test_an_error_is_said_with_its_value_cut_and_its_nul_shown() -> None:
    error = RowError(file="a.csv", row=3, column="Budget", value="\0" + "x" * 500, code="not_a_number")
    assert error.message() == f"« ␀{'x' * 79}… » n’est pas un montant."
    assert error.remedy("en") == "Write for example 450000, 450 000,50 or 450 k€."


def test_a_value_with_braces_is_no_template() -> None:
    assert "{x}" in RowError(file="a", row=1, value="{x}", code="not_a_number").message("fr")


def test_a_refusal_lists_its_codes() -> None:
    refusal = RowRejected(Problem("missing"), Problem("not_a_date"))
    assert str(refusal) == "missing, not_a_date"
