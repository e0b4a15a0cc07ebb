"""Lists of many callers ranked at once, on the device there is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from credence.inference.errors import NoAnswer
from credence.inference.listwise.bundle import Bundle
from credence.inference.listwise.case import ListCase, lists_of
from credence.inference.listwise.lists import Lists
from credence.inference.listwise.ranking import RankedLists, Route, policy_of, route_of
from credence.inference.listwise.seen import Seen
from credence.inference.listwise.under import SIGNALS
from credence.inference.routing.policy import Decision, Routing

_CELLS = {"cpu": 400_000, "cuda": 4_000_000}  # of one pass of several: some 0.2 GB, and 2 GB
_OF_A_VARIANT = 5  # a look at a candidate under a variant takes as long as so many beside a piece
_PADDED = 2  # a batch may be this much larger than what is in it


def cells(candidates: int, variants: int, pieces: int) -> int:
    """The work of one case: looks at each candidate, beside every event and chunk and under every
    variant."""
    return candidates * (_OF_A_VARIANT * variants + pieces)


class Gathering:
    """Cases that go into one pass together; to ask whether one more does costs the same for all."""

    def __init__(self, most: int) -> None:
        """`most`: cells of a pass."""
        self._most = most
        self._variants = 0  # of each, once there is a first
        self._count = self._candidates = self._events = self._chunks = 0  # and the most of each
        self._own = 0  # cells

    def takes(self, case: ListCase) -> bool:
        """Take it in, unless it does not go well with the others: as many variants, little padding.

        The first goes with anything.
        """
        variants, own = len(case.signals), self._own + _own_cells(case)
        count = self._count + 1
        candidates = max(self._candidates, len(case.candidates))
        events, chunks = max(self._events, len(case.events)), max(self._chunks, len(case.chunks))
        padded = count * cells(candidates, variants, events + chunks)
        if self._count and (variants != self._variants or padded > min(self._most, _PADDED * own)):
            return False
        self._variants, self._own = variants, own
        self._count, self._candidates = count, candidates
        self._events, self._chunks = events, chunks
        return True


class BatchedLists:
    """A bundle on a device, ready to rank lists of many callers; it takes the bundle's networks."""

    def __init__(self, bundle: Bundle, device: torch.device) -> None:
        self.version = bundle.version
        self._edition = bundle.edition
        self.dimension = bundle.router.network.shape.dimension
        self.device = device.type
        for part in bundle.parts.values():
            part.to(device)
        self._device = device
        self._names = tuple(bundle.experts)
        self._policy = policy_of(bundle)
        self._most = _CELLS[device.type]

    def gathering(self) -> Gathering:
        """Begin to gather a pass."""
        return Gathering(self._most)

    def rank_many(self, cases: Sequence[ListCase]) -> list[RankedLists | NoAnswer]:
        """What `RoutedLists.rank` says of each, or NoAnswer where one's input has no number.

        No case changes what is said of another. One too large to go with others goes by itself.
        """
        told: dict[int, RankedLists | NoAnswer] = {}
        for group in self._groups(cases):
            told |= zip(group, self._ranked([cases[at] for at in group]), strict=True)
        return [told[at] for at in range(len(cases))]

    def warm_up(self) -> None:
        """Have kernels and memory at hand before somebody waits for them."""
        for variants, count in ((1, 1), (1, 16), (40, 1), (40, 4)):
            self.rank_many([_nothing(self.dimension, variants)] * count)

    def _groups(self, cases: Sequence[ListCase]) -> Iterator[list[int]]:
        """Numbers of cases that go into one pass."""
        left = list(range(len(cases)))
        while left:
            gathered = self.gathering()
            group: list[int] = []
            later: list[int] = []
            for at in left:
                (group if gathered.takes(cases[at]) else later).append(at)
            yield group
            left = later

    def _ranked(self, cases: Sequence[ListCase]) -> list[RankedLists | NoAnswer]:
        """Of cases with one number of variants."""
        lists = Lists(*(tensor.to(self._device) for tensor in lists_of(cases)))
        rows = range(lists.cases * lists.variants)
        decision = _on_cpu(self._policy.open(Seen.of(lists)).after(rows, [()] * len(rows)))
        found: list[RankedLists | NoAnswer] = []
        for at, case in enumerate(cases):
            own = _rows(decision, at * lists.variants, lists.variants, len(case.candidates))
            logs = torch.log_softmax(own.logits.double(), dim=-1).numpy()
            found.append(_said(logs, route_of(own, self._names, self._edition)))
        return found


def _own_cells(case: ListCase) -> int:
    return cells(len(case.candidates), len(case.signals), len(case.events) + len(case.chunks))


def _said(logs: NDArray[np.float64], route: Route) -> RankedLists | NoAnswer:
    if not np.isfinite(logs).all():
        return NoAnswer("the routed model gave no number for some candidate; its input has none")
    return RankedLists(logs=logs, route=route)


def _on_cpu(decision: Decision) -> Decision:
    routing = decision.routing
    assert routing is not None  # a bundle always routes
    return Decision(
        logits=decision.logits.cpu(),
        routing=Routing(
            route=routing.route.cpu(),
            weights=routing.weights.cpu(),
            expert=routing.expert.cpu(),
            complement=routing.complement.cpu(),
        ),
        alpha=None if decision.alpha is None else decision.alpha.cpu(),
    )


def _rows(decision: Decision, first: int, count: int, labels: int) -> Decision:
    """Some rows of a decision, without the labels that only pad them."""
    routing, at = decision.routing, slice(first, first + count)
    assert routing is not None
    return Decision(
        logits=decision.logits[at, :labels],
        routing=Routing(
            route=routing.route[at],
            weights=routing.weights[at],
            expert=routing.expert[at, :labels],
            complement=routing.complement[at, :labels],
        ),
        alpha=None if decision.alpha is None else decision.alpha[at],
    )


def _nothing(dimension: int, variants: int) -> ListCase:
    """Twenty candidates and some memories of which nothing is known."""
    candidates, events, chunks = 20, 15, 24

    def zero(*shape: int) -> NDArray[np.float32]:
        return np.zeros(shape, dtype=np.float32)

    return ListCase(
        signals=zero(variants, candidates, SIGNALS),
        keep_events=np.ones((variants, events), dtype=np.bool_),
        keep_chunks=np.ones((variants, chunks), dtype=np.bool_),
        asked=True,
        instruction=zero(dimension),
        wording=zero(dimension),
        centre=zero(dimension),
        candidates=zero(candidates, dimension),
        events=zero(events, dimension),
        attitudes=zero(events),
        voices=zero(events, dimension),
        event_words=zero(events, dimension),
        chunks=zero(chunks, dimension),
        strengths=zero(chunks),
        confidences=zero(chunks),
        words=zero(candidates, dimension),
        company=zero(events, candidates),
        followed=zero(events, candidates),
        followed_soon=zero(events, candidates),
        people=zero(candidates),
        liking=zero(candidates),
    )
