"""What people see: bars, tiers, reasons, and nothing that a terminal would obey."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console, RenderableType

from credence.cli.output import harmless, section
from credence.cli.view import bar, belief_view, recommendation_view, runs_view

CHUNK = {
    "chunk_id": 1,
    "statement": "likes slow-burn romance",
    "category": "genre",
    "strength": 0.5,
    "confidence": 0.25,
    "supporting": 3,
    "contradicting": 1,
    "pinned": False,
}
BELIEF: dict[str, Any] = {
    "user_id": "ada",
    "revision": 4,
    "pending": 2,
    "events": [
        {
            "occurred_at": "2026-05-01T12:00:00Z",
            "action": "review",
            "rating": 4.5,
            "item_id": "a",
            "title": "A Title",
            "text": "Quiet\x1b[31m and good",
        }
    ],
    "chunks": [CHUNK, {**CHUNK, "chunk_id": 2, "statement": "dislikes gore", "strength": -0.9}],
    "profile": None,
}


def _plain(width: int = 120) -> Console:
    return Console(file=io.StringIO(), width=width, force_terminal=False)


def _printed(view: RenderableType, console: Console) -> str:
    console.print(view)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize(
    ("strength", "drawn"),
    [
        (0.0, "········│········"),
        (1.0, "········│████████"),
        (-1.0, "████████│········"),
        (0.5, "········│████····"),
        (-0.25, "······██│········"),
    ],
)
def test_a_bar_grows_right_for_liking_and_left_for_disliking(strength: float, drawn: str) -> None:
    assert bar(strength) == drawn


def test_the_three_tiers_are_shown_with_the_strongest_belief_first() -> None:
    console = _plain()
    shown = _printed(belief_view(BELIEF, console=console), console)

    assert shown.index("dislikes gore") < shown.index("likes slow-burn romance")
    assert "A Title" in shown
    assert "2 pending events" in shown
    assert "not written yet" in shown


def test_beliefs_beyond_the_number_asked_for_are_counted() -> None:
    console = _plain()
    shown = _printed(belief_view(BELIEF, console=console, most=1), console)

    assert "likes slow-burn romance" not in shown
    assert "and 1 weaker ones" in shown


def test_what_people_wrote_cannot_steer_the_terminal() -> None:
    console = _plain()
    assert "\x1b" not in _printed(belief_view(BELIEF, console=console), console)
    assert harmless("a\x1b]0;title\x07b\nc") == "a ]0;title b c"


def test_reasons_say_what_raised_and_what_lowered() -> None:
    reasons = [
        {"source": "chunk", "id": 1, "text": "likes [b]x[/b]", "change": 0.2, "direction": "up"},
        {"source": "event", "id": 7, "text": "rated 1: Y", "change": -0.1, "direction": "down"},
    ]
    item = {"item_id": "a", "title": "A", "score": -1.0, "rank": 1, "reasons": reasons}
    made = {"items": [item], "flags": ["cold_start"], "pool": 9, "ranker": "semantic-2"}
    console = _plain()
    shown = _printed(recommendation_view(made, title="For ada", console=console), console)

    assert "raised  +0.200  likes [b]x[/b]" in shown
    assert "lowered -0.100  rated 1: Y" in shown
    assert "flags: cold_start" in shown


def test_a_routed_list_says_which_expert_and_what_each_part_gave_an_item() -> None:
    routing = {
        "expert": "books",
        "weights": {"films": 0.25, "books\x1b[31m": 0.75},
        "alpha": 0.2,
        "complement_share": 0.34,
        "items": [{"item_id": "a", "expert_score": -2.114, "complement_score": -3.75}],
    }
    item = {"item_id": "a", "title": "A", "score": -1.0, "rank": 1, "reasons": []}
    made = {"items": [item], "flags": [], "pool": 9, "ranker": "routed-1", "routing": routing}
    console = _plain(width=200)
    shown = _printed(recommendation_view(made, title="For ada", console=console), console)

    assert "expert -2.11, complement -3.75" in shown
    assert "routed to the expert books (books [31m 75%, films 25%)" in shown
    assert "complement's share is 34%; the reward model steers with alpha 0.20" in shown
    assert "\x1b" not in shown


def test_a_routed_list_says_by_what_it_was_routed_and_what_was_heeded() -> None:
    routing = {
        "model": "2-ae14a733\x1b[31m",
        "expert": "books",
        "weights": {"books": 1.0},
        "alpha": None,
        "complement_share": 0.34,
        "items": [
            {"item_id": "a", "expert_score": -2.1, "complement_score": -3.7, "heeded": 1.864},
            {"item_id": "b", "expert_score": -2.2, "complement_score": -3.8, "heeded": None},
        ],
    }
    items = [
        {"item_id": key, "title": key, "score": -1.0, "rank": rank, "reasons": []}
        for rank, key in enumerate("ab", 1)
    ]
    made = {"items": items, "flags": [], "pool": 9, "ranker": "routed-1", "routing": routing}
    console = _plain(width=200)
    shown = _printed(recommendation_view(made, title="For ada", console=console), console)

    assert "expert -2.10, complement -3.70, heeded +1.86" in shown
    assert "expert -2.20, complement -3.80 " in shown
    assert "routed by 2-ae14a733 [31m to the expert books" in shown


def test_a_planner_run_shows_its_reason_and_a_skip_shows_no_operation() -> None:
    run = {
        "started_at": "2026-05-01T12:00:00Z",
        "outcome": "skipped",
        "operations": [],
        "reason": "nothing is pending",
        "duration_ms": 3.2,
    }
    console = _plain()
    shown = _printed(runs_view([run], console=console), console)

    assert "skipped" in shown
    assert "none" in shown
    assert "nothing is pending" in shown


def test_an_instruction_in_a_title_is_text_and_not_markup() -> None:
    terminal = Console(file=io.StringIO(), width=80, force_terminal=True)
    shown = _printed(section("For ada: [/] [red]x", "body", console=terminal), terminal)

    assert "[/] [red]x" in shown


def test_in_a_pipe_there_are_no_boxes() -> None:
    console = _plain()
    assert "─" not in _printed(section("Title", "body", console=console), console)

    terminal = Console(file=io.StringIO(), width=80, force_terminal=True)
    assert "─" in _printed(section("Title", "body", console=terminal), terminal)
