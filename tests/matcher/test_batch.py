import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.records import Challenge
from matcher import Matcher
from matcher.batch import FILES, MANIFEST, BatchReport, cap_per_solution, run_batch
from matcher.errors import BatchError, InvalidFilter, NoSnapshot, UnknownId
from matcher.filters import Filters
from matcher.partial_results import PARTIAL
from matcher.results import MatchResult, Proposal, Status
from tests.encoders import HashingEncoder
from tests.matcher.corpus import WORDS, some_solutions
from tests.matcher.examples import proposal, result

CHALLENGES = [
    Challenge(id=f"c{number}", title=f"Défi {number}", text="Un besoin.", language="fr") for number in range(6)
]
CLOSED = Challenge(id="c9", title="Fini", status="closed")


class Records:
    def __init__(self, challenges: list[Challenge]) -> None:
        self.held = challenges

    def challenges(self) -> list[Challenge]:
        return self.held


class SlowMatcher:
    """Answers from a small table, notes what it was asked, and may die on the way or wait."""

    def __init__(self, snapshot: str | None = "snap-1", dies_at: str | None = None, pause: float = 0) -> None:
        self.store = Records([*CHALLENGES, CLOSED])
        self.snapshot, self.dies_at, self.pause = snapshot, dies_at, pause
        self.asked: list[str] = []

    def status(self) -> Status:
        return Status(
            workspace="w", database="d", schema_version="1", challenges=7, solutions=3, snapshot=self.snapshot,
            snapshot_created=None, snapshot_solutions=3, snapshot_challenges=7, stale=False, model="model-1",
            fingerprint="f", calibrated=True, vectors=0, healthy=True,
        )  # fmt: skip

    def match_many(
        self, challenges: Sequence[Challenge], *, top: int, filters: Filters, lang: str, diverse: bool = False
    ) -> Iterator[MatchResult]:
        for challenge in challenges:
            if challenge.id == self.dies_at:
                raise RuntimeError("power cut")
            time.sleep(self.pause)
            self.asked.append(challenge.id)
            yield answer(challenge, top)


def answer(challenge: Challenge, top: int = 10) -> MatchResult:
    number = int(challenge.id[1:])
    fits = sorted(((0.9 - 0.1 * number, "Alpha"), (0.5, "Bêta"), (0.1, "Gamma")), reverse=True)
    proposals = [
        proposal(rank, name, round(fit, 4), "strong" if fit > 0.7 else "plausible" if fit >= 0.5 else "weak", challenge)
        for rank, (fit, name) in enumerate(fits, start=1)
    ]
    return result(challenge, proposals[:top])


def contents(out: Path) -> dict[str, bytes]:
    return {name: (out / name).read_bytes() for name in FILES}


def manifest(out: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((out / MANIFEST).read_text(encoding="utf-8"))
    return content


class TestRun:
    def test_every_open_challenge_is_matched_and_written(self, tmp_path: Path) -> None:
        seen: list[int] = []
        report = run_batch(SlowMatcher(), "2027-Q1", tmp_path / "out", per_challenge=2, progress=seen.append)
        assert (report.challenges, report.proposals, report.resumed, report.unanswered) == (6, 12, 0, 0)
        assert sum(seen) == 6
        assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted([*FILES, MANIFEST])
        lines = [
            json.loads(line) for line in (tmp_path / "out/proposals.jsonl").read_text(encoding="utf-8").splitlines()
        ]
        assert [line["challenge_id"] for line in lines[:3]] == ["c0", "c0", "c1"]
        assert {"rank", "solution", "fit", "verdict", "evidence", "eligibility"} <= lines[0].keys()
        assert "Réunion 2027-Q1" in (tmp_path / "out/proposals.html").read_text(encoding="utf-8")
        assert BatchReport.model_validate_json(report.model_dump_json()) == report

    def test_the_manifest_says_what_was_run(self, tmp_path: Path) -> None:
        run_batch(SlowMatcher(), "2027-Q1", tmp_path, per_challenge=2, filters=Filters(trl_min=4))
        said = manifest(tmp_path)
        assert said["finished"] is True
        assert (said["meeting"], said["snapshot"], said["model"], said["per_challenge"]) == (
            "2027-Q1",
            "snap-1",
            "model-1",
            2,
        )
        assert said["filters"]["trl_min"] == 4
        assert said["counts"] == {"challenges": 6, "proposals": 12, "unanswered": 0, "excluded": 0}
        assert [challenge["id"] for challenge in said["challenges"]] == [challenge.id for challenge in CHALLENGES]

    def test_running_again_gives_the_same_files(self, tmp_path: Path) -> None:
        run_batch(SlowMatcher(), "2027-Q1", tmp_path)
        before = contents(tmp_path)
        assert run_batch(SlowMatcher(), "2027-Q1", tmp_path).resumed == 0
        assert contents(tmp_path) == before

    def test_no_open_challenge_is_no_failure(self, tmp_path: Path) -> None:
        matcher = SlowMatcher()
        matcher.store.held = [CLOSED]
        report = run_batch(matcher, "2027-Q1", tmp_path)
        assert report.challenges == 0
        assert report.messages == ("Aucun défi ouvert à traiter.",)
        assert (tmp_path / "proposals.jsonl").read_bytes() == b""

    def test_a_challenge_without_words_stops_no_other(self, tmp_path: Path) -> None:
        matcher = SlowMatcher()
        matcher.store.held = [Challenge(id="c00", title="???"), CHALLENGES[0]]
        report = run_batch(matcher, "2027-Q1", tmp_path)
        assert matcher.asked == ["c0"]
        assert "1 défi sans aucun mot" in report.messages[0]


class TestWithTheEngine:
    @pytest.fixture
    def matcher(self, tmp_path: Path) -> Matcher:
        matcher = Matcher(tmp_path / "workspace", encoder=HashingEncoder())
        asked = [Challenge(id=f"c{n}", title="Fuite", text=" ".join(WORDS[n : n + 4]), trl_min=n) for n in range(1, 5)]
        matcher.store.write([*some_solutions(30), *asked, CLOSED])
        matcher.index()
        return matcher

    def test_a_batch_says_what_match_says(self, matcher: Matcher, tmp_path: Path) -> None:
        report = run_batch(matcher, "2027-Q1", tmp_path / "out", per_challenge=3)
        assert (report.challenges, report.proposals) == (4, 12)
        lines = (tmp_path / "out/proposals.jsonl").read_text(encoding="utf-8").splitlines()
        expected = [p for n in range(1, 5) for p in matcher.match_id(f"c{n}", top=3).proposals]
        assert [Proposal.model_validate_json(line) for line in lines] == expected

    def test_an_unknown_id_leaves_nothing_behind(self, matcher: Matcher, tmp_path: Path) -> None:
        with pytest.raises(UnknownId, match="nobody"):
            run_batch(matcher, "2027-Q1", tmp_path / "out", filters=Filters(only=("nobody",)))
        assert not (tmp_path / "out").exists()


class TestRefused:
    @pytest.mark.parametrize("meeting", ["2027", "2027-Q5", "Q1-2027", "2027-q1", "2027-Q1\n", ""])
    def test_meeting(self, tmp_path: Path, meeting: str) -> None:
        with pytest.raises(BatchError, match="2027-Q1"):
            run_batch(SlowMatcher(), meeting, tmp_path / "out")
        assert not (tmp_path / "out").exists()

    @pytest.mark.parametrize("limits", [{"per_challenge": 0}, {"per_solution": 0}])
    def test_limits(self, tmp_path: Path, limits: dict[str, int]) -> None:
        with pytest.raises(BatchError, match=f"{next(iter(limits))}=0"):
            run_batch(SlowMatcher(), "2027-Q1", tmp_path / "out", **limits)

    def test_a_file_where_the_folder_should_be(self, tmp_path: Path) -> None:
        (tmp_path / "out").write_text("here", encoding="utf-8")
        with pytest.raises(BatchError, match="is a file"):
            run_batch(SlowMatcher(), "2027-Q1", tmp_path / "out")

    def test_filters_are_checked_before_anything_is_written(self, tmp_path: Path) -> None:
        with pytest.raises(InvalidFilter):
            run_batch(SlowMatcher(), "2027-Q1", tmp_path / "out", filters=Filters(territory=("Atlantide",)))
        assert not (tmp_path / "out").exists()

    def test_no_snapshot(self, tmp_path: Path) -> None:
        with pytest.raises(NoSnapshot, match="matcher index"):
            run_batch(SlowMatcher(snapshot=None), "2027-Q1", tmp_path / "out")

    def test_language(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="'de'"):
            run_batch(SlowMatcher(), "2027-Q1", tmp_path / "out", lang="de")


class TestInterrupted:
    def interrupted(self, out: Path) -> None:
        with pytest.raises(RuntimeError, match="power cut"):
            run_batch(SlowMatcher(dies_at="c3"), "2027-Q1", out)

    def test_no_half_file_is_left_and_the_next_run_goes_on(self, tmp_path: Path) -> None:
        self.interrupted(tmp_path / "out")
        assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted([PARTIAL, MANIFEST])
        assert manifest(tmp_path / "out")["finished"] is False
        matcher = SlowMatcher()
        report = run_batch(matcher, "2027-Q1", tmp_path / "out")
        assert matcher.asked == ["c3", "c4", "c5"]
        assert report.resumed == 3
        assert "3 défis" in report.messages[0]
        run_batch(SlowMatcher(), "2027-Q1", tmp_path / "whole")
        assert contents(tmp_path / "out") == contents(tmp_path / "whole")
        assert not (tmp_path / "out" / PARTIAL).exists()

    def test_an_earlier_meeting_stays_whole_while_a_run_is_interrupted(self, tmp_path: Path) -> None:
        run_batch(SlowMatcher(), "2026-Q4", tmp_path)
        before = contents(tmp_path)
        self.interrupted(tmp_path)
        assert contents(tmp_path) == before

    def test_a_line_cut_short_is_matched_again(self, tmp_path: Path) -> None:
        self.interrupted(tmp_path)
        whole = (tmp_path / PARTIAL).read_bytes()
        (tmp_path / PARTIAL).write_bytes(whole[:-40])
        matcher = SlowMatcher()
        assert run_batch(matcher, "2027-Q1", tmp_path).resumed == 2
        assert matcher.asked == ["c2", "c3", "c4", "c5"]

    @pytest.mark.parametrize("garbage", [b"", b"\x00\xff\n", b"[1]\n", b'"text"\n', b'{"key": 3}\n{}\n'])
    def test_a_damaged_partial_file_is_started_over(self, tmp_path: Path, garbage: bytes) -> None:
        (tmp_path / PARTIAL).write_bytes(garbage)
        assert run_batch(SlowMatcher(), "2027-Q1", tmp_path).resumed == 0
        assert manifest(tmp_path)["finished"] is True

    @pytest.mark.parametrize(
        "other",
        [
            {"snapshot": "snap-2"},
            {"per_challenge": 3},
            {"lang": "en"},
            {"filters": Filters(trl_min=2)},
            {"meeting": "2027-Q2"},
        ],
    )
    def test_other_data_or_parameters_start_over_and_say_so(self, tmp_path: Path, other: dict[str, Any]) -> None:
        self.interrupted(tmp_path)
        options = {"meeting": "2027-Q1", **other}
        matcher = SlowMatcher(snapshot=options.pop("snapshot", "snap-1"))
        report = run_batch(matcher, options.pop("meeting"), tmp_path, **options)
        assert report.resumed == 0
        assert len(matcher.asked) == 6
        assert len(report.messages) == 1

    def test_another_calibration_of_the_model_starts_over(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.interrupted(tmp_path)
        monkeypatch.setattr("matcher.batch.checksum", lambda fingerprint: f"another for {fingerprint}")
        assert run_batch(SlowMatcher(), "2027-Q1", tmp_path).resumed == 0

    def test_a_challenge_that_changed_is_matched_again(self, tmp_path: Path) -> None:
        self.interrupted(tmp_path)
        matcher = SlowMatcher()
        changed = CHALLENGES[1].model_copy(update={"text": "Un autre besoin."})
        matcher.store.held = [CHALLENGES[0], changed, *CHALLENGES[2:]]
        assert run_batch(matcher, "2027-Q1", tmp_path).resumed == 2
        assert matcher.asked == ["c1", "c3", "c4", "c5"]

    @pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL on this system")
    def test_killed_for_real(self, tmp_path: Path) -> None:
        out = tmp_path / "out"
        code = (
            "from pathlib import Path; from matcher.batch import run_batch\n"
            "from tests.matcher.test_batch import SlowMatcher\n"
            f"run_batch(SlowMatcher(pause=0.1), '2027-Q1', Path({str(out)!r}))"
        )
        process = subprocess.Popen([sys.executable, "-c", code], cwd=Path(__file__).parents[2])
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and process.poll() is None:
            if (out / PARTIAL).exists() and (out / PARTIAL).read_bytes().count(b"\n") >= 3:
                break
            time.sleep(0.01)
        os.kill(process.pid, signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        assert not [name for name in FILES if (out / name).exists()]
        assert manifest(out)["finished"] is False
        matcher = SlowMatcher()
        report = run_batch(matcher, "2027-Q1", out)
        assert report.resumed >= 2
        assert len(matcher.asked) + report.resumed == 6
        run_batch(SlowMatcher(), "2027-Q1", tmp_path / "whole")
        assert contents(out) == contents(tmp_path / "whole")


class TestCapPerSolution:
    def test_the_best_fits_are_kept_and_the_rest_is_excluded_with_its_reason(self) -> None:
        capped, removed = cap_per_solution([answer(challenge) for challenge in CHALLENGES[:3]], 1)
        assert removed == 6
        assert [[p.solution.name for p in each.proposals] for each in capped] == [["Alpha", "Bêta", "Gamma"], [], []]
        assert not any(each.no_good_match for each in capped), "there is one, proposed elsewhere"
        assert [each.taken_elsewhere for each in capped] == [False, True, True]
        assert [out.solution.name for out in capped[1].excluded] == ["Alpha", "Bêta", "Gamma"]
        assert capped[1].excluded[0].reasons[0].constraint == "per_solution"
        assert capped[1].excluded[0].fit == answer(CHALLENGES[1]).proposals[0].fit
        assert "1 défi" in capped[1].excluded[0].reasons[0].message.replace("\u00a0", " ")

    @given(st.permutations(range(6)), st.integers(0, 6), st.integers(1, 4))
    def test_laws(self, order: list[int], count: int, most: int) -> None:
        results = [answer(CHALLENGES[number]) for number in order[:count]]
        capped, removed = cap_per_solution(results, most)
        names = [p.solution.name for each in capped for p in each.proposals]
        assert all(names.count(name) == min(most, len(results)) for name in set(names))
        assert len(names) + removed == 3 * len(results)
        assert sum(len(each.excluded) for each in capped) == removed
        for each in capped:
            assert [p.rank for p in each.proposals] == list(range(1, len(each.proposals) + 1))

    def test_it_is_reported(self, tmp_path: Path) -> None:
        report = run_batch(SlowMatcher(), "2027-Q1", tmp_path, per_solution=2)
        assert report.proposals == 6
        assert report.excluded == 12
        assert "12 propositions" in report.messages[0]
        assert manifest(tmp_path)["per_solution"] == 2
