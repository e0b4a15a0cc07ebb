"""An undo brings nothing back beside its opposite that was learnt since."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from credence.memory.errors import OppositeBelieved
from credence.memory.ledger import rebuilt
from credence.memory.lifecycle.correction import forget, reject, reword, set_strength
from credence.memory.lifecycle.draft import Draft, Rules
from credence.memory.lifecycle.undo import undo
from credence.memory.model import Person
from credence.memory.strength import statement
from credence.planner.correct import Correction, Undone, correct
from credence.planner.graph import build_graph
from credence.planner.run import run_planner
from tests.fakes import NOW, MemoryInMind, a_context, says

ADA = Person("default", "ada")
GRAPH = build_graph()


async def learnt(store: MemoryInMind, text: str) -> None:
    store.events.append(says(len(store.events) + 1, text))
    context = a_context(store)
    await run_planner(ADA, run_id="run", lease="own", forced=True, graph=GRAPH, context=context)


async def corrected(store: MemoryInMind, correction: Correction) -> None:
    await correct(ADA, correction, actor="ada", why="", lease="own", context=a_context(store))


async def undone(store: MemoryInMind, revision: int) -> None:
    changes = store.revisions[revision - 1].changes
    await correct(
        ADA,
        lambda draft: undo(draft, revision, changes, now=NOW),
        actor="ada",
        why="",
        undone=Undone(revision, rebuilt(store.revisions[: revision - 1])),
        lease="own",
        context=a_context(store),
    )


def rejected(draft: Draft) -> Draft:
    return reject(draft, 1, why="")


def forgotten(draft: Draft) -> Draft:
    return forget(draft, 1, now=NOW, why="")


def believed(store: MemoryInMind) -> list[str]:
    return [statement(chunk) for chunk in store.belief.active]


def reworded(draft: Draft) -> Draft:
    return reword(draft, 1, text="clever capers", category=None, why="")


async def a_rejection_and_its_opposite() -> MemoryInMind:
    store = MemoryInMind()
    await learnt(store, "heists +0.9; puns +0.9")
    await corrected(store, rejected)
    await learnt(store, "heists -0.9")
    assert believed(store) == ["likes puns", "dislikes heists"]
    return store


async def test_a_rejection_is_not_undone_beside_the_opposite_that_was_learnt_instead() -> None:
    store = await a_rejection_and_its_opposite()

    with pytest.raises(OppositeBelieved) as refused:
        await undone(store, 2)

    assert str(refused.value) == (
        "revision 2 cannot be undone while chunk 3 says 'dislikes heists': chunk 1 would come "
        "back beside it, and says 'likes heists'"
    )
    assert "forget chunk 3 and undo again" in refused.value.fix
    assert len(store.revisions) == 3


@pytest.mark.parametrize("gone", [reject, lambda d, n, why: forget(d, n, now=NOW, why=why)])
async def test_once_the_opposite_is_gone_the_rejection_can_be_undone(
    gone: Callable[..., Draft],
) -> None:
    store = await a_rejection_and_its_opposite()
    await corrected(store, lambda draft: gone(draft, 3, why=""))

    await undone(store, 2)

    assert believed(store) == ["likes heists", "likes puns"]
    with pytest.raises(OppositeBelieved):
        await undone(store, 4)  # nor does the opposite come back beside it then
    await undone(store, 5)
    assert believed(store) == ["likes puns"]


async def test_earlier_words_of_what_would_come_back_are_of_its_topic_too() -> None:
    store = MemoryInMind()
    await learnt(store, "heists +0.9")
    await corrected(store, reworded)
    await corrected(store, rejected)
    await learnt(store, "heists -0.9")
    assert believed(store) == ["dislikes heists"]

    with pytest.raises(OppositeBelieved, match="likes clever capers"):
        await undone(store, 3)


@pytest.mark.parametrize("went", [rejected, forgotten])
async def test_beside_other_topics_and_what_agrees_or_is_undecided_it_comes_back(
    went: Correction,
) -> None:
    for strength in (0.5, 0.0):
        store = MemoryInMind()
        await learnt(store, "heists +0.9")
        await corrected(store, reworded)
        await corrected(store, went)
        await learnt(store, "heists -0.9; puns -0.9")
        other = next(c.chunk_id for c in store.belief.active if c.text == "heists")
        await corrected(
            store,
            lambda draft, other=other, strength=strength: set_strength(  # type: ignore[misc]
                draft, other, strength=strength, now=NOW, rules=Rules(), why=""
            ),
        )

        await undone(store, 3)

        assert len(believed(store)) == 3


async def test_what_stood_beside_its_opposite_before_may_do_so_again() -> None:
    store = MemoryInMind()
    await learnt(store, "heists +0.9; puns -0.9")
    await corrected(store, reworded)
    await corrected(
        store, lambda draft: reword(draft, 2, text="clever capers", category=None, why="")
    )
    await corrected(store, rejected)
    await learnt(store, "spies +0.9")

    await undone(store, 4)

    assert believed(store) == ["likes clever capers", "dislikes clever capers", "likes spies"]
