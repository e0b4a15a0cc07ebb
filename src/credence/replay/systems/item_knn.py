"""Item-kNN: items that the same people dealt with are alike."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from credence.replay.systems.interactions import Interactions
from credence.replay.systems.scored import Scorer
from credence.replay.systems.system import Question


def item_knn(known: Interactions) -> Scorer:
    """The sum over the history's items, each once, of their cosine with the candidate.

    The cosine is of the two items' columns of people; every item of the history counts as a
    neighbour, none is cut off. The row of the person who is asked is taken out of both columns:
    what they did says which items to compare with, and must not also say how alike these are.
    """
    by_item = known.matrix.tocsc()
    people = np.asarray(by_item.sum(axis=0), dtype=np.float64).ravel()  # (V,)

    def scorer(question: Question) -> NDArray[np.float64]:
        scores = np.zeros(len(question.candidates))
        lived = known.columns(done.item_id for done in question.history)
        places = [p for p, item in enumerate(question.candidates) if item in known.items]
        listed = [known.items[question.candidates[place]] for place in places]
        row = known.people.get(question.user_id)
        own = np.zeros(len(people)) if row is None else known.matrix[row].toarray()[0]
        left = people - own
        together = (by_item[:, listed].T @ by_item[:, lived]).toarray()  # (N, H)
        norms = np.sqrt(np.outer(left[listed], left[lived]))
        alike = np.zeros_like(norms)
        np.divide(together - np.outer(own[listed], own[lived]), norms, out=alike, where=norms > 0)
        scores[places] = alike.sum(axis=1)
        return scores

    return scorer
