import csv
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpora import open_data
from corpora.errors import UnreadableFile, UnwritableFile
from corpora.importing import import_file
from corpora.mapping import Kind
from corpora.records import Solution
from corpora.row_errors import RowError
from corpora.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.in_workspace(tmp_path / "workspace") as opened:
        yield opened


def _file(folder: Path, content: str | bytes, name: str = "file.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_a_french_excel_export_is_imported(store: Store, tmp_path: Path) -> None:
    text = "Intitulé;Budget;Date limite\nRéduire les îlots de chaleur;450 000,50 €;31/12/2026\n"
    report = import_file(_file(tmp_path, text.encode("cp1252")), "challenge", store)
    assert (report.read, report.added, report.rejected, report.rejects_file) == (1, 1, 0, None)
    (challenge,) = store.challenges()
    assert (challenge.title, challenge.budget, challenge.language) == ("Réduire les îlots de chaleur", 450_000.5, "fr")


def test_the_same_file_twice_changes_nothing_and_a_changed_row_updates_its_record(store: Store, tmp_path: Path) -> None:
    path = _file(tmp_path, "id;titre;budget\nd1;Eau;1\nd2;Air;2\n")
    import_file(path, "challenge", store)
    assert import_file(path, "challenge", store).unchanged == 2
    report = import_file(_file(tmp_path, "budget;id;titre\n1;d1;Eau\n3;d2;Air\n"), "challenge", store)
    assert (report.added, report.changed, report.unchanged) == (0, 1, 1)
    assert store.challenge("d2").budget == 3


def test_a_row_without_id_keeps_its_derived_one(store: Store, tmp_path: Path) -> None:
    import_file(_file(tmp_path, "titre;organisme;budget\nEau;Sète;1\n"), "challenge", store)
    report = import_file(_file(tmp_path, "organisme;titre;budget\nSETE;eau;2\n"), "challenge", store)
    assert (report.changed, store.counts()) == (1, (1, 0))


def test_a_header_only_is_no_error(store: Store, tmp_path: Path) -> None:
    report = import_file(_file(tmp_path, "titre;description\n"), "challenge", store)
    assert (report.read, report.added, report.rejected, report.errors) == (0, 0, 0, ())


@pytest.mark.parametrize("content", [b"", b"\n", b"\x00\x01\x02\x03" * 500])
def test_an_empty_or_unreadable_file_is_refused_and_leaves_no_trace(
    store: Store, tmp_path: Path, content: bytes
) -> None:
    with pytest.raises(UnreadableFile):
        import_file(_file(tmp_path, content), "challenge", store)
    assert store.counts() == (0, 0)


def test_a_file_without_a_column_for_the_heading_is_refused_with_what_to_do(store: Store, tmp_path: Path) -> None:
    with pytest.raises(
        UnreadableFile, match=r"no column for the title .* Its columns are: couleur, forme\. Rename one to 'title'"
    ):
        import_file(_file(tmp_path, "couleur;forme\nbleu;rond\n"), "challenge", store)


def test_a_mapping_names_the_columns(store: Store, tmp_path: Path) -> None:
    mapping = _file(tmp_path, '[columns]\ntitle = "couleur"\n', "mapping.toml")
    report = import_file(_file(tmp_path, "couleur;forme\nbleu;rond\n"), "challenge", store, mapping=mapping)
    assert (report.added, report.unknown_columns) == (1, ("forme",))
    assert store.challenges()[0].extra == {"forme": "rond"}


def test_a_bad_row_names_everything_and_stops_no_other(store: Store, tmp_path: Path) -> None:
    path = _file(tmp_path, "id;titre;budget;trl\nd1;Eau;1;7\nd2;Air;beaucoup;99\nd3;Feu;3;5\n")
    report = import_file(path, "challenge", store)
    assert (report.read, report.added, report.rejected) == (3, 2, 1)
    budget, trl = report.errors
    assert budget == RowError(file="file.csv", row=3, column="budget", value="beaucoup", code="not_a_number")
    assert budget.message() == "« beaucoup » n’est pas un montant."
    assert budget.remedy() == "Écrire par exemple 450000, 450 000,50 ou 450 k€."
    assert (trl.column, trl.value, trl.code) == ("trl", "99", "not_a_trl")
    assert report.rejects_file == str(tmp_path / "file.rejects.csv")


def test_rejects_are_corrected_and_imported_again(store: Store, tmp_path: Path) -> None:
    path = _file(tmp_path, "id;titre;budget;couleur\nd1;Eau;1;bleu\nd2;=Air;beaucoup;gris\n")
    rejects = import_file(path, "challenge", store).rejects_file
    assert rejects is not None
    again = import_file(Path(rejects), "challenge", store)
    assert (again.added, again.rejected) == (0, 1)
    corrected = Path(rejects).read_text("utf-8-sig").replace(";beaucoup;", ";2 k€;")
    report = import_file(_file(tmp_path, "\ufeff" + corrected, "corrected.csv"), "challenge", store)
    assert (report.added, report.rejected, report.unknown_columns) == (1, 0, ("couleur",))
    challenge = store.challenge("d2")
    assert (challenge.title, challenge.budget, challenge.extra) == ("=Air", 2_000, {"couleur": "gris"})


def test_a_dry_run_says_the_same_and_writes_nothing(store: Store, tmp_path: Path) -> None:
    path = _file(tmp_path, "id;titre;budget\nd1;Eau;1\nd2;Air;beaucoup\n")
    dry = import_file(path, "challenge", store, dry_run=True)
    assert store.counts() == (0, 0)
    assert sorted(child.name for child in tmp_path.iterdir()) == ["file.csv", "workspace"]
    real = import_file(path, "challenge", store)
    same = {"dry_run", "rejects_file"}
    assert dry.model_dump(exclude=same) == real.model_dump(exclude=same)


def test_rejects_that_cannot_be_written_stop_the_import(store: Store, tmp_path: Path) -> None:
    path = _file(tmp_path, "titre;budget\nEau;1\nAir;beaucoup\n")
    with pytest.raises(UnwritableFile):
        import_file(path, "challenge", store, rejects=path / "rejects.csv")
    assert store.counts() == (0, 0)


def test_duplicated_ids(store: Store, tmp_path: Path) -> None:
    path = _file(tmp_path, "id;titre\nd1;Eau\nd1;Eau\nd1;Air\nd2;Feu\n")
    report = import_file(path, "challenge", store)
    assert (report.read, report.added, report.repeated, report.rejected) == (4, 2, 1, 1)
    (error,) = report.errors
    assert (error.row, error.column, error.value, error.code) == (4, "id", "d1", "duplicate_id")
    assert store.challenge("d1").title == "Eau"


def test_a_thousand_bad_rows_among_ten_thousand(store: Store, tmp_path: Path) -> None:
    lines = [f"d{number};Détecter les fuites du réseau d’eau numéro {number};"
             f"{'beaucoup' if number % 10 == 0 else number};Le réseau de la ville perd trente pour cent de son eau."
             for number in range(10_000)]  # fmt: skip
    path = _file(tmp_path, "\n".join(["id;titre;budget;description", *lines]))
    start = time.process_time()
    seen: list[int] = []
    report = import_file(path, "challenge", store, progress=seen.append)
    assert time.process_time() - start < 8
    assert (report.read, report.added, report.rejected, sum(seen)) == (10_000, 9_000, 1_000, 10_000)
    assert [error.row for error in report.errors] == list(range(2, 10_002, 10))
    with Path(report.rejects_file or "").open(encoding="utf-8-sig", newline="") as file:
        assert sum(1 for _ in csv.reader(file)) == 1_001


def test_a_text_of_200_000_characters_is_kept_whole(store: Store, tmp_path: Path) -> None:
    text = ("Le réseau d’eau perd trente pour cent. " * 6_000)[:200_000].strip()
    import_file(_file(tmp_path, f"titre;texte\nEau;{text}\n"), "challenge", store)
    assert store.challenges()[0].text == text


def test_a_nul_character_rejects_its_row_only(store: Store, tmp_path: Path) -> None:
    report = import_file(_file(tmp_path, "titre;texte\nEa\0u;x\nAir;y\n"), "challenge", store)
    assert (report.added, [error.code for error in report.errors]) == (1, ["nul_character"])
    assert b"Ea\0u" in Path(report.rejects_file or "").read_bytes()


def test_mixed_encodings_lose_no_letter(store: Store, tmp_path: Path) -> None:
    content = "titre\nété\n".encode() + "forêt brûlée\n".encode("cp1252")
    import_file(_file(tmp_path, content), "challenge", store)
    assert {challenge.title for challenge in store.challenges()} == {"été", "forêt brûlée"}


def test_ragged_rows_are_rejected(store: Store, tmp_path: Path) -> None:
    report = import_file(_file(tmp_path, "titre;texte;budget\nEau;a;b;1\nAir\nFeu;c;3\n"), "challenge", store)
    assert [(error.row, error.code) for error in report.errors] == [(2, "too_many_cells"), (3, "too_few_cells")]
    assert [challenge.title for challenge in store.challenges()] == ["Feu"]


def test_a_workbook_of_several_sheets(store: Store, tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(tmp_path / "a.xlsx", {"strings_to_formulas": False})
    book.add_worksheet("Notice").write_row(0, 0, ["Bonjour"])
    for name, rows in {
        "Var": [["Eau", "=cmd|' /C calc'!A0", 1]],
        "Ain": [["Air", "x", "beaucoup"], ["Feu", "y", 3]],
    }.items():
        sheet = book.add_worksheet(name)
        for number, cells in enumerate([["Titre", "Description", "Budget"], *rows]):
            sheet.write_row(number, 0, cells)
    book.close()
    report = import_file(tmp_path / "a.xlsx", "challenge", store)
    assert (report.read, report.added, report.rejected, report.skipped_sheets) == (3, 2, 1, ("Notice",))
    (error,) = report.errors
    assert (error.sheet, error.row, error.column) == ("Ain", 2, "Budget")
    assert {challenge.text for challenge in store.challenges()} == {"=cmd|' /C calc'!A0", "y"}
    assert report.rejects_file == str(tmp_path / "a.xlsx.rejects.csv")


def test_a_nested_parquet_file(store: Store, tmp_path: Path) -> None:
    polars.DataFrame(
        {
            "id": [7.0, 8.0],
            "name": ["Capteur", "Drone"],
            "themes": [["eau", "air"], None],
            "team": [{"size": 3, "places": ["Sète"]}, {"size": None, "places": []}],
            "price": [float("nan"), 1.5],
        }
    ).write_parquet(tmp_path / "a.parquet")
    report = import_file(tmp_path / "a.parquet", "solution", store)
    assert (report.added, report.unknown_columns) == (2, ("team",))
    first, second = store.solutions()
    assert (first.id, first.themes, first.price) == ("7", ("eau", "air"), None)
    assert first.extra == {"team": {"size": 3, "places": ["Sète"]}}
    assert (second.themes, second.price) == ((), 1.5)


def test_bad_json_lines_are_corrected_in_the_rejects(store: Store, tmp_path: Path) -> None:
    path = _file(tmp_path, '{"name": "A"}\n{"name": \n{"name": "B", "trl": 12}\n{"name": "\\ud800"}\n', "a.jsonl")
    report = import_file(path, "solution", store)
    assert [(error.row, error.code) for error in report.errors] == [
        (2, "not_json"),
        (3, "not_a_trl"),
        (4, "not_unicode"),
    ]
    rejects = Path(report.rejects_file or "")
    assert len(rejects.read_text("utf-8").splitlines()) == 3
    corrected = (
        rejects.read_text("utf-8").replace('{"name": \n', '{"name": "C"}\n').replace("12", "6").replace("\\ud800", "D")
    )
    assert import_file(_file(tmp_path, corrected, "b.jsonl"), "solution", store).added == 3


@pytest.mark.parametrize("kind", ["challenge", "solution"])
def test_bundled_records_written_as_json_lines_are_imported_unchanged(store: Store, tmp_path: Path, kind: Kind) -> None:
    records = open_data.solutions()[::20] if kind == "solution" else open_data.challenges()
    lines = [record.model_dump_json() for record in records]
    report = import_file(_file(tmp_path, "\n".join(lines), "a.jsonl"), kind, store)
    assert (report.added, report.errors, report.unknown_columns) == (len(records), (), ())
    stored: list[Any] = [*store.solutions(), *store.challenges()]
    assert stored == sorted(records, key=lambda record: record.id)


names = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zs")), min_size=1, max_size=20)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.tuples(names, names, st.integers(0, 10**7), st.dates()), max_size=4, unique_by=lambda row: row[0]))
def test_what_is_written_as_french_csv_is_imported_the_same(tmp_path: Path, rows: list[tuple[Any, ...]]) -> None:
    path = tmp_path / "a.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(["id", "nom", "langue", "prix", "disponible le"])
        for number, (_, name, price, day) in enumerate(rows):
            writer.writerow([f"s{number}", name, "fr", f"{price:,}".replace(",", " ") + " €", day.isoformat()])
    with Store("sqlite://") as store:
        import_file(path, "solution", store)
        expected = [
            Solution(id=f"s{number}", name=name, language="fr", price=price, available=day)
            for number, (_, name, price, day) in enumerate(rows)
            if name not in {"NULL", "null", "NaN", "nan", "N/A", "n/a", "#N/A", "#N/D"}
        ]
        assert store.solutions() == expected


def test_a_report_is_plain_json(store: Store, tmp_path: Path) -> None:
    report = import_file(_file(tmp_path, "titre;budget\nEau;x\n"), "challenge", store)
    assert json.loads(report.model_dump_json())["errors"][0]["code"] == "not_a_number"
