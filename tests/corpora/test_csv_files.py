import csv
import io
import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpora.csv_files import read_csv
from corpora.errors import UnreadableFile
from corpora.tables import Row

FRENCH = (
    "Intitulé;Description;Échéance\nDétecter les fuites;Le réseau perd 30 % de l’eau, c’est trop coûteux;31/12/2026\n"
)


def _read(folder: Path, content: str | bytes) -> list[Row]:
    path = folder / "file.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    (table,) = read_csv(path)
    return list(table.rows)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "mac_roman"])
def test_encodings_are_found(tmp_path: Path, encoding: str) -> None:
    (row,) = _read(tmp_path, FRENCH.encode(encoding))
    assert row.cells == {
        "Intitulé": "Détecter les fuites",
        "Description": "Le réseau perd 30 % de l’eau, c’est trop coûteux",
        "Échéance": "31/12/2026",
    }


def test_a_cp1252_line_pasted_into_utf8_is_read(tmp_path: Path) -> None:
    content = (
        "titre;texte\nété;sécheresse\n".encode() + "forêt;feux près d’ici\n".encode("cp1252") + "été;œuvre\n".encode()
    )
    rows = _read(tmp_path, content)
    assert [row.cells["titre"] for row in rows] == ["été", "forêt", "été"]
    assert [row.cells["texte"] for row in rows] == ["sécheresse", "feux près d’ici", "œuvre"]


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_delimiters_are_found(tmp_path: Path, delimiter: str) -> None:
    (row,) = _read(tmp_path, f"titre{delimiter}texte\nEau{delimiter}Fuites\n")
    assert row.cells == {"titre": "Eau", "texte": "Fuites"}


def test_a_quoted_header_does_not_fool_the_delimiter(tmp_path: Path) -> None:
    (row,) = _read(tmp_path, 'titre;"texte, besoin, contexte, reste"\nEau;Fuites\n')
    assert row.cells["titre"] == "Eau"


def test_the_hint_of_excel_is_followed(tmp_path: Path) -> None:
    (row,) = _read(tmp_path, "sep=;\ntitre;a,b,c,d\nEau;1\n")
    assert row == Row(3, {"titre": "Eau", "a,b,c,d": "1"})


def test_rows_are_numbered_by_lines_and_empty_ones_passed_over(tmp_path: Path) -> None:
    rows = _read(tmp_path, '\n\ntitre;texte\n\nEau;"sur\ndeux lignes"\n;\nAir;x\n')
    assert [(row.number, row.cells["titre"]) for row in rows] == [(5, "Eau"), (8, "Air")]


def test_line_ends_of_all_systems(tmp_path: Path) -> None:
    for end in ("\n", "\r\n", "\r"):
        assert [row.cells["a"] for row in _read(tmp_path, f"a;b{end}1;2{end}3;4{end}")] == ["1", "3"]


def test_odd_separators_within_a_cell_end_no_row(tmp_path: Path) -> None:
    (row,) = _read(tmp_path, "titre;texte\nEau;a\u2028b\x0bc\x0cd\x85e\u2029f" + " mot" * 50 + "\n")
    assert row.cells["texte"].startswith("a\u2028b\x0bc\x0cd\x85e\u2029f")


def test_rows_with_too_many_or_too_few_cells_are_set_apart(tmp_path: Path) -> None:
    long, right, short, padded = _read(tmp_path, "a;b;c\n1;2;3;4;5\n1;2;3\n1;2\n1;2;3;;\n")
    assert (long.problem, long.surplus) == ("too_many_cells", ("4", "5"))
    assert (right.problem, short.problem, padded.problem) == (None, "too_few_cells", None)


def test_a_header_with_empty_columns_at_its_end_asks_nothing_of_the_rows(tmp_path: Path) -> None:
    short, full = _read(tmp_path, "a;b;;\n1;2\n1;2;3;4\n")
    assert short.problem is None
    assert full.cells == {"a": "1", "b": "2", "colonne 3": "3", "colonne 4": "4"}


def test_columns_of_the_same_name_are_both_kept(tmp_path: Path) -> None:
    (row,) = _read(tmp_path, "a;a;a (2)\n1;2;3\n")
    assert list(row.cells.values()) == ["1", "2", "3"]


@pytest.mark.parametrize("position", ["middle", "last"])
def test_a_quote_never_closed_costs_one_row(tmp_path: Path, position: str) -> None:
    good = [f"{number};texte" for number in range(100)]
    bad = '"ouvert;texte'
    lines = [*good[:50], bad, *good[50:]] if position == "middle" else [*good, bad]
    rows = _read(tmp_path, "\n".join(["a;b", *lines, ""]))
    assert [row.cells["a"] for row in rows if not row.problem] == [str(number) for number in range(100)]
    (spoilt,) = [row for row in rows if row.problem]
    assert (spoilt.problem, spoilt.number) == ("open_quote", 52 if position == "middle" else 102)


def test_a_stray_quote_swallows_no_row_up_to_the_next(tmp_path: Path) -> None:
    rows = _read(tmp_path, 'a;b\n1;x\n2;"stray\n3;y\n4;"quoted" again\n5;z\n')
    assert [(row.cells["a"], row.problem) for row in rows] == [
        ("1", None),
        ("2", "open_quote"),
        ("3", None),
        ("4", None),
        ("5", None),
    ]


def test_a_blank_after_a_closing_quote_spoils_no_row(tmp_path: Path) -> None:
    (row,) = _read(tmp_path, '"nom du\nprojet" ;texte\n"Acme" ;"ligne un\nligne deux" \n')
    assert (row.problem, row.cells["texte"].strip()) == (None, "ligne un\nligne deux")


def test_many_stray_quotes_are_read_in_their_number(tmp_path: Path) -> None:
    rows = _read(tmp_path, "a;b\n" + "".join(f'{number};"stray {number}\n' for number in range(20_000)))
    assert {row.problem for row in rows} == {"open_quote"}
    assert len(rows) == 20_000


def test_quotes_within_texts_are_read_as_excel_does(tmp_path: Path) -> None:
    (row,) = _read(tmp_path, 'a;b\nle "grand" projet;"dit ""grand"""\n')
    assert row.cells == {"a": 'le "grand" projet', "b": 'dit "grand"'}


@pytest.mark.parametrize("seed", range(5))
def test_binary_garbage_is_refused(tmp_path: Path, seed: int) -> None:
    with pytest.raises(UnreadableFile, match="holds no text"):
        _read(tmp_path, random.Random(seed).randbytes(5_000))


def test_an_old_workbook_named_csv_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="holds no text"):
        _read(tmp_path, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + b"\xff" * 500)


def test_a_cell_beyond_all_measure_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="field larger than field limit"):
        _read(tmp_path, f"a;b\n1;{'x' * 10_000_001}\n")


def test_a_nul_character_stays_for_the_row_to_be_judged(tmp_path: Path) -> None:
    (row,) = _read(tmp_path, "a;b\nun\0deux;x\n")
    assert row.cells["a"] == "un\0deux"


cells = st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0", exclude_categories=("Cc", "Cs")), min_size=1)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.tuples(cells, cells), min_size=1, max_size=5), st.sampled_from(";,\t|"), st.booleans())
def test_what_csv_writes_is_read_back(tmp_path: Path, rows: list[tuple[str, str]], delimiter: str, mark: bool) -> None:
    file = io.StringIO()
    writer = csv.writer(file, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerow(["un", "deux"])
    writer.writerows(rows)
    content = file.getvalue().replace('"un"' + delimiter + '"deux"', f"un{delimiter}deux")
    read = _read(tmp_path, content.encode("utf-8-sig" if mark else "utf-8"))
    assert [tuple(row.cells.values()) for row in read] == [row for row in rows if any(map(str.strip, row))]
