"""Runs as the pages show them, whatever their records hold."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from credence.app.admin.runs.views import chosen, cost_of, looks_of, raw, signals_of, view_of
from credence.memory.lifecycle.draft import Change
from credence.memory.model import Operation, Profile, Status
from credence.memory.planner_run import PlannerRun
from credence.memory.run_changes import Changes
from tests.unit.memory.worlds import a_chunk

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
YEAR = timedelta(days=365)
RUN = PlannerRun(
    run_id="r1",
    started_at=NOW,
    duration_ms=12.0,
    policy="adaptive",
    outcome="committed",
    operations=("reinforcement", "extraction"),
    reason="two topics are new",
    signals={},
    cost={},
    events_consumed=0,
    base_revision=0,
    revision=1,
)
CHUNK = replace(a_chunk(4, text="noir", liking=3.0, as_of=NOW), category="genre")


def test_operations_stand_in_one_order_whatever_the_run_chose() -> None:
    told = chosen(RUN.operations)

    assert [one.short for one in told] == ["Ext", "Rei", "Wea", "Con", "For", "Syn"]
    assert [one.name for one in told if one.chosen] == ["extraction", "reinforcement"]


def test_what_is_none_of_the_six_is_still_told() -> None:
    view = view_of("ada", replace(RUN, operations=("extraction", "undo")), half_life=YEAR)

    assert view.others == ["undo"]


def test_signals_come_in_their_order_and_unknown_ones_last() -> None:
    told = signals_of({"zeal": "x", "novel": 2, "pending": 0, "information": 1.25, "forced": True})

    assert [(one.name, one.value, one.speaks) for one in told] == [
        ("pending", "0", False),
        ("information", "1.25", True),
        ("novel", "2", True),
        ("forced", "yes", True),
        ("zeal", "x", True),
    ]


def test_a_step_tells_where_a_belief_was_and_where_it_is() -> None:
    weaker = replace(CHUNK, liking=1.0)
    merged = replace(CHUNK, status=Status.MERGED, merged_into=2)
    shown = (
        Change(operation=Operation.EXTRACTION, reason="", before=None, after=weaker),
        Change(operation=Operation.REINFORCEMENT, reason="", before=weaker, after=CHUNK),
        Change(operation=Operation.CONSOLIDATION, reason="", before=CHUNK, after=merged),
        Change(
            operation=Operation.RESYNTHESIS,
            reason="",
            before=None,
            after=Profile(version=1, watermark=3, sentences=(), written_at=NOW),
        ),
    )
    view = view_of("ada", RUN, Changes(at=NOW, shown=shown, total=9), half_life=YEAR)

    assert [one.figures for one in view.steps] == [
        "new +0.50",
        "+0.50 → +0.75",
        "+0.75 → merged into 2",
        "0 sentences",
    ]
    assert [one.chunk_id for one in view.steps] == [4, 4, 4, None]
    assert view.hidden == 5


def test_a_strength_of_almost_nothing_has_no_sign() -> None:
    balanced = replace(CHUNK, liking=1.0, disliking=1.001)
    change = Change(operation=Operation.EXTRACTION, reason="", before=None, after=balanced)

    view = view_of("ada", RUN, Changes(at=NOW, shown=(change,), total=1), half_life=YEAR)

    assert [one.figures for one in view.steps] == ["new 0.00"]


def test_the_part_of_models_is_told_with_what_was_refused() -> None:
    detail = {
        "plans": [
            {
                "operations": ["consolidation", "forgetting"],
                "reason": "so",
                "merges": [[1, 2]],
                "forgets": None,
                "refutes": [[3, 4]],
            }
        ],
        "roles": [
            {"role": "planner", "prompt": "p-1", "calls": 2, "fallback": "late", "notes": ["a"]}
        ],
    }
    run = replace(RUN, detail=detail)
    (look,), view = looks_of(run), view_of("ada", run, half_life=YEAR)

    assert (look.merges, look.refutes) == ("2 into 1", "4 by 3")
    assert look.forgets == "all that may be forgotten"
    assert [(part.role, part.fallback) for part in view.fallbacks] == [("planner", "late")]
    assert view.noted == 1
    (idle,) = looks_of(replace(RUN, detail={"plans": [{"operations": [], "merges": None}]}))
    assert (idle.merges, idle.forgets) == ("", "")


def test_records_of_another_form_are_shown_as_far_as_they_go() -> None:
    strange = replace(RUN, detail={"plans": "none", "roles": [3, {}]}, cost={"llm_calls": None})
    view = view_of("ada", strange, half_life=YEAR)

    assert looks_of(strange) == []
    assert [part.role for part in view.parts] == [""]
    assert view.cost == []


def test_cost_in_words() -> None:
    assert cost_of({"llm_calls": 0}) == []
    assert cost_of(
        {"llm_calls": 2, "failed": 1, "tokens_in": 900, "tokens_out": 200, "price": 0.0123}
    ) == ["2 calls, 1 failed", "1,100 tokens", "$0.0123"]
    assert cost_of({"llm_calls": 1, "tokens_in": 1, "price": None})[-1] == "no price known"


def test_the_stored_run_is_json_that_turns_no_text_around() -> None:
    text = raw(replace(RUN, reason="ab\u202ecd\u2066 é"))

    assert "\u202e" not in text and "\u2066" not in text and "é" in text
    assert json.loads(text)["reason"] == "ab\u202ecd\u2066 é"
