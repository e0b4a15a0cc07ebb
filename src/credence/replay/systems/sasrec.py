"""SASRec: a self-attentive model of what people take next."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from credence.inference.sequential.training import train
from credence.replay.people import Interaction
from credence.replay.systems.scored import Scorer
from credence.replay.systems.system import Lessons, Question


def sasrec(material: Lessons) -> Scorer:
    """Trained on donors' sequences, anew for each run, the same for the same seed.

    The last items of training people say when to stop and are not learnt; where nobody is in the
    training half, the last items of all donors' histories do. An item that no donor dealt with is
    left out of a history, and as a candidate is as unlikely as the least likely item of all.
    """
    held = material.training or frozenset(material.donors)
    known = sorted({done.item_id for story in material.donors.values() for done in story})
    numbers = {item_id: number for number, item_id in enumerate(known)}

    def numbered(story: Sequence[Interaction]) -> list[int]:
        return [numbers[done.item_id] for done in story if done.item_id in numbers]

    stories = {user_id: numbered(material.donors[user_id]) for user_id in sorted(material.donors)}
    if not known:
        return lambda question: np.zeros(len(question.candidates))
    model = train(
        [story[:-1] if user_id in held else story for user_id, story in stories.items()],
        [story for user_id, story in stories.items() if user_id in held],
        items=len(known),
        seed=material.seed,
    )

    def scorer(question: Question) -> NDArray[np.float64]:
        lived = numbered(question.history)
        if not lived:
            return np.zeros(len(question.candidates))
        scores = model.scores(lived)  # (V,)
        least = scores.min()
        return np.array(
            [scores[numbers[item]] if item in numbers else least for item in question.candidates]
        )

    return scorer
