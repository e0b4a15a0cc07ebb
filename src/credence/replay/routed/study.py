"""What routing is worth on exam people: `python -m credence.replay.routed.study`.

Every domain, both lists, with and without the instruction: plain semantic matching, the linear
ranker, each part of the routed model by itself, and the whole; paired differences from the linear
ranker, from matching and from the best single expert.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from credence.app.listing import list_case
from credence.inference.encoder import SentenceEncoder
from credence.inference.errors import ModelError
from credence.inference.listwise.bundle import Bundle, read, shipped
from credence.inference.listwise.case import ListCase
from credence.inference.listwise.ranking import ablations
from credence.inference.words import WordEncoder
from credence.memory.lifecycle.draft import Rules
from credence.planner.ranking.semantic import SemanticRanker
from credence.planner.ranking.weights import Weights
from credence.replay.crowd import crowd_of
from credence.replay.encoded import RememberedEncoder, encode_domain
from credence.replay.errors import ReplayError
from credence.replay.loaders.instructrec import load_domains, load_training_targets
from credence.replay.markdown import gap, plain, publish
from credence.replay.routed.train import linear_of
from credence.replay.sitting import Sitting, System, ranking_case
from credence.replay.study import Exam, Negatives, examinees, live_people, sit
from credence.replay.systems.credence import Credence
from credence.replay.systems.encoder import Encoder
from credence.replay.systems.seated import Seated

LINEAR = "linear ranker"
WHOLE = "selection and complement"
_MATCHING = {True: "encoder instruction, plain", False: "encoder history, plain"}


class Part:
    """One part of a routed model as a system under test."""

    def __init__(self, name: str, logs: Callable[[ListCase], NDArray[np.float64]]) -> None:
        self.name = name
        self._logs = logs

    async def score(self, sitting: Sitting) -> NDArray[np.float64]:
        """Log-probabilities (N,)."""
        case = ranking_case(sitting, rules=Rules())
        return self._logs(list_case(case, np.ones((1, case.pieces), dtype=np.bool_)))


async def exams(
    data: Path,
    bundle: Bundle,
    encoder: RememberedEncoder,
    *,
    seed: int,
    linear: Weights | None = None,
    only: Collection[str] = (),
) -> list[Exam]:
    """Every exam of every domain, or of some, under all systems. Raises ReplayError.

    `linear` are the weights to compare with; the shipped ones by default.
    """
    words = RememberedEncoder(WordEncoder().encode)
    targets, found = load_training_targets(data), []
    compared = Credence(SemanticRanker(linear), rules=Rules(), name=LINEAR)
    parts = [Part(name, logs) for name, logs in ablations(bundle).items()]
    for domain in load_domains(data):
        if only and domain.name not in only:
            continue
        encoded = encode_domain(domain, encoder)
        crowd = crowd_of(encoded, targets.get(domain.name, {}), words)
        lived = await live_people(encoded, encoder, rules=Rules())
        encoder([p.instruction for p in examinees(encoded) if p.instruction])  # in one pass
        plain_encoder = Encoder(encoded, encoder)
        for asked in (True, False):
            nearest = plain_encoder.by_instruction if asked else plain_encoder.by_history
            systems: list[System] = [Seated(_MATCHING[asked], nearest), compared, *parts]
            for negatives in (Negatives.MATCHED, Negatives.RANDOM):
                exam = await sit(
                    encoded,
                    lived,
                    encoder,
                    systems,
                    negatives=negatives,
                    asked=asked,
                    seed=seed,
                    crowd=crowd,
                    words=words,
                )
                if exam is not None:
                    found.append(exam)
    return found


def report(found: Sequence[Exam], *, seed: int) -> str:
    """Tables in Markdown: the whole against what it must not lose to, then every part."""
    return "\n".join([*_summary(found, seed), *(line for e in found for line in _table(e, seed))])


def _summary(found: Sequence[Exam], seed: int) -> Iterator[str]:
    yield f"| exam | n | measure | {WHOLE} | less {LINEAR} | less matching | less best expert |"
    yield "|---|---|---|---|---|---|---|"
    for exam in found:
        names = list(exam.ranks)
        others = ("router", "reward")
        experts = [n for n in names if n.endswith(" alone") and not n.startswith(others)]
        for measure in ("HR@1", "NDCG@5"):
            best = exam.best(experts, measure)
            gaps = (
                gap(exam.difference(WHOLE, other, measure, seed=seed))
                for other in (LINEAR, names[0], best)
            )
            ours = exam.measured(WHOLE, measure, seed=seed)
            yield (
                f"| {_title(exam)} | {len(exam.user_ids)} | {measure} | {plain(ours)} "
                f"| {' | '.join(gaps)} ({best.removesuffix(' alone')}) |"
            )
    yield ""


def _table(exam: Exam, seed: int) -> Iterator[str]:
    yield f"#### {_title(exam)}\n"
    yield f"{len(exam.user_ids)} people, exam `{exam.sha256[:12]}`.\n"
    yield f"| system | HR@1 | less {LINEAR} | NDCG@5 | less {LINEAR} |"
    yield "|---|---|---|---|---|"
    for system in exam.ranks:
        cells = []
        for measure in ("HR@1", "NDCG@5"):
            cells.append(plain(exam.measured(system, measure, seed=seed)))
            less = exam.difference(system, LINEAR, measure, seed=seed)
            cells.append("" if system == LINEAR else gap(less))
        yield f"| {system} | {' | '.join(cells)} |"
    yield ""


def _title(exam: Exam) -> str:
    asked = "with instruction" if exam.asked else "without instruction"
    return f"{exam.domain}, {exam.negatives}, {asked}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure every domain of the folder given and print or write the tables; the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m credence.replay.routed.study", description=__doc__
    )
    parser.add_argument("--data", type=Path, required=True, help="folder of InstructRec domains")
    parser.add_argument("--model", type=Path, default=shipped(), help="folder of a routed model")
    parser.add_argument("--only", nargs="+", default=(), help="domains to measure, not all")
    parser.add_argument(
        "--same-domains",
        action="store_true",
        help="compare with a linear ranker fitted on the domains that the model was trained on",
    )
    parser.add_argument("--out", type=Path, help="Markdown file to write; printed otherwise")
    parser.add_argument("--seed", type=int, default=0, help="of ties and intervals")
    parser.add_argument("--cache", type=Path, help="folder that keeps encoded texts between runs")
    asked = parser.parse_args(arguments)
    encoder = RememberedEncoder(SentenceEncoder().encode, asked.cache)
    try:
        bundle = read(asked.model)
        linear = linear_of(asked.model) if asked.same_domains else None
        found = asyncio.run(
            exams(asked.data, bundle, encoder, seed=asked.seed, linear=linear, only=asked.only)
        )
    except (ReplayError, ModelError) as error:
        print(error, file=sys.stderr)
        return 1
    header = (
        f"Exam people only; model {bundle.version}; seed {asked.seed}; 95% bootstrap intervals, "
        "10,000 resamples; paired differences, in bold where the interval leaves out 0.\n"
    )
    publish(header, report(found, seed=asked.seed), out=asked.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
