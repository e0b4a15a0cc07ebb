"""A listwise network as a step model: one step, whose labels are the candidates."""

from __future__ import annotations

from collections.abc import Sequence

from credence.inference.errors import UnsupportedModel
from credence.inference.listwise.network import Network, Said
from credence.inference.listwise.seen import Seen
from credence.inference.routing.step import Step

LABELS = 10_000  # a list may be this long


class ListModel:
    """A `StepModel` whose contexts are lists as `Seen`: K cases under V variants make K V rows."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self.labels = LABELS

    def open(self, contexts: Seen) -> ListReading:
        """Start on these cases."""
        return ListReading(self._network, contexts)


class ListReading:
    """Cases as one network reads them; there is nothing to remember, as there is one step."""

    def __init__(self, network: Network, seen: Seen) -> None:
        self._network = network
        self._seen = seen

    @property
    def rows(self) -> int:
        """K V."""
        return self._seen.lists.cases * self._seen.lists.variants

    def after(self, rows: Sequence[int], decided: Sequence[Sequence[int]]) -> Step:
        """Logits (R, N) and hidden states (R, H) of these rows, numbered case by case.

        Raises ValueError after a first label: a list is ranked in one step. Computes every variant
        of a case together, so rows are cheapest asked for as whole cases or whole variants.
        """
        if any(decided):
            raise ValueError("a listwise model decides one label, by ranking all of them")
        if list(rows) == list(range(self.rows)):
            return _step(self._network.of(self._seen))
        variants = self._seen.lists.variants
        cases = sorted({row // variants for row in rows})
        wanted = sorted({row % variants for row in rows})
        at = [
            cases.index(row // variants) * len(wanted) + wanted.index(row % variants)
            for row in rows
        ]
        some = _step(self._network.of(self._seen.chosen(cases, wanted)))
        return Step(logits=some.logits[at], hidden=some.hidden[at])

    def branch(self, rows: Sequence[int], further: Seen) -> ListReading:
        """Refused with UnsupportedModel: a list is read as a whole, there is no prefix to share."""
        raise UnsupportedModel("a listwise model reads a list as a whole: open it anew")


def _step(said: Said) -> Step:
    """Of every row, numbered case by case."""
    return Step(logits=said.logits.flatten(0, 1), hidden=said.hidden.flatten(0, 1))
