"""What firm dislikes cost, and bring, that move lists down: `python -m scripts.steering.dislikes`.

Without `--data` made-up people who rated one topic of eight 1 of 5: the place of that topic in a
list of one item each, 8 being the last, by the ranker alone (the baseline) and under every rule;
where they ask for nothing, for anything good, and for that topic.

With `--data FOLDER --domain NAME` people of the training half, and of these alone, before what they
chose: HR@1 and NDCG@5 under each rule less those of the ranker alone, over all lists. And what a
rule brings: how many places fall what they took next and rated low, and what they rated high; and
of what they took next, the share of pairs of a low and a high rating that stand in the right order,
less that of the ranker alone. A person's mean, then the mean over people, 95% bootstrap. The
shipped networks were trained on these people: by themselves they do better than on others. Minutes
on one core, most of them for encoding, which `--cache` keeps.
"""

from __future__ import annotations

import argparse
import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray

from credence.app.rankers import default_ranker
from credence.inference.words import WordEncoder
from credence.planner.ranking.case import Ranker, RankingCase
from credence.replay.bootstrap import Interval, interval
from credence.replay.bundled import remembered
from credence.replay.crowd import crowd_of
from credence.replay.encoded import RememberedEncoder, encode_domain
from credence.replay.loaders.instructrec import load_domain, load_training_targets
from credence.replay.metrics.hit_rate import hit_rate
from credence.replay.metrics.ndcg import ndcg
from scripts.steering.made import ASKED, made_people
from scripts.steering.recorded import HIGH, LOW, Kind, Stood, recorded, silent
from scripts.steering.rules import ALONE, rules

Scores: TypeAlias = NDArray[np.float64]
Values: TypeAlias = dict[str, dict[str, dict[str, list[float]]]]  # by measure, rule and person
_MOVED = 0.01  # nats; a list of which none is moved further is the ranker's own


async def made(ranker: Ranker, encoder: RememberedEncoder, words: RememberedEncoder) -> None:
    """Print the places of what was rated low."""
    ruled = rules(ranker)
    places: dict[tuple[str, str], dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    async for one in made_people(encoder, words):
        for name, rule in ruled.items():
            here = place(await _scores(rule, one.case), one.topic)
            places[one.asked, name][one.kind].append(here)
    for asked in ASKED:
        kinds = list(places[asked, ALONE])
        print(f"\n| {ranker.name}, asked for {asked} | {' | '.join(kinds)} |")
        print(f"| --- |{' --- |' * len(kinds)}")
        for name in ruled:
            cells = (" ".join(map(str, places[asked, name][kind])) for kind in kinds)
            print(f"| {name} | {' | '.join(cells)} |", flush=True)


async def measured(rankers: dict[str, Ranker], stood: AsyncIterator[Stood]) -> Values:
    """Every measure of every list under every rule."""
    values: Values = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
    ruled = {which: rules(ranker) for which, ranker in rankers.items()}
    async for one in stood:
        said = {"not asked": silent(one.case)}
        if one.kind is Kind.CHOICE and one.case.instruction is not None:
            said["asked"] = one.case
        for which, by_name in ruled.items():
            for how, case in said.items():
                alone = await _scores(by_name[ALONE], case)
                for name, rule in by_name.items():
                    scores = await _scores(rule, case)
                    for measure, value in told(one, scores, alone).items():
                        values[f"{which}, {how}: {measure}"][name][one.user_id].append(value)
    return values


def told(one: Stood, scores: Scores, alone: Scores) -> dict[str, float]:
    """What is measured of a list under a rule, and what the ranker alone made of it."""
    if one.kind is Kind.OWN:
        return {"pairs in order": in_order(scores, one.ratings)}
    here = place(scores, one.chosen)
    if one.kind is not Kind.CHOICE:
        return {f"place of what was then rated {one.kind}": float(here)}
    ranks = np.array([here])
    moved = np.abs((scores - scores.mean()) - (alone - alone.mean())).max() > _MOVED
    return {
        "HR@1": float(hit_rate(ranks, 1)[0]),
        "NDCG@5": float(ndcg(ranks, 5)[0]),
        "lists moved": float(moved),
    }


def place(scores: Scores, index: int) -> int:
    """From 1; of equals the first."""
    return 1 + int((scores > scores[index]).sum())


def in_order(scores: Scores, ratings: tuple[float, ...]) -> float:
    """The share of pairs of a low and a high rating of which the high one stands higher; of equal
    scores half."""
    low = scores[[rating <= LOW for rating in ratings]]
    high = scores[[rating >= HIGH for rating in ratings]]
    apart = np.sign(high[:, None] - low)
    return float((apart + 1).mean() / 2)


async def _scores(rule: Ranker, case: RankingCase) -> Scores:
    everything = np.ones((1, case.pieces), dtype=np.bool_)
    scored = await rule.score(case, everything)
    first: Scores = scored.scores[0]
    return first


def show(values: Values, seed: int) -> None:
    """A table for each measure: the ranker alone, and every rule less it, paired over people."""
    for measure, by_rule in values.items():
        alone = by_rule[ALONE]
        lists = sum(map(len, alone.values()))
        print(f"\n| {measure}; {lists} lists of {len(alone)} people | figure |\n| --- | --- |")
        means = {name: _of_people(found) for name, found in by_rule.items()}
        for name, mine in means.items():
            if name == ALONE or measure.endswith("lists moved"):
                print(f"| {name} | {mine.mean():.4f} |", flush=True)
            else:
                print(f"| {name} | {_gap(interval(mine - means[ALONE], seed=seed))} |", flush=True)


def _of_people(found: dict[str, list[float]]) -> Scores:
    return np.array([np.mean(found[user_id]) for user_id in sorted(found)])


def _gap(value: Interval) -> str:
    mark = "**" if value.above_zero or value.below_zero else ""
    return f"{mark}{value.mean:+.4f}{mark} [{value.low:+.4f}, {value.high:+.4f}]"


async def of_domain(asked: argparse.Namespace, words: RememberedEncoder) -> Values:
    encoder = remembered(asked.cache)
    encoded = encode_domain(load_domain(asked.data / asked.domain), encoder)
    targets = load_training_targets(asked.data / asked.domain).get(asked.domain, {})
    stood = recorded(
        encoded,
        encoder,
        crowd_of(encoded, targets, words),
        words=words,
        seed=asked.seed,
        people=asked.people,
    )
    return await measured({which: default_ranker(which, None) for which in asked.rankers}, stood)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(
        prog="python -m scripts.steering.dislikes",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--data", type=Path, help="folder of domains")
    parser.add_argument("--domain", help="needed with --data")
    parser.add_argument("--rankers", nargs="+", default=["routed", "semantic"])
    parser.add_argument("--people", type=int, help="at most")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--cache", type=Path)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    words = RememberedEncoder(WordEncoder().encode)
    if asked.data is not None:
        if asked.domain is None:
            parser.error("--data needs --domain")
        show(asyncio.run(of_domain(asked, words)), asked.seed)
        return
    for which in asked.rankers:
        asyncio.run(made(default_ranker(which, None), remembered(asked.cache), words))


if __name__ == "__main__":
    main()
