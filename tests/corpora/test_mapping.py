from pathlib import Path
from typing import Literal

import pytest

from corpora.errors import MappingError
from corpora.mapping import fields_of, known_names, read_mapping
from corpora.records import Challenge, Solution
from corpora.values import fold


@pytest.mark.parametrize(
    ("column", "field"),
    [
        ("Intitulé", "title"),
        ("TITRE", "title"),
        ("nom", "title"),
        ("Défi", "title"),
        ("Description", "text"),
        ("contexte", "text"),
        ("Besoin", "text"),
        ("Organisme", "organisation"),
        ("bénéficiaire", "organisation"),
        ("SIREN", "siren"),
        ("N° SIREN", "siren"),
        ("code INSEE", "commune_code"),
        ("code_commune", "commune_code"),
        ("Département", "departement"),
        ("Thème(s)", "themes"),
        ("thème", "themes"),
        ("TRL", "trl_min"),
        ("Budget", "budget"),
        ("Montant", "budget"),
        ("Date limite", "deadline"),
        ("Échéance", "deadline"),
        ("Hébergement", "hosting"),
        ("Écosystème", "ecosystem"),
        ("Deadline", "deadline"),
        ("identifiant", "id"),
    ],
)
def test_french_and_english_columns_of_challenges(column: str, field: str) -> None:
    assert fields_of([column], "challenge") == {column: field}


@pytest.mark.parametrize(
    ("column", "field"),
    [
        ("Nom", "name"),
        ("Solution", "name"),
        ("TRL", "trl"),
        ("Prix", "price"),
        ("Budget", "price"),
        ("Accroche", "tagline"),
    ],
)
def test_french_and_english_columns_of_solutions(column: str, field: str) -> None:
    assert fields_of([column], "solution") == {column: field}


@pytest.mark.parametrize(("kind", "model"), [("challenge", Challenge), ("solution", Solution)])
def test_every_field_of_a_record_has_its_own_name_as_a_column(
    kind: Literal["challenge", "solution"], model: type[Challenge | Solution]
) -> None:
    assert {known_names(kind)[fold(field)] for field in model.model_fields} == set(model.model_fields)


def test_the_fields_own_name_wins_over_a_synonym_and_all_texts_are_kept() -> None:
    columns = ["nom", "title", "contexte", "besoin", "Couleur"]
    assert fields_of(columns, "challenge") == {"title": "title", "contexte": "text", "besoin": "text"}
    assert fields_of(["nom", "titre"], "challenge") == {"nom": "title"}


def _mapping(folder: Path, text: str) -> Path:
    path = folder / "mapping.toml"
    path.write_text(text, "utf-8")
    return path


def test_a_mapping_wins_over_what_is_known(tmp_path: Path) -> None:
    mapping = read_mapping(_mapping(tmp_path, '[columns]\ntitle = "Couleur"\ntext = ["A", "B"]'), "challenge")
    columns = ["titre", "COULEUR", "a", "B", "description", "budget"]
    assert fields_of(columns, "challenge", mapping) == {
        "COULEUR": "title",
        "a": "text",
        "B": "text",
        "budget": "budget",
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("not toml [", "cannot be read"),
        ("title = 'x'", r"needs a table \[columns\]"),
        ("[columns]\ntitle = 3", r"needs a table \[columns\]"),
        ("[columns]\ncolour = 'x'\n", "unknown fields colour. Use some of: .*title"),
    ],
)
def test_a_wrong_mapping_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(MappingError, match=message):
        read_mapping(_mapping(tmp_path, text), "challenge")


def test_a_missing_mapping_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match="cannot be read"):
        read_mapping(tmp_path / "none.toml", "challenge")
