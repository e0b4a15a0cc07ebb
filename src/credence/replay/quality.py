"""How well Credence ranks real people's next choice: `python -m credence.replay.quality`."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from credence.inference.encoder import SentenceEncoder
from credence.inference.words import WordEncoder
from credence.memory.lifecycle.draft import Rules
from credence.planner.ranking.semantic import SemanticRanker
from credence.replay.bootstrap import Interval
from credence.replay.crowd import Crowd, crowd_of
from credence.replay.encoded import Encode, EncodedDomain, RememberedEncoder, encode_domain
from credence.replay.errors import ReplayError
from credence.replay.loaders.instructrec import load_domains, load_training_targets
from credence.replay.people import Domain, Interaction
from credence.replay.report import plain, publish
from credence.replay.sitting import System
from credence.replay.study import Exam, Negatives, examinees, live_people, sit
from credence.replay.systems.credence import Credence
from credence.replay.systems.encoder import EncoderHistory, EncoderInstruction, Text
from credence.replay.systems.popularity import Popularity
from credence.replay.systems.tfidf import TfIdfHistory, TfIdfInstruction, TfIdfSpace

OURS = "Credence"
ALONE = "Credence, nobody else's say"
_SHOWN = ("HR@1", "NDCG@5")
_INSTRUCTION: tuple[System, ...] = tuple(EncoderInstruction(text) for text in Text)
_HISTORY: tuple[System, ...] = tuple(
    EncoderHistory(text, liked_only) for text in Text for liked_only in (False, True)
)


async def exams(
    encoded: EncodedDomain, encoder: RememberedEncoder, crowd: Crowd | None, *, seed: int
) -> list[Exam]:
    """Every exam that a domain allows: both lists, with and without instruction."""
    rules = Rules()
    lived = await live_people(encoded, encoder, rules=rules)
    encoder(
        [person.instruction for person in examinees(encoded) if person.instruction]
    )  # in one pass
    space = TfIdfSpace(encoded.domain)
    ranker = SemanticRanker()
    ours: list[System] = [
        Credence(ranker, rules=rules, name=ALONE, without={"others"}),
        Credence(ranker, rules=rules, name=OURS),
    ]
    without: list[System] = [Popularity(encoded.domain), TfIdfHistory(space), *_HISTORY, *ours]
    systems = {True: [TfIdfInstruction(space), *_INSTRUCTION, *without], False: without}
    found = [
        await sit(
            encoded,
            lived,
            encoder,
            systems[asked],
            negatives=negatives,
            asked=asked,
            seed=seed,
            crowd=crowd,
        )
        for asked in (True, False)
        for negatives in Negatives
    ]
    return [exam for exam in found if exam is not None]


def single_signals(exam: Exam) -> tuple[str, ...]:
    """The single signals of the encoder that this exam has."""
    names = [system.name for system in (*_INSTRUCTION, *_HISTORY)]
    return tuple(name for name in names if name in exam.ranks)


def report(found: Sequence[Exam], *, seed: int) -> str:
    """Tables in Markdown: each exam, and how Credence does against the best single signal."""
    return "\n".join([*_summary(found, seed), *(line for e in found for line in _table(e, seed))])


def _summary(found: Sequence[Exam], seed: int) -> Iterator[str]:
    yield "## Credence less the best single signal of the encoder\n"
    yield "The best is chosen in each exam by the measure itself, which favours the baseline.\n"
    yield "| exam | people | measure | best single signal | its value | Credence | difference | |"
    yield "|---|---|---|---|---|---|---|---|"
    for exam in found:
        for measure in _SHOWN:
            best = exam.best(single_signals(exam), measure)
            theirs = exam.measured(best, measure, seed=seed).mean
            ours = exam.measured(OURS, measure, seed=seed).mean
            gap = exam.difference(OURS, best, measure, seed=seed)
            yield (
                f"| {_title(exam)} | {len(exam.user_ids)} | {measure} | {best} | {theirs:.3f} "
                f"| {ours:.3f} | {_signed(gap)} | {_verdict(gap)} |"
            )
    yield ""


def _table(exam: Exam, seed: int) -> Iterator[str]:
    yield f"## {_title(exam)}\n"
    yield f"{len(exam.user_ids)} people, exam `{exam.sha256[:12]}`.\n"
    yield f"| system | {' | '.join(_SHOWN)} |"
    yield f"|---|{'---|' * len(_SHOWN)}"
    for system in exam.ranks:
        cells = (plain(exam.measured(system, measure, seed=seed)) for measure in _SHOWN)
        yield f"| {system} | {' | '.join(cells)} |"
    yield ""


def _title(exam: Exam) -> str:
    asked = "with instruction" if exam.asked else "without instruction"
    return f"{exam.domain}, {exam.negatives}, {asked}"


def _signed(value: Interval) -> str:
    return f"{value.mean:+.3f} [{value.low:+.3f}, {value.high:+.3f}]"


def _verdict(gap: Interval) -> str:
    if gap.above_zero:
        return "better"
    return "worse" if gap.below_zero else "no difference shown"


async def _all(
    domains: Sequence[Domain],
    targets: Mapping[str, Mapping[str, Interaction]],
    encoder: RememberedEncoder,
    words: Encode,
    *,
    seed: int,
) -> list[Exam]:
    found = []
    for domain in domains:
        encoded = encode_domain(domain, encoder)
        crowd = crowd_of(encoded, targets.get(domain.name, {}), words)
        found += await exams(encoded, encoder, crowd, seed=seed)
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure every domain of the folder given and print or write the tables; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m credence.replay.quality", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of InstructRec domains")
    parser.add_argument("--out", type=Path, help="Markdown file to write; printed otherwise")
    parser.add_argument("--seed", type=int, default=0, help="of ties and intervals")
    parser.add_argument("--cache", type=Path, help="folder that keeps encoded texts between runs")
    asked = parser.parse_args(arguments)
    try:
        domains, targets = load_domains(asked.data), load_training_targets(asked.data)
    except ReplayError as error:
        print(error, file=sys.stderr)
        return 1
    encoder = RememberedEncoder(SentenceEncoder().encode, asked.cache)
    words = WordEncoder().encode
    found = asyncio.run(_all(domains, targets, encoder, words, seed=asked.seed))
    header = f"Exam people only; seed {asked.seed}; 95% bootstrap intervals, 10,000 resamples.\n"
    publish(header, report(found, seed=asked.seed), out=asked.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
