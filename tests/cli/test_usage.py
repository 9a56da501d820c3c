"""What is wrong with a command line is told in the language asked for, with what to do."""

import pytest

from tests.cli.conftest import CommandLine


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("bogus", "La commande « bogus » n’existe pas."),
        ("matc", "La commande « matc » n’existe pas. Vouliez-vous dire : match, batch ?"),
        ("--quiet", "Il manque une commande."),
        ("status --bogus", "L’option --bogus n’existe pas."),
        ("match --form table", "L’option --form n’existe pas. Vouliez-vous dire : --format ?"),
        ("match --text", "L’option --text demande une valeur."),
        ("match --explain=yes", "L’option --explain ne prend pas de valeur."),
        ("match l'eau propre", "Il y a des mots en trop : l'eau propre. Mettez entre guillemets un texte de"),
        ("match --top dix", "--top ne peut pas valoir « dix ». Un nombre entier est attendu."),
        ("match --budget-max cher", "--budget-max ne peut pas valoir « cher ». Un nombre est attendu."),
        ("match --format xml", "--format ne peut pas valoir « xml ». Choix possibles : table, json, ndjson, csv."),
        ("serve --port 99999", "--port ne peut pas valoir « 99999 ». Au plus 65535."),
        ("import", "Il manque la valeur de kind. challenges pour des défis"),
        ("import solutions", "Il manque la valeur de files. Fichiers à importer."),
        ("import defis a.csv", "kind ne peut pas valoir « defis ». Choix possibles : challenges, solutions."),
    ],
)
def test_wrong_usage_in_french(matcher: CommandLine, line: str, told: str) -> None:
    outcome = matcher(*line.split())
    assert outcome.code == 2
    assert outcome.err.startswith(told)
    assert "Error" not in outcome.err


def test_wrong_usage_names_the_help_to_read(matcher: CommandLine) -> None:
    assert matcher("match", "--top", "x").err.splitlines()[-1] == "Aide : matcher match --help"
    assert matcher("match", "--top", "x", "--lang", "en").err.splitlines()[-1] == "Help: matcher match --help"


def test_a_long_wrong_value_is_cut(matcher: CommandLine) -> None:
    assert len(matcher("match", "--top", "9x" * 5_000).err) < 400
    assert len(matcher("match", "9x" * 5_000).err) < 400
