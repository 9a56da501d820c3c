"""Whether the cited evidence is what the fit rests on: ``python -m benchmarks.faithfulness``.

For each written challenge and each of its first proposals whose pitch has ``FEWEST`` sentences or more, the pitch is
scored anew without the sentence that is cited first, and without one drawn at random from the others. Evidence is
faithful where the first loss is the larger (after DeYoung et al., "ERASER", 2020: comprehensiveness against chance).
"""

import argparse
import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from corpora import open_data
from matcher.answers import Asked
from matcher.evaluation import cached_encoder
from matcher.evidence import EvidenceFinder, Pitch, Request
from matcher.index import Index
from matcher.metrics import Estimate, bootstrap
from matcher.passages import split_passages
from matcher.queries import make_queries
from matcher.scoring import ForeignText, Ranker
from matcher.sentences import telling_sentences
from matcher.tokens import tokenize
from models.encoder import Encoder

FEWEST: Final = 3
FIRST: Final = 5
SEED: Final = 11


class Case(NamedTuple):
    """What the fit of one proposal for a challenge loses without the cited sentence, and without a random other one."""

    challenge: str
    cited: float
    other: float


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--model", default="default")
    parser.add_argument("--out", type=Path, help="JSON file to write")
    options = parser.parse_args(arguments)
    found = list(cases(cached_encoder(options.model)))
    faithful = share_of_faithful(found)
    losses = {name: float(np.mean([getattr(case, name) for case in found])) for name in ("cited", "other")}
    print(f"{len(found)} proposals: the cited sentence matters more in {faithful.value:.3f} of cases", end=" ")
    print(f"[{faithful.low:.3f}, {faithful.high:.3f}]; mean loss of fit {losses['cited']:.4f}, {losses['other']:.4f}")
    if options.out:
        options.out.write_text(
            json.dumps({"cases": len(found), **faithful._asdict(), "loss": losses}) + "\n", encoding="utf-8"
        )


def share_of_faithful(cases: Sequence[Case]) -> Estimate:
    """With the interval of resampled challenges, for the proposals of one challenge are alike."""
    by_challenge: dict[str, list[bool]] = {}
    for case in cases:
        by_challenge.setdefault(case.challenge, []).append(case.cited > case.other)
    shares = np.array([float(np.mean(each)) for each in by_challenge.values()])
    return bootstrap(shares, np.array([float(len(each)) for each in by_challenge.values()]))


def cases(encoder: Encoder) -> Iterator[Case]:
    """All cases of the bundled challenges and solutions."""
    index = Index.in_memory(open_data.solutions(), encoder)
    ranker = Ranker.of(index)
    finder = EvidenceFinder(ranker, encoder)
    chance = random.Random(SEED)  # noqa: S311
    asked = [Asked.of(challenge) for challenge in open_data.challenges()]
    queries = make_queries(encoder, [(each.text, each.language) for each in asked])
    for each, query, ranking in zip(asked, queries, ranker.rank_many(queries, FIRST), strict=True):
        solutions = [index.solution(int(row)) for row in ranking.rows]
        pitches = [Pitch.of(solution) for solution in solutions]
        grounds = finder.find(Request(query, each.prose), pitches)
        for pitch, ground in zip(pitches, grounds, strict=True):
            sentences = telling_sentences(pitch.prose)
            if len(sentences) >= FEWEST and ground.evidence:
                cited = ground.evidence[0].solution
                other = chance.choice([sentence for sentence in sentences if sentence != cited])
                whole, without_cited, without_other = (
                    ranker.fit_of(query, _text(pitch, left_out, encoder))[2] for left_out in ("", cited, other)
                )
                yield Case(query.text, whole - without_cited, whole - without_other)


def _text(pitch: Pitch, left_out: str, encoder: Encoder) -> ForeignText:
    heading, body = pitch.prose
    kept = body.replace(left_out, " ") if left_out else body
    vectors = encoder.encode_solutions(split_passages(heading, kept))
    return ForeignText(vectors, tuple(tokenize(f"{heading}\n{kept}", pitch.language)), pitch.language)


if __name__ == "__main__":
    main()
