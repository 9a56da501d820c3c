"""Files as the secretariat has them, through ``matcher import``: nothing is lost, everything is told."""

import csv
import json
from pathlib import Path

import pytest

from tests.cli.conftest import CommandLine, Outcome


def files(outcome: Outcome) -> list[dict[str, object]]:
    found = outcome.document["files"]
    assert isinstance(found, list)
    return found


def test_rejects_are_corrected_and_imported_again(matcher: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text("nom;texte;trl\nA;Un capteur d'eau;six\nB;Un drone;7\n", encoding="utf-8")
    first = matcher("import", "solutions", "s.csv", "-f", "json")
    assert (first.code, files(first)[0]["added"], files(first)[0]["rejected"]) == (3, 1, 1)
    (error,) = files(first)[0]["errors"]  # type: ignore[misc]
    assert (error["row"], error["column"], error["value"], error["code"]) == (2, "trl", "six", "not_a_trl")
    assert error["message"]
    assert error["remedy"]
    rejects = tmp_path / "s.rejects.csv"
    rejects.write_text(rejects.read_text("utf-8-sig").replace("six", "6"), encoding="utf-8-sig")
    again = matcher("import", "solutions", "s.rejects.csv", "-f", "json")
    assert (again.code, files(again)[0]["added"], files(again)[0]["unknown_columns"]) == (0, 1, [])
    assert matcher("status", "-f", "json").document["solutions"] == 2


def test_rejects_go_where_they_are_told(matcher: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text("nom;texte;trl\nA;Un capteur;six\n", encoding="utf-8")
    matcher("import", "solutions", "s.csv", "--rejects", "bad/rows.csv")
    assert (tmp_path / "bad" / "rows.csv").exists()
    assert not (tmp_path / "s.rejects.csv").exists()


@pytest.mark.parametrize(("rejects", "words"), [("bad.xlsx", ".csv, .jsonl ou .ndjson"), ("s.csv", "serait écrasé")])
def test_rejects_that_could_not_be_used_are_refused(
    matcher: CommandLine, tmp_path: Path, rejects: str, words: str
) -> None:
    content = "nom;texte;trl\nA;Un capteur;six\n"
    (tmp_path / "s.csv").write_text(content, encoding="utf-8")
    refused = matcher("import", "solutions", "s.csv", "--rejects", rejects)
    assert refused.code == 2
    assert words in refused.err
    assert [path.name for path in tmp_path.iterdir()] == ["s.csv"]
    assert (tmp_path / "s.csv").read_text(encoding="utf-8") == content


def test_a_refused_file_is_told_even_with_quiet_and_in_the_json(matcher: CommandLine) -> None:
    told = matcher("import", "solutions", "absent.csv", "--quiet")
    assert (told.code, told.err.strip()) == (3, "absent.csv n’existe pas : vérifiez le nom et le dossier.")
    document = matcher("import", "solutions", "absent.csv", "--quiet", "-f", "json").document
    assert document["refused"] == [{"file": "absent.csv", "message": told.err.strip()}]


def test_one_rejects_file_is_not_for_several_files(matcher: CommandLine, tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text("nom;texte;trl\nA;Un capteur;six\n", encoding="utf-8")
    refused = matcher("import", "solutions", "a.csv", "b.csv", "--rejects", "bad.csv")
    assert refused.code == 2
    assert "2 fichiers" in refused.err
    assert not (tmp_path / "bad.csv").exists()


def test_a_mapping_names_the_columns(matcher: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "m.toml").write_text('[columns]\nname = "Sujet"\n', encoding="utf-8")
    (tmp_path / "s.csv").write_text("Sujet;Blabla\nCapteur;x\n", encoding="utf-8")
    assert matcher("import", "solutions", "s.csv").code == 3
    assert matcher("import", "solutions", "s.csv", "--mapping", "m.toml").code == 0
    assert matcher("import", "solutions", "s.csv", "--mapping", "missing.toml").code == 2


def test_a_changed_row_updates_its_record(matcher: CommandLine, tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    path.write_text("id;nom;texte\n1;A;Un capteur\n", encoding="utf-8")
    matcher("import", "solutions", "s.csv")
    path.write_text("id;nom;texte\n1;A;Deux capteurs\n", encoding="utf-8")
    outcome = matcher("import", "solutions", "s.csv", "-f", "json")
    assert (files(outcome)[0]["changed"], files(outcome)[0]["added"]) == (1, 0)


def test_one_id_for_two_contents_rejects_the_second(matcher: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text("id;nom;texte\n1;A;Un\n1;B;Deux\n1;A;Un\n", encoding="utf-8")
    (report,) = files(matcher("import", "solutions", "s.csv", "-f", "json"))
    assert (report["added"], report["rejected"], report["repeated"]) == (1, 1, 1)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_encodings(matcher: CommandLine, tmp_path: Path, encoding: str) -> None:
    (tmp_path / "d.csv").write_bytes("Intitulé;Thème\nÉté sans forêt brûlée;Incendies\n".encode(encoding))
    assert matcher("import", "challenges", "d.csv").code == 0
    document = matcher("import", "challenges", "d.csv", "-f", "json")
    assert files(document)[0]["unchanged"] == 1


def test_a_thousand_bad_rows_stop_no_other(matcher: CommandLine, tmp_path: Path) -> None:
    with (tmp_path / "s.csv").open("w", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(["nom", "texte", "trl"])
        writer.writerows(
            [f"S{n}", f"Capteur numéro {n} pour l'eau", "x" if n % 10 == 0 else "5"] for n in range(10_000)
        )
    outcome = matcher("import", "solutions", "s.csv")
    assert outcome.code == 3
    assert "9000 ajoutées, 1000 refusées" in outcome.out
    assert "980 autres problèmes" in outcome.out
    with (tmp_path / "s.rejects.csv").open(encoding="utf-8-sig", newline="") as file:
        assert len(list(csv.reader(file, delimiter=";"))) == 1001


def test_a_very_long_text_and_a_nul_byte(matcher: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "long.jsonl").write_text(json.dumps({"name": "L", "text": "eau " * 50_000}), encoding="utf-8")
    assert matcher("import", "solutions", "long.jsonl").code == 0
    (tmp_path / "nul.csv").write_text("nom;texte\nA;eau\0x\nB;feu\n", encoding="utf-8")
    (report,) = files(matcher("import", "solutions", "nul.csv", "-f", "json"))
    assert (report["added"], report["rejected"]) == (1, 1)


def test_errors_are_told_in_the_language_asked_for(matcher: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text("nom;texte;trl\nA;Un capteur;six\n", encoding="utf-8")
    assert "is not a TRL" in matcher("import", "solutions", "s.csv", "--lang", "en").out
    assert "n’est pas un niveau TRL" in matcher("import", "solutions", "s.csv").out


def test_ndjson_is_one_file_a_line(matcher: CommandLine, tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / f"{name}.csv").write_text(f"nom;texte\n{name};Un capteur\n", encoding="utf-8")
    lines = matcher("import", "solutions", "a.csv", "b.csv", "-f", "ndjson").out.splitlines()
    assert [json.loads(line)["file"] for line in lines] == ["a.csv", "b.csv"]
