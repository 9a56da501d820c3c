"""Whether the cited evidence is what the fit rests on: ``python -m benchmarks.faithfulness``.

For each written challenge and each of its first proposals whose pitch has ``FEWEST`` sentences or more, the pitch is
scored anew without the sentence that is cited first, and without each of the others. Evidence is faithful where the
first loss is larger than that without another drawn at random, so in the share of the others without which less is
lost (after DeYoung et al., "ERASER", 2020: comprehensiveness against chance).
The laureates are short: the same is measured on aids for local authorities of several passages, with their needs.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from benchmarks.bundled import read_set
from corpora import open_data
from corpora.records import Solution
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
NEEDS: Final = 60
"""Needs that are asked of the aids."""


class Case(NamedTuple):
    """What the fit of one proposal for a challenge loses without the cited sentence, and without the others on average.

    ``faithful`` is the share of the others without which it loses less.
    """

    challenge: str
    cited: float
    others: float
    faithful: float


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--model", default="default")
    parser.add_argument("--out", type=Path, help="JSON file to write")
    options = parser.parse_args(arguments)
    encoder = cached_encoder(options.model)
    measured = {}
    for kind, cases_of in (("laureates", of_laureates), ("long aids", of_long_aids)):
        found = cases_of(encoder)
        faithful = share_of_faithful(found)
        losses = {name: float(np.mean([getattr(case, name) for case in found])) for name in ("cited", "others")}
        print(
            f"{kind}, {len(found)} proposals: the cited sentence matters more in {faithful.value:.3f} of cases", end=" "
        )
        print(
            f"[{faithful.low:.3f}, {faithful.high:.3f}]; mean loss of fit {losses['cited']:.4f}, {losses['others']:.4f}"
        )
        measured[kind] = {"cases": len(found), **faithful._asdict(), "loss": losses}
    if options.out:
        options.out.write_text(json.dumps(measured) + "\n", encoding="utf-8")


def of_laureates(encoder: Encoder) -> list[Case]:
    """The written challenges and the laureates."""
    asked = [Asked.of(challenge) for challenge in open_data.challenges()]
    return list(cases(encoder, open_data.solutions(), asked))


def of_long_aids(encoder: Encoder) -> list[Case]:
    """Needs and the aids for local authorities that are longer than a passage."""
    aids = read_set("aid_needs")
    parts = [(each.id, *each.text.split(". ", maxsplit=1)) for each in aids.documents]  # the name, then the text
    long = [
        Solution(id=one, name=name, text=text, language="fr")
        for one, name, text in parts
        if len(split_passages(name, text)) > 1
    ]
    asked = [Asked.of(need) for need in list(aids.queries.values())[:NEEDS]]
    return list(cases(encoder, long, asked))


def share_of_faithful(cases: Sequence[Case]) -> Estimate:
    """With the interval of resampled challenges, for the proposals of one challenge are alike."""
    by_challenge: dict[str, list[float]] = {}
    for case in cases:
        by_challenge.setdefault(case.challenge, []).append(case.faithful)
    shares = np.array([float(np.mean(each)) for each in by_challenge.values()])
    return bootstrap(shares, np.array([float(len(each)) for each in by_challenge.values()]))


def cases(encoder: Encoder, solutions: Sequence[Solution], asked: Sequence[Asked]) -> Iterator[Case]:
    """All cases of some challenges and solutions."""
    index = Index.in_memory(solutions, encoder)
    ranker = Ranker.of(index)
    finder = EvidenceFinder(ranker, encoder)
    queries = make_queries(encoder, [(each.text, each.language) for each in asked])
    for each, query, ranking in zip(asked, queries, ranker.rank_many(queries, FIRST), strict=True):
        pitches = [Pitch.of(index.solution(int(row))) for row in ranking.rows]
        grounds = finder.find(Request(query, each.prose), pitches)
        for pitch, ground in zip(pitches, grounds, strict=True):
            sentences = telling_sentences(pitch.prose)
            if len(sentences) >= FEWEST and ground.evidence:
                cited = ground.evidence[0].solution
                others = [sentence for sentence in sentences if sentence != cited]
                whole, without_cited, *without_others = (
                    ranker.fit_of(query, _text(pitch, left_out, encoder))[2] for left_out in ("", cited, *others)
                )
                less = float(np.mean([without > without_cited for without in without_others]))
                yield Case(query.text, whole - without_cited, whole - float(np.mean(without_others)), less)


def _text(pitch: Pitch, left_out: str, encoder: Encoder) -> ForeignText:
    heading, body = pitch.prose
    kept = body.replace(left_out, " ") if left_out else body
    vectors = encoder.encode_solutions(split_passages(heading, kept))
    return ForeignText(vectors, tuple(tokenize(f"{heading}\n{kept}", pitch.language)), pitch.language)


if __name__ == "__main__":
    main()
