"""What a topic says of the next rating, beyond how generous a person is.

    python -m scripts.topics_and_ratings --data FOLDER [--least N]

Ratings of each person in order: the next one is predicted by everybody's mean, by the person's mean
so far, and by the means of the item's topics (its categories) that they have rated before, raw and
as distances from the person's mean. All are shrunk by `SHRUNK` ratings. Prints mean squared errors
over ratings in Markdown, and the mean over people of what topics take away from the person's own
error, with a bootstrap interval over people (seed 0). FOLDER is a domain in InstructRec form, or
holds several.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from credence.replay.bootstrap import paired_difference
from credence.replay.loaders.instructrec import load_domains
from credence.replay.people import Interaction

SHRUNK = 5  # ratings' worth of doubt
_KNOWN = 2  # ratings of a topic from which it is asked
_PREDICTORS = ("everybody", "the person", "topics, raw", "topics, from the person's mean")


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m scripts.topics_and_ratings",
        description="What a topic says of the next rating.",
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--least", type=int, default=5, help="ratings before the first prediction")
    chosen = parser.parse_args()
    columns = ["domain", "people", "ratings", *_PREDICTORS, "the person less the last, 95%"]
    print(" | ".join(columns))
    print(" | ".join(["---"] * len(columns)))
    for domain in load_domains(chosen.data):
        topics = {item.item_id: item.categories for item in domain.items}
        everybody = float(
            np.mean([one.rating for p in domain.people for one in p.history if one.rating])
        )
        asked = (
            list(_errors(person.history, topics, everybody, least=chosen.least))
            for person in domain.people
        )
        people = [np.array(errors) for errors in asked if errors]
        if not people:
            continue
        errors = np.concatenate(people)
        each = np.array([own.mean(axis=0) for own in people])
        gain = paired_difference(each[:, 1], each[:, 3], seed=0)
        means = [f"{mean:.3f}" for mean in errors.mean(axis=0)]
        told = f"{gain.mean:+.3f} [{gain.low:+.3f}, {gain.high:+.3f}]"
        print(" | ".join([domain.name, f"{len(people)}", f"{len(errors):,}", *means, told]))


def _errors(
    history: Sequence[Interaction],
    topics: Mapping[str, Sequence[str]],
    everybody: float,
    *,
    least: int,
) -> Iterator[tuple[float, ...]]:
    """Squared errors of the predictors at each rating that all of them can predict."""
    rated: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)  # and the mean by then
    total, count = 0.0, 0
    for one in history:
        if one.rating is None:
            continue
        person = (total + SHRUNK * everybody) / (count + SHRUNK)
        own = topics.get(one.item_id, ())
        known = [rated[topic] for topic in own if len(rated[topic]) >= _KNOWN]
        if known and count >= least:
            raw = [
                (sum(r for r, _ in seen) + SHRUNK * everybody) / (len(seen) + SHRUNK)
                for seen in known
            ]
            distance = [sum(r - mean for r, mean in seen) / (len(seen) + SHRUNK) for seen in known]
            predicted = (everybody, person, np.mean(raw), person + np.mean(distance))
            yield tuple(float((one.rating - value) ** 2) for value in predicted)
        for topic in own:
            rated[topic].append((one.rating, person))
        total, count = total + one.rating, count + 1


if __name__ == "__main__":
    main()
