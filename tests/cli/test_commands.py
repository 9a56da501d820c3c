"""The other commands: what they print, and with which code they end."""

import json
import re
import socket
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.cli.conftest import CommandLine, write_lines


def test_import_reports_counts_and_errors(matcher: CommandLine, tmp_path: Path, snapshot: SnapshotAssertion) -> None:
    (tmp_path / "needs.csv").write_bytes(
        "Intitulé;Description;Budget;Date limite;Remarque\n"
        "Eau;Réduire les fuites d'eau;450 k€;31/12/2026;à voir\n"
        "Feu;Voir les fumées;beaucoup;31/12/2026;\n"
        ";sans titre;;;\n".encode("cp1252")
    )
    outcome = matcher("import", "challenges", "needs.csv")
    assert outcome.code == 3
    assert outcome.out == snapshot
    assert Path("needs.rejects.csv").exists()


def test_import_twice_changes_nothing(filled: CommandLine) -> None:
    outcome = filled("import", "solutions", "s.jsonl", "--format", "json")
    files = outcome.document["files"]
    assert isinstance(files, list)
    assert (files[0]["unchanged"], files[0]["added"], outcome.code) == (4, 0, 0)


def test_dry_run_writes_nothing(matcher: CommandLine, tmp_path: Path) -> None:
    path = write_lines(tmp_path / "s.jsonl", [{"name": "A", "text": "Une solution"}])
    assert matcher("import", "solutions", path, "--dry-run").code == 0
    assert [each.name for each in tmp_path.iterdir()] == ["s.jsonl"]
    assert matcher("status", "-f", "json").document["solutions"] == 0


def test_header_only_is_done_with_a_message(matcher: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "empty.csv").write_text("nom;texte\n", encoding="utf-8")
    outcome = matcher("import", "solutions", "empty.csv")
    assert outcome.code == 0
    assert "en-tête" in outcome.out


@pytest.mark.parametrize("name", ["missing.csv", "nothing.csv", "noise.csv", "thing.odt", "."])
def test_unreadable_files_are_refused_and_the_others_imported(matcher: CommandLine, tmp_path: Path, name: str) -> None:
    (tmp_path / "nothing.csv").write_bytes(b"")
    (tmp_path / "noise.csv").write_bytes(bytes(range(256)) * 20)
    (tmp_path / "thing.odt").write_text("x", encoding="utf-8")
    good = write_lines(tmp_path / "s.jsonl", [{"name": "A", "text": "Une solution"}])
    outcome = matcher("import", "solutions", name, good, "--format", "json")
    assert outcome.code == 3
    assert outcome.err
    files = outcome.document["files"]
    assert isinstance(files, list)
    assert [file["added"] for file in files] == [1]


def test_self_check_shows_the_standing_and_keeps_nothing(filled: CommandLine) -> None:
    document = filled("self-check", "--text", "Des caméras voient les fumées en forêt", "-f", "json").document
    assert set(document) >= {"pitch", "challenges", "no_good_match", "snapshot", "model"}
    challenges = document["challenges"]
    assert isinstance(challenges, list)
    assert challenges[0]["challenge"]["id"] == "def-fire"
    assert set(challenges[0]["standing"]) == {"from", "to", "of"}
    assert challenges[0]["standing"]["of"] == 5
    before = filled("status", "-f", "json").document  # the challenges' sentences are cached by now
    assert filled("self-check", "--text", "Une autre présentation, sur les caméras en forêt").code == 0
    after = filled("status", "-f", "json").document
    assert (after["solutions"], after["vectors"]) == (before["solutions"], before["vectors"])
    assert filled("self-check").code == 2


def test_batch_writes_the_files_of_the_meeting(filled: CommandLine, tmp_path: Path) -> None:
    outcome = filled("batch", "--meeting", "2027-Q1", "--out", "meeting", "--per-challenge", "2")
    assert outcome.code == 0
    assert "  meeting/proposals.html\n" in outcome.out
    written = {path.name for path in (tmp_path / "meeting").iterdir()}
    assert {"proposals.jsonl", "proposals.xlsx", "proposals.html", "manifest.json"} <= written
    lines = (tmp_path / "meeting" / "proposals.jsonl").read_text("utf-8").splitlines()
    assert {json.loads(line)["challenge_id"] for line in lines} == {"def-fire", "def-leak"}
    assert filled("batch", "--meeting", "2027-Q7", "--out", "meeting").code == 2


def test_index_twice_finds_nothing_to_do(filled: CommandLine) -> None:
    first = filled("index", "-f", "json").document
    assert (first["added"], first["encoded"], first["solutions"]) == (0, 0, 4)
    assert filled("index", "--rebuild").code == 0


def test_a_port_that_is_taken_is_told(matcher: CommandLine) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        outcome = matcher("serve", "--port", port)
    assert outcome.code == 1
    assert f"Le port {port} est déjà pris" in outcome.err
    assert "Service sur" not in outcome.err


def test_an_address_that_cannot_be_listened_on_is_told(matcher: CommandLine) -> None:
    outcome = matcher("serve", "--host", "192.0.2.1")
    assert outcome.code == 1
    assert "Impossible d’écouter sur 192.0.2.1, port 8000" in outcome.err


def test_status_says_what_to_do_in_french(matcher: CommandLine, filled: CommandLine, tmp_path: Path) -> None:
    filled("import", "solutions", write_lines(tmp_path / "n.jsonl", [{"name": "Neuf", "text": "Un nouveau capteur"}]))
    told = filled("status")
    assert told.code == 1
    assert "! Des fiches ont changé depuis l’indexation : lancez « matcher index »." in told.out
    nowhere = matcher("status", "--workspace", "nowhere").out.replace("\u00a0", " ")
    assert "n’a pas encore d’index : lancez d’abord « matcher index »" in nowhere


def test_index_counts_in_real_french(matcher: CommandLine, tmp_path: Path) -> None:
    matcher("import", "solutions", write_lines(tmp_path / "s.jsonl", [{"name": "A", "text": "Un capteur"}]))
    told = matcher("index").out
    assert told.startswith("Index à jour : 1 solution (ajouts : 1, modifications : 0, retraits : 0), 0 défi ; textes")
    assert re.search(r"en \d+,\d s\.", told)


def test_status_tells_of_damage(filled: CommandLine, tmp_path: Path) -> None:
    told = filled("status")
    assert told.code == 0
    assert "adéquation étalonnée  non" in told.out
    files = [path for path in (tmp_path / "workspace" / "segments").rglob("*") if path.is_file()]
    segment = max(files, key=lambda path: path.stat().st_size)
    segment.write_bytes(segment.read_bytes()[:-1] + b"\0\0")
    outcome = filled("status", "-f", "json")
    assert outcome.code == 1
    assert outcome.document["problems"]


def test_evaluate_prints_the_contract(matcher: CommandLine, tmp_path: Path) -> None:
    folder = tmp_path / "set"
    (folder / "qrels").mkdir(parents=True)
    write_lines(folder / "corpus.jsonl", [{"_id": f"d{n}", "title": "", "text": f"mot{n} eau"} for n in range(5)])
    write_lines(folder / "queries.jsonl", [{"_id": f"q{n}", "text": f"chercher mot{n}"} for n in range(5)])
    rows = "".join(f"q{n}\td{n}\t{n % 2 + 1}\n" for n in range(4))
    (folder / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\n" + rows, encoding="utf-8")
    document = matcher("evaluate", "set", "--mode", "lexical", "--format", "json").document
    assert (document["set"], document["mode"], document["queries"], document["documents"]) == ("set", "lexical", 4, 5)
    ndcg = document["ndcg@10"]
    assert isinstance(ndcg, dict)
    assert ndcg["low"] <= ndcg["value"] <= ndcg["high"]
    assert ndcg["value"] == 1.0
    assert matcher("evaluate", "set").code == 0
    assert matcher("evaluate", "nowhere").code == 3
