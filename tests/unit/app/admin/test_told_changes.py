"""Changes of the ledger in words, as the page of a stale form tells them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from credence.app.admin.acts.kinds import Kind, Mistyped, wish
from credence.app.admin.acts.told import Difference, differences
from credence.app.corrections import Edit, Forget
from credence.memory.lifecycle.draft import Change
from credence.memory.model import Chunk, Operation, Status
from tests.unit.memory.worlds import NOW, RULES, a_chunk


def told(before: Chunk | None, after: Chunk | None) -> list[Difference]:
    change = Change(operation=Operation.CORRECTION, reason="", before=before, after=after)
    return list(differences(change, at=NOW, half_life=RULES.half_life))


def test_only_what_differs_is_told() -> None:
    before = a_chunk(1)

    assert told(before, before) == []
    assert told(before, replace(before, pinned=True)) == [Difference("Pinned", "no", "yes")]
    assert told(before, replace(before, text="<b>capers</b>", liking=3.0)) == [
        Difference("Words", "heists", "<b>capers</b>"),
        Difference("Strength", "+0.50", "+0.75"),
    ]
    assert told(before, replace(before, status=Status.REJECTED)) == [
        Difference("It is", "believed", "marked wrong")
    ]
    assert told(None, before) == [Difference("Belief", "none", "heists")]


def test_a_form_becomes_an_act_with_who_and_why_or_names_every_fault() -> None:
    typed = {"text": " far worlds ", "category": "setting", "reason": "  ", "if_revision": "4"}

    act, by = wish(Kind.REWORD, 3, typed, actor="admin:eve")

    assert act == Edit(chunk_id=3, text="far worlds", category="setting")
    assert (by.actor, by.reason, by.if_revision) == ("admin:eve", None, 4)
    assert wish(Kind.FORGET, 3, typed, actor="admin:eve")[0] == Forget(3)
    with pytest.raises(Mistyped) as refused:
        wish(Kind.REWORD, 3, {"text": "", "reason": "x" * 201}, actor="admin:eve")
    assert refused.value.faults.keys() == {"text", "category", "reason", "if_revision"}
