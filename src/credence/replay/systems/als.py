"""ALS: matrix factorisation of who dealt with what (Hu, Koren and Volinsky, 2008)."""

from __future__ import annotations

import numpy as np
from implicit.cpu.als import AlternatingLeastSquares  # type: ignore[import-untyped]
from numpy.typing import NDArray
from scipy.sparse import csr_matrix  # type: ignore[import-untyped]
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from credence.replay.systems.interactions import Interactions
from credence.replay.systems.scored import Scorer
from credence.replay.systems.system import Question

# Chosen on training people of four domains alone.
_FACTORS = 16
_REGULARIZATION = 10.0
_CONFIDENCE = 5.0  # of an interaction, against 1 of its absence
_ROUNDS = 15


def als(known: Interactions, *, seed: int) -> Scorer:
    """Items' factors are learnt from all donors; a person's follow from their history when asked.

    Their own row is among the donors' and holds nothing after the target either. An item that
    nobody dealt with scores 0. One thread, so that sums have one order.
    """
    if not known.items:
        return lambda question: np.zeros(len(question.candidates))
    with threadpool_limits(1, "blas"):
        model = AlternatingLeastSquares(
            factors=_FACTORS,
            regularization=_REGULARIZATION,
            alpha=_CONFIDENCE,
            iterations=_ROUNDS,
            num_threads=1,
            random_state=seed,
        )
        model.fit(known.matrix, show_progress=False)
        _taste(model, [0])  # computes once what all later calls share, still in one thread

    def scorer(question: Question) -> NDArray[np.float64]:
        scores = np.zeros(len(question.candidates))
        lived = known.columns(done.item_id for done in question.history)
        if not lived:
            return scores
        taste = _taste(model, lived)
        for place, item in enumerate(question.candidates):
            column = known.items.get(item)
            if column is not None:
                scores[place] = (model.item_factors[column] * taste).sum()
        return scores

    return scorer


def _taste(model: AlternatingLeastSquares, lived: list[int]) -> NDArray[np.float32]:
    """Factors (F,) of somebody who dealt with these items."""
    cells = (np.ones(len(lived), dtype=np.float32), ([0] * len(lived), lived))
    row = csr_matrix(cells, shape=(1, len(model.item_factors)))
    taste: NDArray[np.float32] = model.recalculate_user(0, row)
    return taste
