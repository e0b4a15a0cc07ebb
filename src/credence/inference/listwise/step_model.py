"""A listwise network as a step model: one step, whose labels are the candidates."""

from __future__ import annotations

from collections.abc import Sequence

from credence.inference.errors import UnsupportedModel
from credence.inference.listwise.lists import Lists
from credence.inference.listwise.network import Network
from credence.inference.routing.step import Step

LABELS = 10_000  # a list may be this long


class ListModel:
    """A `StepModel` whose contexts are `Lists`: K cases under V variants make K V rows."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self.labels = LABELS

    def open(self, contexts: Lists) -> ListReading:
        """Start on these cases."""
        return ListReading(self._network, contexts)


class ListReading:
    """Cases as one network reads them; there is nothing to remember, as there is one step."""

    def __init__(self, network: Network, lists: Lists) -> None:
        self._network = network
        self._lists = lists
        self.rows = lists.cases * lists.variants

    def after(self, rows: Sequence[int], decided: Sequence[Sequence[int]]) -> Step:
        """Logits (R, N) and hidden states (R, H) of these rows, numbered case by case.

        Raises ValueError after a first label: a list is ranked in one step. Computes every variant
        of a case together, so rows are cheapest asked for as whole cases or whole variants.
        """
        if any(decided):
            raise ValueError("a listwise model decides one label, by ranking all of them")
        variants = self._lists.variants
        cases = sorted({row // variants for row in rows})
        wanted = sorted({row % variants for row in rows})
        said = self._network(self._lists.chosen(cases, wanted))
        at = [
            cases.index(row // variants) * len(wanted) + wanted.index(row % variants)
            for row in rows
        ]
        logits, hidden = said.logits.flatten(0, 1), said.hidden.flatten(0, 1)
        if at != list(range(len(logits))):
            logits, hidden = logits[at], hidden[at]
        return Step(logits=logits, hidden=hidden)

    def branch(self, rows: Sequence[int], further: Lists) -> ListReading:
        """Refused with UnsupportedModel: a list is read as a whole, there is no prefix to share."""
        raise UnsupportedModel("a listwise model reads a list as a whole: open it anew")
