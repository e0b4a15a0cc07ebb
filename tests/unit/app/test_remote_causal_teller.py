"""Explanations from elsewhere and a breaker that opened, at an address where nobody listens."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pydantic import AnyHttpUrl

from credence.app.breaker import Breaker
from credence.app.not_explained import NotExplained
from credence.app.ranker_service.explanation_client import ExplanationClient
from credence.app.ranker_service.explanation_wire import (
    LARGEST_PLACEMENT,
    Wanted,
    packed_placement,
)
from credence.app.remote_causal_teller import RemoteCausalTeller
from credence.memory.model import Item
from credence.planner.llm.explained import MOST_BELIEFS, MOST_REASONS
from credence.planner.placement import Held, Moved, Placement
from tests.unit.app.clock import Clock
from tests.unit.app.ranker_service.test_order_wire import an_item, long, shown
from tests.unit.planner.llm.test_explained import a_placement


def unsendable() -> Placement:
    placement = a_placement()
    long = (Item(item_id="x" * 201, title="A"),)
    return replace(placement, shown=replace(placement.shown, candidates=long))


async def test_what_cannot_be_sent_leaves_the_breaker_as_it_was() -> None:
    clock = Clock()
    teller = RemoteCausalTeller(
        ExplanationClient(AnyHttpUrl("http://127.0.0.1:9"), key=None, timeout=60),
        most=10,
        breaker=Breaker(failures=1, pause=5, clock=clock),
    )
    said = []
    for placement, later in ((a_placement(), 0), (a_placement(), 5), (unsendable(), 0)):
        with pytest.raises(NotExplained) as refused:
            await teller(placement)
        said.append(str(refused.value))
        clock.now += later
    with pytest.raises(NotExplained) as tried:
        await teller(a_placement())
    await teller.close()

    assert "ConnectError" in said[0]
    assert "left alone" in said[1]
    assert "cannot be sent" in said[2]
    assert "ConnectError" in str(tried.value)


@pytest.mark.parametrize("text", ["\x01", "\U0001f600"])
def test_the_longest_placement_fits_into_a_body(text: str) -> None:
    """Else the process would refuse it, and be left alone for that."""
    session = tuple(an_item(at, text) for at in range(200))
    longest = Placement(
        shown=replace(shown(text), session=session, candidates=session[:1]),
        beliefs=(Held(long(text), 0.5),) * MOST_BELIEFS,
        reasons=(Moved(long(text), 0.5),) * MOST_REASONS,
    )

    assert len(packed_placement(Wanted(longest, 10))) <= LARGEST_PLACEMENT
