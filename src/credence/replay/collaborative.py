"""What other people's words and choices add: `python -m credence.replay.collaborative`.

Each domain's exam people, before both of their lists, ranked with everything and with one group of
signals off at a time; once by the shipped weights, where a signal that is off just weighs nothing,
and once by weights fitted anew for each row on the training people of that domain alone.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from credence.inference.encoder import SentenceEncoder
from credence.inference.words import WordEncoder
from credence.memory.lifecycle.draft import Rules
from credence.planner.ranking.semantic import SemanticRanker
from credence.planner.ranking.signals import SIGNALS
from credence.planner.ranking.weights import Weights, parse_weights, shipped_weights
from credence.replay.belief import Lived
from credence.replay.crowd import LEAST, Crowd, crowd_of
from credence.replay.encoded import EncodedDomain, RememberedEncoder, encode_domain
from credence.replay.errors import ReplayError
from credence.replay.fitting import Examples, examples, fitted
from credence.replay.loaders.goodreads_extra import load_more
from credence.replay.loaders.instructrec import (
    load_domains,
    load_item_names,
    load_training_targets,
)
from credence.replay.markdown import gap, plain, publish
from credence.replay.people import Interaction
from credence.replay.questions import questions
from credence.replay.split import EXAM_ONLY
from credence.replay.study import Exam, Negatives, examinees, live_people, sit
from credence.replay.systems.credence import Credence

EVERYTHING = "everything"
_EXTRA_OF = "reads"  # the domain whose books the people of --extra read
_OWN = frozenset({"history", "asked_history", "liked", "disliked", "chunk_likes", "chunk_dislikes"})
_COMPANY = frozenset({"company", "company_all"})
_OTHERS = frozenset({"others_words", "people", "others_liking"}) | _COMPANY


@dataclass(frozen=True, slots=True)
class Row:
    """A ranking with some signals off."""

    name: str
    off: frozenset[str] = frozenset()
    silent: bool = False  # without the instruction, by the weights for that
    asks: bool = False  # differs from the others only where there is an instruction


ROWS = (
    Row(EVERYTHING),
    Row("less others' words", frozenset({"others_words"}), asks=True),
    Row("less company", _COMPANY),
    Row("less number of people", frozenset({"people"})),
    Row("less others' liking", frozenset({"others_liking"})),
    Row("less own history and beliefs", _OWN),
    Row("less the instruction", silent=True, asks=True),
    Row("less all that others say and choose", _OTHERS),
    Row("instruction alone", _OTHERS | _OWN, asks=True),
    Row("instruction, others' words", (_OTHERS | _OWN) - {"others_words"}, asks=True),
    Row("instruction, others' words, own", _OTHERS - {"others_words"}, asks=True),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """Both exams of a domain under one kind of weights."""

    domain: str  # as shown
    weights: str
    least: int
    exams: tuple[Exam, ...]


async def studies(
    encoded: EncodedDomain,
    crowd: Crowd,
    encoder: RememberedEncoder,
    *,
    name: str,
    leasts: Sequence[int],
    seed: int,
) -> list[Study]:
    """A domain by shipped weights and, where there are training people, by its own."""
    lived = await live_people(encoded, encoder, rules=Rules())
    encoder([person.instruction for person in examinees(encoded) if person.instruction])
    found = []
    for least in leasts:
        kinds: dict[str, Mapping[str, Examples] | None] = {"shipped": None}
        if encoded.domain.name not in EXAM_ONLY:
            asked = [
                one async for one in questions(encoded, encoder, crowd, seed=seed, least=least)
            ]
            kinds["this domain's own"] = examples(asked)
        for weights, learnt in kinds.items():
            sat = await _sat(encoded, lived, encoder, crowd, learnt, least=least, seed=seed)
            found.append(Study(domain=name, weights=weights, least=least, exams=tuple(sat)))
    return found


async def _sat(
    encoded: EncodedDomain,
    lived: Mapping[str, Lived],
    encoder: RememberedEncoder,
    crowd: Crowd,
    learnt: Mapping[str, Examples] | None,
    *,
    least: int,
    seed: int,
) -> list[Exam]:
    asked = any(person.instruction is not None for person in examinees(encoded))
    systems = [
        Credence(
            SemanticRanker(row_weights(row, learnt)),
            rules=Rules(),
            name=row.name,
            without={"instruction"} if row.silent else (),
        )
        for row in ROWS
        if asked or not row.asks
    ]
    sat = [
        await sit(
            encoded,
            lived,
            encoder,
            systems,
            negatives=negatives,
            asked=asked,
            seed=seed,
            crowd=crowd,
            least=least,
        )
        for negatives in (Negatives.MATCHED, Negatives.RANDOM)
    ]
    return [exam for exam in sat if exam is not None]


def row_weights(row: Row, learnt: Mapping[str, Examples] | None) -> Weights:
    """The shipped weights with those of the row's signals at 0, or weights fitted without them."""
    if learnt is not None:
        return parse_weights(fitted(learnt, off=row.off))
    shipped = shipped_weights()
    on = np.array([signal not in row.off for signal in SIGNALS], dtype=np.float64)
    return replace(
        shipped,
        with_instruction=shipped.with_instruction * on,
        without_instruction=shipped.without_instruction * on,
    )


def report(found: Sequence[Study], *, seed: int) -> str:
    """Tables in Markdown: a summary, then each study with differences from everything on."""
    return "\n".join([*_summary(found, seed), *(line for s in found for line in _table(s, seed))])


def _summary(found: Sequence[Study], seed: int) -> Iterator[str]:
    yield "| domain | weights | least people | list | n | HR@1 | NDCG@5 |"
    yield "|---|---|---|---|---|---|---|"
    for study in found:
        for exam in study.exams:
            cells = [plain(exam.measured(EVERYTHING, m, seed=seed)) for m in ("HR@1", "NDCG@5")]
            yield (
                f"| {study.domain} | {study.weights} | {study.least} | {exam.negatives} "
                f"| {len(exam.user_ids)} | {' | '.join(cells)} |"
            )
    yield ""


def _table(study: Study, seed: int) -> Iterator[str]:
    yield f"#### {study.domain}, {study.weights} weights, at least {study.least} people\n"
    exams = study.exams
    sat = (f"{e.negatives}: {len(e.user_ids)} people, exam `{e.sha256[:12]}`" for e in exams)
    yield f"{'; '.join(sat)}.\n"
    heads = [f"{e.negatives} {m} | less everything" for e in exams for m in ("HR@1", "NDCG@5")]
    yield f"| signals | {' | '.join(heads)} |"
    yield f"|---|{'---|---|' * len(heads)}"
    for system in exams[0].ranks if exams else ():
        cells = []
        for exam in exams:
            for measure in ("HR@1", "NDCG@5"):
                cells.append(plain(exam.measured(system, measure, seed=seed)))
                less = exam.difference(system, EVERYTHING, measure, seed=seed)
                cells.append("" if system == EVERYTHING else gap(less))
        yield f"| {system} | {' | '.join(cells)} |"
    yield ""


async def _all(asked: argparse.Namespace) -> list[Study]:
    targets = load_training_targets(asked.data)
    encoder = RememberedEncoder(SentenceEncoder().encode, asked.cache)
    words, found = WordEncoder().encode, []
    for domain in load_domains(asked.data):
        encoded = encode_domain(domain, encoder)
        mores: dict[str, Mapping[str, Sequence[Interaction]]] = {domain.name: {}}
        if asked.extra is not None and domain.name == _EXTRA_OF:
            names = load_item_names(asked.data, domain.name)
            mores[f"{domain.name} and more people"] = load_more(asked.extra, domain, names)
        for name, more in mores.items():
            crowd = crowd_of(encoded, targets.get(domain.name, {}), words, more=more)
            found += await studies(
                encoded, crowd, encoder, name=name, leasts=asked.least, seed=asked.seed
            )
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure every domain of the folder given and print or write the tables; the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m credence.replay.collaborative", description=__doc__
    )
    parser.add_argument("--data", type=Path, required=True, help="folder of InstructRec domains")
    parser.add_argument("--extra", type=Path, help="folder of goodreads_extra: donors for reads")
    parser.add_argument(
        "--least", type=int, nargs="+", default=[LEAST], help="people behind all that is told"
    )
    parser.add_argument("--out", type=Path, help="Markdown file to write; printed otherwise")
    parser.add_argument("--seed", type=int, default=0, help="of positions, ties and intervals")
    parser.add_argument("--cache", type=Path, help="folder that keeps encoded texts between runs")
    asked = parser.parse_args(arguments)
    try:
        found = asyncio.run(_all(asked))
    except ReplayError as error:
        print(error, file=sys.stderr)
        return 1
    header = (
        f"Exam people only; seed {asked.seed}; 95% bootstrap intervals, 10,000 resamples; paired "
        "differences, in bold where the interval leaves out 0.\n"
    )
    publish(header, report(found, seed=asked.seed), out=asked.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
