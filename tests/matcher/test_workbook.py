import datetime as dt
import re
import zipfile
from pathlib import Path

import polars as pl
import pytest

from matcher.results import MatchResult
from matcher.workbook import LONGEST_CELL, write_workbook
from tests.matcher.examples import HOSTILE, answered, unanswered

DAY = dt.date(2026, 11, 24)


def sheet(path: Path, name: str) -> pl.DataFrame:
    return pl.read_excel(path, sheet_name=name, engine="calamine", infer_schema_length=None, drop_empty_rows=False)


def parts(path: Path) -> dict[str, str]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name).decode("utf-8", "replace") for name in archive.namelist()}


@pytest.fixture
def book(tmp_path: Path) -> Path:
    path = tmp_path / "proposals.xlsx"
    write_workbook([answered(), unanswered()], path, "fr", DAY)
    return path


class TestSheets:
    def test_proposals(self, book: Path) -> None:
        frame = sheet(book, "Propositions")
        assert frame.height == 5
        first = frame.row(0, named=True)
        assert (first["Réf. du défi"], first["Solution"], first["Organisation"]) == (
            "defi-01", "Vigie", "Vigie SAS",
        )  # fmt: skip
        assert (first["Rang"], first["Adéquation"], first["Niveau d’adéquation"]) == (1, pytest.approx(0.874), "forte")
        assert first["La solution répond"] == "Nos caméras voient les fumées."
        assert first["Mots en commun"] == "fumées, massif"
        assert "Prix non précisé" in first["Conditions"]
        assert first["Attentes et ce qui y répond"] == "voir de nuit → Elles voient dans le noir."
        assert first["Attentes sans réponse"] == "deux visites par an"

    def test_unanswered(self, book: Path) -> None:
        frame = sheet(book, "Défis sans bonne réponse")
        assert frame["Solution la plus proche"].to_list() == ["Loin"]
        assert frame["Meilleure adéquation"].to_list() == [pytest.approx(0.12)]

    def test_a_challenge_whose_solutions_went_elsewhere_is_listed_and_says_so(self, tmp_path: Path) -> None:
        path = tmp_path / "book.xlsx"
        write_workbook([answered().model_copy(update={"proposals": ()})], path, "fr", DAY)
        frame = sheet(path, "Défis sans bonne réponse")
        assert frame.height == 1
        assert "proposées pour d’autres défis" in " ".join(str(cell) for cell in frame.row(0))

    def test_excluded(self, book: Path) -> None:
        row = sheet(book, "Écartées").row(0, named=True)
        assert row["Solution"] == "Cher"
        assert "900" in row["Pourquoi elle est écartée"]
        assert "TRL" in row["Pourquoi elle est écartée"]
        assert row["Adéquation"] == pytest.approx(0.34)

    def test_only_what_excludes_or_is_unknown_says_why(self, tmp_path: Path) -> None:
        out = answered().excluded[0]
        met = out.reasons[0].model_copy(update={"verdict": "met", "message": "TRL 9 : atteint"})
        shown = answered().model_copy(update={"excluded": (out.model_copy(update={"reasons": (met, *out.reasons)}),)})
        write_workbook([shown], tmp_path / "book.xlsx", "fr", DAY)
        assert "TRL 9" not in sheet(tmp_path / "book.xlsx", "Écartées").row(0, named=True)["Pourquoi elle est écartée"]

    def test_english(self, tmp_path: Path) -> None:
        write_workbook([answered()], tmp_path / "book.xlsx", "en", DAY)
        assert sheet(tmp_path / "book.xlsx", "Proposals")["Verdict"].to_list() == [
            "strong",
            "plausible",
            "plausible",
            "weak",
        ]

    def test_no_result_leaves_only_headings(self, tmp_path: Path) -> None:
        write_workbook([], tmp_path / "book.xlsx", "fr", DAY)
        assert sheet(tmp_path / "book.xlsx", "Propositions").height == 0


class TestSafety:
    def test_text_never_becomes_a_formula_or_a_link(self, book: Path) -> None:
        inside = parts(book)
        sheets = [text for name, text in inside.items() if name.startswith("xl/worksheets/sheet")]
        assert len(sheets) == 3
        assert not [text for text in sheets if "<f>" in text or "<hyperlink" in text]
        assert HOSTILE in sheet(book, "Propositions")["Solution"].to_list()

    def test_fits_are_numbers_shown_as_percentages(self, book: Path) -> None:
        inside = parts(book)
        assert "<v>0.874</v>" in inside["xl/worksheets/sheet1.xml"]
        assert 'formatCode="0.0%"' in inside["xl/styles.xml"]

    def test_a_fit_is_not_rounded_over_a_threshold_that_it_misses(self, tmp_path: Path) -> None:
        proposal = answered().proposals[0].model_copy(update={"fit": 0.1996, "verdict": "weak"})
        path = tmp_path / "proposals.xlsx"
        write_workbook([answered().model_copy(update={"proposals": (proposal,)})], path, "fr", DAY)
        assert sheet(path, "Propositions").row(0, named=True)["Adéquation"] == pytest.approx(0.199)

    def test_headings_are_frozen_and_filtered(self, book: Path) -> None:
        for name, text in parts(book).items():
            if name.startswith("xl/worksheets/sheet"):
                assert "<autoFilter" in text
                assert re.search(r'<pane [^>]*ySplit="1"[^>]*state="frozen"', text)

    def test_a_printed_sheet_is_wide_enough_to_be_read_and_each_page_names_its_proposals(self, book: Path) -> None:
        files = parts(book)
        wide = [re.findall(r'fitToWidth="(\d)"', files[f"xl/worksheets/sheet{number}.xml"]) for number in (1, 2, 3)]
        assert wide == [["2"], [], []]  # 1 is not written
        assert "Propositions!$A:$D,Propositions!$1:$1" in files["xl/workbook.xml"]

    def test_rows_are_as_tall_as_their_longest_text(self, tmp_path: Path) -> None:
        out = answered().excluded[0]
        long = out.reasons[0].model_copy(update={"message": "Une phrase de vingt-neuf signes. " * 20})
        shown = answered().model_copy(update={"excluded": (out.model_copy(update={"reasons": (long,)}), out)})
        write_workbook([shown], tmp_path / "book.xlsx", "fr", DAY)
        heights = [
            float(each)
            for each in re.findall(
                r'<row [^>]* ht="([\d.]+)"', parts(tmp_path / "book.xlsx")["xl/worksheets/sheet3.xml"]
            )
        ]
        assert heights[1] >= 11 * 15
        assert heights[1] > heights[2] >= 15
        assert max(heights) <= 409

    def test_a_text_too_long_for_a_cell_is_cut(self, tmp_path: Path) -> None:
        long = unanswered()
        long = long.model_copy(update={"challenge": long.challenge.model_copy(update={"text": "é" * 200_000})})
        write_workbook([long], tmp_path / "book.xlsx")
        text = sheet(tmp_path / "book.xlsx", "Défis sans bonne réponse")["Texte"][0]
        assert len(text) == LONGEST_CELL
        assert text.endswith("…")

    def test_control_characters_do_not_break_the_file(self, tmp_path: Path) -> None:
        odd = unanswered()
        odd = odd.model_copy(update={"challenge": odd.challenge.model_copy(update={"title": "a\x00b\x0bc"})})
        write_workbook([odd], tmp_path / "book.xlsx")
        assert sheet(tmp_path / "book.xlsx", "Défis sans bonne réponse").height == 1


class TestAtomic:
    def test_the_same_results_make_the_same_file(self, tmp_path: Path) -> None:
        results: list[MatchResult] = [answered(), unanswered()]
        for name in ("one.xlsx", "two.xlsx"):
            write_workbook(results, tmp_path / name, "fr", DAY)
        assert (tmp_path / "one.xlsx").read_bytes() == (tmp_path / "two.xlsx").read_bytes()

    def test_a_failure_leaves_the_file_as_it_was(self, book: Path) -> None:
        before = book.read_bytes()
        broken = answered().model_copy(update={"proposals": (None,)})
        with pytest.raises(AttributeError):
            write_workbook([broken], book)
        assert book.read_bytes() == before
        assert [path.name for path in book.parent.iterdir()] == ["proposals.xlsx"]
