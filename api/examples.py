"""Examples of the OpenAPI description, in French and English; tests check each against its model.

None holds a null: FastAPI leaves nulls out of the description.
"""

from typing import Any, Final

_WATER: Final = "Nos captages manquent d’eau chaque été : repérer les fuites du réseau avant qu’elles ne coûtent."
_FIRES: Final = "Detect wildfire outbreaks in a forest within minutes, by day and by night, without a network."
_PITCH: Final = "Nos capteurs acoustiques posés sur les bouches à clé repèrent les fuites d’un réseau d’eau en continu."

MATCH_QUERIES: Final[tuple[dict[str, Any], ...]] = (
    {"text": _WATER, "top": 5, "filters": {"kind": ["startup", "sme"], "trl_min": 6}, "lang": "fr"},
    {"text": _FIRES, "top": 5, "filters": {"territory": ["83"]}, "lang": "en"},
    {"challenge_id": "defi-eau-01", "top": 10, "lang": "fr"},
)
SELF_CHECK_QUERIES: Final[tuple[dict[str, Any], ...]] = (
    {"text": _PITCH, "top": 5, "lang": "fr"},
    {"text": "Our acoustic sensors find leaks in a water network, day and night.", "top": 5, "lang": "en"},
)
BATCH_QUERIES: Final[tuple[dict[str, Any], ...]] = (
    {"meeting": "2027-Q1", "per_challenge": 10, "lang": "fr"},
    {"meeting": "2027-Q2", "per_challenge": 5, "per_solution": 3, "filters": {"trl_min": 5}, "lang": "en"},
)
CHALLENGE_FR: Final[dict[str, Any]] = {
    "id": "defi-eau-01",
    "title": "Repérer les fuites du réseau d’eau",
    "text": _WATER,
    "language": "fr",
    "organisation": "Communauté de communes du Haut-Var",
    "territory": {"kind": "departement", "code": "83", "name": "Var"},
    "themes": ["eau"],
    "budget": 200000,
    "trl_min": 6,
    "deadline": "2027-12-31",
    "status": "open",
}
CHALLENGE_EN: Final[dict[str, Any]] = {
    "id": "challenge-fire-01",
    "title": "See a wildfire start",
    "text": _FIRES,
    "language": "en",
    "themes": ["wildfire"],
    "status": "open",
}
SOLUTION_FR: Final[dict[str, Any]] = {
    "id": "solution-ecoute",
    "name": "Écoute d’eau",
    "text": _PITCH,
    "language": "fr",
    "organisation": "Écoute SAS",
    "siren": "123456789",
    "kind": "startup",
    "themes": ["eau"],
    "trl": 8,
    "price": 150000,
}
SOLUTION_EN: Final[dict[str, Any]] = {
    "id": "solution-lookout",
    "name": "Lookout",
    "text": "Solar cameras on masts see smoke above a forest in two minutes and tell the fire brigade by radio.",
    "language": "en",
    "kind": "sme",
    "themes": ["wildfire"],
    "trl": 7,
}

_SOLUTION_VIEW: Final[dict[str, Any]] = {
    "id": "solution-ecoute",
    "name": "Écoute d’eau",
    "organisation": "Écoute SAS",
    "kind": "startup",
    "language": "fr",
    "themes": ["eau"],
    "trl": 8,
    "price": 150000.0,
}
_CHALLENGE_VIEW: Final = {name: CHALLENGE_FR[name] for name in ("id", "title", "text", "language")}
MATCH_ANSWER_FR: Final[dict[str, Any]] = {
    "challenge": _CHALLENGE_VIEW,
    "proposals": [
        {
            "rank": 1,
            "challenge_id": "defi-eau-01",
            "solution": _SOLUTION_VIEW,
            "fit": 0.81,
            "verdict": "strong",
            "scores": {"dense": 0.83, "lexical": 6.2},
            "evidence": [{"challenge": _WATER, "solution": _PITCH, "similarity": 0.84}],
            "coverage": [{"requirement": _WATER, "addressed": True, "sentence": _PITCH, "similarity": 0.84}],
            "matched_terms": ["eau", "fuites", "réseau"],
            "eligibility": {
                "eligible": True,
                "reasons": [
                    {
                        "constraint": "trl_min",
                        "verdict": "met",
                        "required": 6,
                        "found": 8,
                        "message": "TRL 8 : atteint le minimum demandé (6)",
                    }
                ],
            },
        }
    ],
    "excluded": [],
    "no_good_match": False,
    "snapshot": "3f1c9a0b",
    "model": "e5-small",
}
MATCH_ANSWER_EN: Final[dict[str, Any]] = {
    "challenge": {"id": "challenge-fire-01", "title": "See a wildfire start", "text": _FIRES, "language": "en"},
    "proposals": [],
    "excluded": [],
    "no_good_match": True,
    "snapshot": "3f1c9a0b",
    "model": "e5-small",
}
SELF_CHECK_ANSWER_FR: Final[dict[str, Any]] = {
    "pitch": _PITCH,
    "language": "fr",
    "challenges": [
        {
            "rank": 1,
            "challenge": _CHALLENGE_VIEW,
            "fit": 0.81,
            "verdict": "strong",
            "evidence": [{"challenge": _WATER, "solution": _PITCH, "similarity": 0.84}],
            "coverage": [{"requirement": _WATER, "addressed": True, "sentence": _PITCH, "similarity": 0.84}],
            "matched_terms": ["eau", "fuites", "réseau"],
            "eligibility": {"eligible": True, "reasons": []},
            "standing": {"from": 1, "to": 5, "of": 2157},
        }
    ],
    "excluded": [],
    "no_good_match": False,
    "snapshot": "3f1c9a0b",
    "model": "e5-small",
}
SELF_CHECK_ANSWER_EN: Final[dict[str, Any]] = {
    "pitch": SELF_CHECK_QUERIES[1]["text"],
    "language": "en",
    "challenges": [],
    "excluded": [],
    "no_good_match": True,
    "snapshot": "3f1c9a0b",
    "model": "e5-small",
}


def named(french: dict[str, Any], english: dict[str, Any]) -> dict[str, Any]:
    """Two examples as OpenAPI names them."""
    return {"fr": {"summary": "En français", "value": french}, "en": {"summary": "In English", "value": english}}
