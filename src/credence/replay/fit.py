"""Fits the weights of the semantic ranker on training people: `python -m credence.replay.fit`."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from credence.inference.encoder import SentenceEncoder
from credence.memory.lifecycle.draft import Rules
from credence.planner.ranking.signals import SIGNALS, signals
from credence.replay.belief import live
from credence.replay.conditional_logit import Choices, fit_choices, log_probabilities
from credence.replay.encoded import EncodedDomain, RememberedEncoder, encode_domain
from credence.replay.errors import ReplayError
from credence.replay.loaders.instructrec import load_domains
from credence.replay.positions import Position, positions
from credence.replay.sitting import Sitting, ranking_case
from credence.replay.split import EXAM_ONLY

_PENALTY = 0.01  # on weights a unit of scale
_STILL = 1e-9  # a spread that is rounding
_VERSION = "1"
_SHIPPED = Path(__file__).parents[1] / "planner" / "ranking" / "weights.json"

# Nats a unit of signal. A weight may not contradict the meaning of its signal, and what a person
# is believed to like or dislike has to move a list. The data do not ask for the last three: these
# people recorded what they chose, and hardly any of them chose what they dislike. Nor may a weight
# that was fitted on faint dislikes let one strong dislike throw a list over. What the bounds cost
# is in the log of measurements.
_BOUNDS = {
    "instruction": (0.0, np.inf),
    "history": (0.0, np.inf),
    "asked_history": (0.0, np.inf),
    "liked": (0.5, np.inf),
    "disliked": (-np.inf, -2.0),
    "chunk_likes": (4.0, np.inf),
    "chunk_dislikes": (-16.0, -8.0),
}
_OF_INSTRUCTION = ("instruction", "asked_history")  # signals that are 0 without one


@dataclass(frozen=True, slots=True, kw_only=True)
class _Examples:
    """Training choices of one kind, all domains together."""

    signals: NDArray[np.float64]  # (B, N, F)
    chosen: NDArray[np.int_]  # (B,)
    domains: NDArray[np.str_]  # (B,)

    def choices(self, scale: NDArray[np.float64], where: NDArray[np.bool_]) -> Choices:
        """Those `where` says, in units of `scale`, every domain with an equal share."""
        names, counts = np.unique(self.domains[where], return_counts=True)
        sizes = dict(zip(names, counts, strict=True))
        shares = np.array([1 / (len(names) * sizes[name]) for name in self.domains[where]])
        scaled = self.signals[where] / scale
        return Choices(signals=scaled, chosen=self.chosen[where], shares=shares)


async def _examples(
    encoded: Sequence[EncodedDomain], encoder: RememberedEncoder, *, asked: bool, seed: int
) -> _Examples:
    tables, chosen, domains = [], [], []
    for one in encoded:
        for position, table in await _tables(one, encoder, asked=asked, seed=seed):
            tables.append(table)
            chosen.append(position.chosen)
            domains.append(one.domain.name)
    return _Examples(
        signals=np.stack(tables), chosen=np.array(chosen, dtype=np.int_), domains=np.array(domains)
    )


async def _tables(
    encoded: EncodedDomain, encoder: RememberedEncoder, *, asked: bool, seed: int
) -> list[tuple[Position, NDArray[np.float64]]]:
    """Each position of a domain with its signals (N, F)."""
    rules, found = Rules(), positions(encoded.domain, seed=seed)
    if asked:
        found = tuple(position for position in found if position.instruction is not None)
        encoder([position.instruction or "" for position in found])  # all in one pass
    points: dict[str, set[int]] = {}
    for position in found:
        points.setdefault(position.person.user_id, set()).add(position.before)
    people = {position.person.user_id: position.person for position in found}
    lived = {
        user_id: await live(
            people[user_id].history, encoded, at=at, embed=encoder.embed, rules=rules
        )
        for user_id, at in points.items()
    }
    tables = []
    for position in found:
        instruction = position.instruction if asked else None
        sitting = Sitting(
            encoded=encoded,
            lived=lived[position.person.user_id][position.before],
            instruction=instruction,
            instruction_vector=None if instruction is None else encoder([instruction])[0],
            candidates=position.candidates,
        )
        case = ranking_case(sitting, rules=rules)
        keep = np.ones((1, len(case.chunks) + len(case.events)), dtype=np.bool_)
        tables.append((position, signals(case, keep)[:, 0].T))
    return tables


def _scale(examples: Sequence[_Examples]) -> NDArray[np.float64]:
    """Spread of each signal in a list (F,), over the lists that it moves; 1 if there is none."""
    spread = np.concatenate([one.signals.std(axis=1) for one in examples])  # (B, F)
    moved = spread > _STILL
    lists = moved.sum(axis=0)
    total = np.where(moved, spread, 0).sum(axis=0)
    return np.where(lists > 0, total / np.maximum(lists, 1), 1.0)


def _fitted(
    examples: _Examples, scale: NDArray[np.float64], where: NDArray[np.bool_], *, asked: bool
) -> NDArray[np.float64]:
    bounds = np.array([_BOUNDS[signal] for signal in SIGNALS]) * scale[:, None]
    if not asked:
        bounds[[SIGNALS.index(signal) for signal in _OF_INSTRUCTION]] = 0.0
    return fit_choices(
        examples.choices(scale, where), low=bounds[:, 0], high=bounds[:, 1], penalty=_PENALTY
    )


def _unseen_domains(
    examples: _Examples, scale: NDArray[np.float64], *, asked: bool
) -> dict[str, dict[str, float]]:
    """Each domain ranked by weights fitted on the others: log-loss and first places."""
    measured = {}
    for name in sorted(set(examples.domains.tolist())):
        held = examples.domains == name
        if held.all():
            continue
        weights = _fitted(examples, scale, ~held, asked=asked)
        logs = log_probabilities(examples.signals[held] / scale, weights)
        chosen = examples.chosen[held]
        first = float((logs.argmax(axis=1) == chosen).mean())
        loss = float(-logs[np.arange(len(chosen)), chosen].mean())
        measured[name] = {"hit_rate_at_1": round(first, 4), "log_loss": round(loss, 4)}
    return measured


async def fitted_document(
    encoded: Sequence[EncodedDomain], encoder: RememberedEncoder, *, seed: int, command: str
) -> dict[str, Any]:
    """The contents of `weights.json`; the same data and seed give the same document."""
    kinds = {
        "with_instruction": await _examples(encoded, encoder, asked=True, seed=seed),
        "without_instruction": await _examples(encoded, encoder, asked=False, seed=seed),
    }
    scale = _scale(list(kinds.values()))
    document: dict[str, Any] = {"version": _VERSION, "scale": _named(scale)}
    for kind, examples in kinds.items():
        everyone = np.ones(len(examples.chosen), dtype=np.bool_)
        asked = kind == "with_instruction"
        document[kind] = _named(_fitted(examples, scale, everyone, asked=asked))
    document["provenance"] = {
        "command": command,
        "seed": seed,
        "split": "training half of each domain's people, see credence.replay.split",
        "penalty": _PENALTY,
        "bounds_a_unit_of_signal": {
            name: [_json(b) for b in pair] for name, pair in _BOUNDS.items()
        },
        "training_choices": {
            kind: {name: int((e.domains == name).sum()) for name in sorted(set(e.domains.tolist()))}
            for kind, e in kinds.items()
        },
        "fitted_on_the_other_domains": {
            kind: _unseen_domains(e, scale, asked=kind == "with_instruction")
            for kind, e in kinds.items()
        },
    }
    return document


def _named(values: NDArray[np.float64]) -> dict[str, float]:
    return {signal: round(float(v), 6) for signal, v in zip(SIGNALS, values, strict=True)}


def _json(bound: float) -> float | None:
    return float(bound) if np.isfinite(bound) else None


def main(arguments: Sequence[str] | None = None) -> int:
    """Fit on the folder given and write the weights; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m credence.replay.fit", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of InstructRec domains")
    parser.add_argument("--out", type=Path, default=_SHIPPED, help="where the weights go")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--cache", type=Path, help="folder that keeps encoded texts between runs")
    asked = parser.parse_args(arguments)
    try:
        domains = [d for d in load_domains(asked.data) if d.name not in EXAM_ONLY]
    except ReplayError as error:
        print(error, file=sys.stderr)
        return 1
    encoder = RememberedEncoder(SentenceEncoder().encode, asked.cache)
    encoded = [encode_domain(domain, encoder) for domain in domains]
    command = f"python -m credence.replay.fit --data {asked.data.name} --seed {asked.seed}"
    document = asyncio.run(fitted_document(encoded, encoder, seed=asked.seed, command=command))
    asked.out.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(document, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
