"""How much of a figure rests on what others did later, and what the clock could tell a ranker.

    python -m scripts.clock --data FOLDER [--domain NAME] [--cache FOLDER] [--seed N]

Domains whose interactions have times of their own alone: where everybody who chose an item did so
on one day, the times are the items', as of books on the day they came out. Two tables in Markdown
for each, HR@1 and NDCG@5 of people's means, 95% bootstrap over people, differences paired:

Hindsight: people before both lists of the data, ranked by the rankers that ship, with others' say
of all times (as replays have it), of what they had done by the time of the choice, and by the
person's latest event before it. It is the say alone: lists are the same, with items that nobody
had chosen by then. When exam people chose is not known, so the second is of training people, whom
the rankers have learnt from.

Lately: choices of training people, earlier ones too, with others' say of all times and by the
choice; besides the lists that training draws, each choice is put among items that others, too, had
chosen in the month before it. The rankers that ship, which learnt from these people with others'
say of all times, and linear rankers fitted to what is shown: without the order in which others
chose, with it, and with how lately they chose each item. They are fitted in five folds of people,
so that they rank nobody by what was learnt from them.
"""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

from credence.inference.words import WordEncoder
from credence.replay.bundled import remembered
from credence.replay.crowd import crowd_of
from credence.replay.encoded import RememberedEncoder, encode_domain
from credence.replay.exam.donors import donors_of
from credence.replay.loaders.instructrec import load_domains, load_training_targets
from scripts.clock.hindsight import hindsight
from scripts.clock.lately import lately
from scripts.clock.told import World, times_are_of_items


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m scripts.clock")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--domain")
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    encoder, words = remembered(chosen.cache), RememberedEncoder(WordEncoder().encode)
    targets = load_training_targets(chosen.data)
    for domain in load_domains(chosen.data):
        if chosen.domain not in (None, domain.name):
            continue
        own = targets.get(domain.name, {})
        donors = donors_of(domain, own)
        if any(done.timestamp is None for story in donors.values() for done in story):
            print(f"{domain.name}: its interactions have no times", flush=True)
            continue
        if times_are_of_items(donors):
            print(f"{domain.name}: its times are those of its items, not of choices", flush=True)
            continue
        encoded = encode_domain(domain, encoder)
        world = World(
            encoded=encoded,
            encoder=encoder,
            words=words,
            crowd=crowd_of(encoded, own, words),
            donors=donors,
            targets=own,
            seed=chosen.seed,
        )
        asyncio.run(hindsight(world))
        asyncio.run(lately(world))


if __name__ == "__main__":
    main()
