"""Fits the weights of the semantic ranker on training people: `python -m credence.replay.fit`."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from credence.inference.words import WordEncoder
from credence.replay.bundled import remembered
from credence.replay.crowd import LEAST, crowd_of
from credence.replay.encoded import Encode, RememberedEncoder, encode_domain
from credence.replay.errors import ReplayError
from credence.replay.fitting import Question, examples, fitted, settings, unseen_domains
from credence.replay.loaders.instructrec import load_domains, load_training_targets
from credence.replay.people import Domain, Interaction
from credence.replay.positions import positions
from credence.replay.questions import put
from credence.replay.split import EXAM_ONLY

_SHIPPED = Path(__file__).parents[1] / "planner" / "ranking" / "weights.json"


async def fitted_document(
    domains: Sequence[Domain],
    targets: Mapping[str, Mapping[str, Interaction]],
    encoder: RememberedEncoder,
    words: Encode,
    *,
    seed: int,
    command: str,
) -> dict[str, Any]:
    """The contents of `weights.json`; the same data and seed give the same document."""
    asked: list[Question] = []
    for domain in domains:
        encoded = encode_domain(domain, encoder)
        crowd = crowd_of(encoded, targets.get(domain.name, {}), words)
        found = positions(domain, seed=seed)
        asked += [one async for one in put(found, encoded, encoder, crowd)]
    kinds = examples(asked)
    names = sorted({one.domain for one in asked})
    counted = {
        table: {
            name: int(((one.domains == name) & one.full).sum())
            for name in names
            if name in one.domains
        }
        for table, one in kinds.items()
    }
    provenance = {
        "command": command,
        "seed": seed,
        "split": "training half of each domain's people, see credence.replay.split",
        "others": f"at least {LEAST} people, oneself left out, see credence.replay.crowd",
        **settings(),
        "training_choices": counted,
        "fitted_on_the_other_domains": unseen_domains(kinds),
    }
    return fitted(kinds) | {"provenance": provenance}


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
        targets = load_training_targets(asked.data)
    except ReplayError as error:
        print(error, file=sys.stderr)
        return 1
    encoder = remembered(asked.cache)
    command = f"python -m credence.replay.fit --data {asked.data.name} --seed {asked.seed}"
    made = fitted_document(
        domains, targets, encoder, WordEncoder().encode, seed=asked.seed, command=command
    )
    document = asyncio.run(made)
    asked.out.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(document, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
