"""One scale for candidates that were never all asked about together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch

_PLACES = 6  # scores closer than a millionth of a nat are the same: sums differ by their rounding


def linked(windows: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Log-probabilities within overlapping windows, to log-probabilities over all candidates.

    By Luce's choice axiom a log-probability in a window is the candidate's worth up to a constant
    of that window. Worths u and constants c minimise the squared error over everything asked,
    sum (l_wi + c_w - u_i)^2: u_i is the mean of l_wi + c_w over i's windows, and what is left is
    a linear system in c alone. Exact where the model keeps the axiom. Every window must be linked
    to every other by shared candidates. Raises ValueError where none is given.
    """
    if not windows:
        raise ValueError("there is nothing to link")
    names = sorted({name for window in windows for name in window})
    column = {name: at for at, name in enumerate(names)}
    told = torch.zeros(len(windows), len(names), dtype=torch.float64)  # (W, N)
    asked = torch.zeros_like(told)
    for row, window in enumerate(windows):
        at = [column[name] for name in window]
        told[row, at] = torch.tensor(list(window.values()), dtype=torch.float64)
        asked[row, at] = 1
    times = asked.sum(dim=0)  # (N,)
    mean = told.sum(dim=0) / times
    system = torch.diag(asked.sum(dim=1)) - (asked / times) @ asked.T  # (W, W), singular by 1
    wanted = asked @ mean - told.sum(dim=1)
    constants = torch.linalg.pinv(system, hermitian=True) @ wanted
    worth = mean + (asked.T @ constants) / times
    scores = torch.log_softmax(worth, dim=0).tolist()
    return {name: round(score, _PLACES) for name, score in zip(names, scores, strict=True)}
