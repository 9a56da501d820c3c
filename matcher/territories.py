"""The hierarchy of territories: (arrondissement) → commune → (EPCI) → département → région → country → European Union.

Codes are those of the INSEE (Code officiel géographique), the SIREN for an EPCI and ISO 3166
alpha-2 for a country. A commune's département is read from its code, and so is the commune of an
arrondissement of Paris, Lyon or Marseille; which EPCI a commune belongs to is not tabulated, so
the two are compared only where a record says both.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from corpora import values
from corpora.mapping import known_names
from corpora.records import Record, Territory
from matcher.errors import InvalidFilter
from matcher.folding import fold
from matcher.wording import fault

Level = Literal["arrondissement", "commune", "epci", "departement", "region", "country", "union"]
LEVELS: Final[tuple[Level, ...]] = ("arrondissement", "commune", "epci", "departement", "region", "country", "union")
"""Narrowest first."""

REGIONS: Final[dict[str, tuple[str, str]]] = {
    "01": ("Guadeloupe", "971"),
    "02": ("Martinique", "972"),
    "03": ("Guyane", "973"),
    "04": ("La Réunion", "974"),
    "06": ("Mayotte", "976"),
    "11": ("Île-de-France", "75 77 78 91 92 93 94 95"),
    "24": ("Centre-Val de Loire", "18 28 36 37 41 45"),
    "27": ("Bourgogne-Franche-Comté", "21 25 39 58 70 71 89 90"),
    "28": ("Normandie", "14 27 50 61 76"),
    "32": ("Hauts-de-France", "02 59 60 62 80"),
    "44": ("Grand Est", "08 10 51 52 54 55 57 67 68 88"),
    "52": ("Pays de la Loire", "44 49 53 72 85"),
    "53": ("Bretagne", "22 29 35 56"),
    "75": ("Nouvelle-Aquitaine", "16 17 19 23 24 33 40 47 64 79 86 87"),
    "76": ("Occitanie", "09 11 12 30 31 32 34 46 48 65 66 81 82"),
    "84": ("Auvergne-Rhône-Alpes", "01 03 07 15 26 38 42 43 63 69 73 74"),
    "93": ("Provence-Alpes-Côte d'Azur", "04 05 06 13 83 84"),
    "94": ("Corse", "2A 2B"),
}
"""Code of each of the 18 régions: its name and the codes of its départements."""

DEPARTEMENTS: Final[dict[str, str]] = {
    "01": "Ain", "02": "Aisne", "03": "Allier", "04": "Alpes-de-Haute-Provence", "05": "Hautes-Alpes",
    "06": "Alpes-Maritimes", "07": "Ardèche", "08": "Ardennes", "09": "Ariège", "10": "Aube", "11": "Aude",
    "12": "Aveyron", "13": "Bouches-du-Rhône", "14": "Calvados", "15": "Cantal", "16": "Charente",
    "17": "Charente-Maritime", "18": "Cher", "19": "Corrèze", "21": "Côte-d'Or", "22": "Côtes-d'Armor",
    "23": "Creuse", "24": "Dordogne", "25": "Doubs", "26": "Drôme", "27": "Eure", "28": "Eure-et-Loir",
    "29": "Finistère", "2A": "Corse-du-Sud", "2B": "Haute-Corse", "30": "Gard", "31": "Haute-Garonne",
    "32": "Gers", "33": "Gironde", "34": "Hérault", "35": "Ille-et-Vilaine", "36": "Indre",
    "37": "Indre-et-Loire", "38": "Isère", "39": "Jura", "40": "Landes", "41": "Loir-et-Cher", "42": "Loire",
    "43": "Haute-Loire", "44": "Loire-Atlantique", "45": "Loiret", "46": "Lot", "47": "Lot-et-Garonne",
    "48": "Lozère", "49": "Maine-et-Loire", "50": "Manche", "51": "Marne", "52": "Haute-Marne",
    "53": "Mayenne", "54": "Meurthe-et-Moselle", "55": "Meuse", "56": "Morbihan", "57": "Moselle",
    "58": "Nièvre", "59": "Nord", "60": "Oise", "61": "Orne", "62": "Pas-de-Calais", "63": "Puy-de-Dôme",
    "64": "Pyrénées-Atlantiques", "65": "Hautes-Pyrénées", "66": "Pyrénées-Orientales", "67": "Bas-Rhin",
    "68": "Haut-Rhin", "69": "Rhône", "70": "Haute-Saône", "71": "Saône-et-Loire", "72": "Sarthe",
    "73": "Savoie", "74": "Haute-Savoie", "75": "Paris", "76": "Seine-Maritime", "77": "Seine-et-Marne",
    "78": "Yvelines", "79": "Deux-Sèvres", "80": "Somme", "81": "Tarn", "82": "Tarn-et-Garonne", "83": "Var",
    "84": "Vaucluse", "85": "Vendée", "86": "Vienne", "87": "Haute-Vienne", "88": "Vosges", "89": "Yonne",
    "90": "Territoire de Belfort", "91": "Essonne", "92": "Hauts-de-Seine", "93": "Seine-Saint-Denis",
    "94": "Val-de-Marne", "95": "Val-d'Oise", "971": "Guadeloupe", "972": "Martinique", "973": "Guyane",
    "974": "La Réunion", "976": "Mayotte",
}  # fmt: skip
"""Code and name of the 101 départements."""

COLLECTIVITIES: Final[dict[str, str]] = {
    "975": "Saint-Pierre-et-Miquelon", "977": "Saint-Barthélemy", "978": "Saint-Martin",
    "986": "Wallis-et-Futuna", "987": "Polynésie française", "988": "Nouvelle-Calédonie",
}  # fmt: skip
"""Overseas collectivities: placed at the level of a département, in no région."""

_ARRONDISSEMENTS: Final = {"75056": ("75101", "75120"), "13055": ("13201", "13216"), "69123": ("69381", "69389")}
"""Of Paris, Marseille and Lyon: the first and the last."""

UNION: Final = frozenset({
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV",
    "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
})  # fmt: skip
"""ISO codes of the 27 countries of the European Union."""

_REGION_OF: Final = {departement: code for code, (_, held) in REGIONS.items() for departement in held.split()}
_ALIASES: Final[dict[str, tuple[Level, str]]] = {
    **{fold(name): ("region", code) for code, (name, _) in REGIONS.items()},
    **{fold(name): ("departement", code) for code, name in {**COLLECTIVITIES, **DEPARTEMENTS}.items()},
    "paca": ("region", "93"),
    "reunion": ("departement", "974"),
    "20": ("region", "94"),
    **dict.fromkeys(("france", "fr"), ("country", "FR")),
    **dict.fromkeys(("ue", "eu", "union europeenne", "european union", "europe"), ("union", "UE")),
}
_COMMUNE: Final = re.compile(r"(?:\d{2}|2[AB])(?!000)\d{3}")
"""Of the INSEE; a number that ends in three zeros is a postal code."""
_LEVELS_OF_FIELDS: Final[dict[str, Level]] = {
    "departement": "departement", "departement_code": "departement", "region": "region", "region_code": "region",
}  # fmt: skip
"""Fields of an import that say what holds the territory of a record."""
_OVERSEAS: Final = {
    "GP": "971", "MQ": "972", "GF": "973", "RE": "974", "YT": "976", "PM": "975", "BL": "977", "MF": "978",
    "WF": "986", "PF": "987", "NC": "988",
}  # fmt: skip
"""ISO codes of parts of France: the départements and collectivities that they are."""


@dataclass(frozen=True)
class Place:
    """A territory and what holds it: the code at each level that is known."""

    level: Level
    codes: tuple[tuple[Level, str], ...]

    @property
    def code(self) -> str | None:
        """Its own code, None when only what holds it is known."""
        return dict(self.codes).get(self.level)


def place(level: Level, code: str) -> Place:
    """The place of this code with all that holds it; an unknown parent is left out."""
    codes: dict[Level, str] = {level: code}
    if level == "commune":
        for commune, (first, last) in _ARRONDISSEMENTS.items():
            if first <= code <= last:
                return Place("arrondissement", (("arrondissement", code), *place("commune", commune).codes))
        departement = code[:3] if code.startswith(("97", "98")) else code[:2]
        if departement in DEPARTEMENTS or departement in COLLECTIVITIES:
            codes["departement"] = departement
    if region := _REGION_OF.get(codes.get("departement", "")):
        codes["region"] = region
    if level not in ("country", "union"):
        codes["country"] = "FR"
    if "country" in codes:
        codes["union"] = "UE" if codes["country"] in UNION else "outside"
    return Place(level, tuple(codes.items()))


@lru_cache(maxsize=4096)
def resolve(value: str, level: Level | None = None) -> Place | None:
    """The place that a code or name means, accents and case ignored; None when there is none.

    A two-character code is a département's: a région is named, or written ``region:76``.
    """
    kind, colon, rest = value.strip().partition(":")
    if colon and fold(kind) in LEVELS:
        return resolve(rest, next(known for known in LEVELS if known == fold(kind)))
    code, name = value.strip().upper(), fold(value)
    if level == "region":
        return place("region", code) if code in REGIONS else _named(name, "region")
    if code in DEPARTEMENTS or code in COLLECTIVITIES:
        return place("departement", code) if level in (None, "departement") else None
    if _COMMUNE.fullmatch(code) and level in (None, "commune", "arrondissement"):
        commune = place("commune", code)
        known = "departement" in dict(commune.codes) and level in (None, "commune", commune.level)
        return commune if known else None
    if re.fullmatch(r"\d{9}", code) and level in (None, "epci"):
        return place("epci", code)
    named = _named(name, level) or _with_code(value.strip(), level)
    return named or (_country(code, name) if level in (None, "country") else None)


def _with_code(value: str, level: Level | None) -> Place | None:
    """The place of ``Var (83)`` or ``83 - Var``, where both mean the same."""
    name, code = values.code_within(value)
    found = _named(fold(name), level) if name and code else None
    return found if found and code and found.code == code.upper() else None


def _named(name: str, level: Level | None) -> Place | None:
    """The place of this folded name; a région that is also a département is found at either level."""
    found_level, code = _ALIASES.get(name, (None, ""))
    if found_level is None:
        return None
    region = _REGION_OF.get(code, "")  # none for an overseas collectivity
    if level == "region" and found_level == "departement" and region and REGIONS[region][1] == code:
        return place("region", region)
    return place(found_level, code) if level in (None, found_level) else None


def _country(code: str, name: str) -> Place | None:
    """A country by ISO code, or by its French or English name (table of Babel, loaded only here)."""
    countries = _countries()
    found = code if code in countries.values() else countries.get(name)
    if found in _OVERSEAS:
        return place("departement", _OVERSEAS[found])
    return place("country", found) if found else None


@lru_cache(maxsize=1)
def _countries() -> dict[str, str]:
    from babel import Locale

    return {
        fold(name): code
        for lang in ("en", "fr")
        for code, name in Locale(lang).territories.items()
        if re.fullmatch(r"[A-Z]{2}", code) and code not in ("EU", "EZ", "QO", "UN", "XA", "XB", "ZZ")
    }


def requested(value: str) -> Place:
    """The place that a user asked for.

    Raises:
        InvalidFilter: nothing has this code or name.
    """
    found = resolve(value)
    if found is None:
        raise fault(InvalidFilter, "unknown_territory", value=value)
    return found


def label(value: str) -> str:
    """How a territory that a user asked for is written: ``83`` is ``Var (83)``; as given where it has no name."""
    found = resolve(value)
    return (found and name_of(found)) or value.strip()


def name_of(found: Place) -> str | None:
    """The name of a département, with its code, or of a région; None of other places."""
    code = found.code or ""
    if found.level == "region":
        return REGIONS[code][0] if code in REGIONS else None
    name = {**DEPARTEMENTS, **COLLECTIVITIES}.get(code) if found.level == "departement" else None
    return f"{name} ({code})" if name else None


def place_of(record: Record) -> Place | None:
    """Where a record is: its territory, completed by the columns of an EPCI, a département or a région that it kept.

    None when the record says nothing that can be placed.
    """
    stated = {fold(key): str(value) for key, value in record.extra.items() if value and _level_of(key)}
    return _place(record.territory, tuple(sorted(stated.items())))


@lru_cache(maxsize=4096)
def _level_of(column: str) -> Level | None:
    """What a column that a record kept tells of, by the names that an import knows; None for any other column."""
    if fold(column) == "epci":
        return "epci"
    return _LEVELS_OF_FIELDS.get(known_names("solution").get(values.fold(column), ""))


@lru_cache(maxsize=65536)
def _place(territory: Territory | None, stated: tuple[tuple[str, str], ...]) -> Place | None:
    own = _own_place(territory) if territory else None
    parents = [resolve(value, _level_of(key)) for key, value in stated]
    known = [each for each in (own, *parents) if each is not None]
    if not known:
        return None
    codes: dict[Level, str] = {}
    for each in known:  # the territory itself comes first: where the two disagree it wins
        codes = {**dict(each.codes), **codes}
    level = own.level if own else min((each.level for each in known), key=LEVELS.index)
    return Place(level, tuple(codes.items()))


def _own_place(territory: Territory) -> Place | None:
    level: Level | None = territory.kind.value if territory.kind else None
    for value in (territory.code, territory.name):
        if value and (found := resolve(value, level)):
            return found
    if level in (None, "country"):
        return None
    return Place(level, place("country", "FR").codes)  # the other levels are French ones; nothing more is known


def compare(asked: Place, found: Place | None) -> Literal["within", "covers", "apart", "unknown"]:
    """How ``found`` lies to ``asked``: within it (or the same), covering it, apart from it, or not known.

    They are apart when they differ at a level that both know; unknown when nothing differs and
    neither is seen to hold the other (an EPCI and a département, say).
    """
    if found is None:
        return "unknown"
    left, right = dict(asked.codes), dict(found.codes)
    shared = left.keys() & right.keys()
    if any(left[level] != right[level] for level in shared):
        return "apart"
    if asked.level in shared:
        return "within"
    return "covers" if found.level in shared else "unknown"


def best_of(asked: Iterable[Place], found: Place | None) -> Literal["within", "covers", "apart", "unknown"]:
    """The most favourable of the comparisons: within, covers, unknown, then apart."""
    outcomes = {compare(each, found) for each in asked}
    order: tuple[Literal["within", "covers", "unknown", "apart"], ...] = ("within", "covers", "unknown", "apart")
    return next(outcome for outcome in order if outcome in outcomes)
