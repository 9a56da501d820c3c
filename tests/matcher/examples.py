"""Results to show: small, and with everything that a page or sheet must cope with."""

import datetime as dt

from corpora.records import Challenge, Solution, Territory, TerritoryKind
from matcher.eligibility import judge
from matcher.filters import Filters
from matcher.results import (
    ChallengeView,
    Coverage,
    Evidence,
    Excluded,
    MatchResult,
    Proposal,
    SolutionView,
    VerdictOfFit,
)

FIRE = Challenge(
    id="defi-01",
    title="Repérer un départ de feu",
    text="Le massif couvre la moitié du département. " * 12,
    language="fr",
    territory=Territory(kind=TerritoryKind.DEPARTEMENT, code="83"),
    themes=("incendies",),
    budget=450_000,
    trl_min=7,
    deadline=dt.date(2027, 5, 31),
    hosting="UE",
)
WATER = Challenge(id="defi-02", title="<b>Eau</b> & nappe", text="La nappe baisse.", language="fr")
HOSTILE = "=cmd|' /C calc'!A0 <script>alert(1)</script>"
COVERAGE = (
    Coverage(requirement="voir de nuit", addressed=True, sentence="Elles voient dans le noir.", similarity=0.8123),
    Coverage(requirement="deux visites par an", addressed=False, similarity=0.4),
)
SEEN = Evidence(challenge="Voir les fumées.", solution="Nos caméras voient les fumées.", similarity=0.8766)


def view(name: str, **values: object) -> SolutionView:
    return SolutionView.model_validate({"id": f"id-{name}", "name": name, **values})


def proposal(
    rank: int, name: str, fit: float, verdict: VerdictOfFit, challenge: Challenge = FIRE, **values: object
) -> Proposal:
    solution = Solution(id=f"id-{name}", name=name, trl=8)
    return Proposal(
        rank=rank,
        challenge_id=challenge.id,
        solution=view(name, **values),
        fit=fit,
        verdict=verdict,
        scores={"dense": 0.8, "lexical": 3.5},
        evidence=(SEEN,),
        coverage=COVERAGE,
        matched_terms=("fumées", "massif"),
        eligibility=judge(solution, Filters(), "fr", challenge),
    )


def result(challenge: Challenge, proposals: list[Proposal], excluded: tuple[Excluded, ...] = ()) -> MatchResult:
    return MatchResult(
        challenge=ChallengeView(
            id=challenge.id, title=challenge.title, text=challenge.text, language=challenge.language
        ),
        proposals=tuple(proposals),
        excluded=excluded,
        no_good_match=all(proposal.verdict == "weak" for proposal in proposals),
        snapshot="snapshot-1",
        model="model-1",
    )


def answered() -> MatchResult:
    out = judge(Solution(id="id-Cher", name="Cher", price=900_000, trl=3), Filters(), "fr", FIRE)
    return result(
        FIRE,
        [
            proposal(
                1, "Vigie", 0.874, "strong", kind="startup", organisation="Vigie SAS", url="https://vigie.example"
            ),
            proposal(2, HOSTILE, 0.61, "plausible", url="javascript:alert(1)", tagline=HOSTILE),
            proposal(3, "Brume", 0.55, "plausible", kind="sme", territory="Toulon"),
            proposal(4, "Dernier", 0.2, "weak"),
        ],
        (Excluded(solution=view("Cher", organisation="Cher SA"), rank=2, fit=0.34, reasons=out.reasons),),
    )


def unanswered() -> MatchResult:
    return result(WATER, [proposal(1, "Loin", 0.12, "weak", WATER)])
