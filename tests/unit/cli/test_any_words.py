"""Words in brackets, as people and catalogues have them, are shown as they are."""

from __future__ import annotations

from typing import Any

import pytest
import typer
from rich.console import RenderableType
from rich.table import Table
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from credence.cli.output import notices, results, section, working
from credence.cli.refusals import REFUSED, refusals
from credence.cli.view import belief_view, recommendation_view, runs_view

WORDS = ("a[/b]z", "[red]x[/]", "[link=http://x]y", ":heart:")


def belief(words: str) -> RenderableType:
    chunk = {
        "chunk_id": 1,
        "statement": words,
        "category": words,
        "strength": -0.001,
        "confidence": 0.5,
        "supporting": 1,
        "contradicting": 1,
        "pinned": True,
    }
    event = {
        "occurred_at": "2026-05-01T12:00:00Z",
        "action": words,
        "rating": None,
        "item_id": "a",
        "title": words,
        "text": words,
    }
    told: dict[str, Any] = {
        "revision": 1,
        "pending": 0,
        "events": [event],
        "chunks": [chunk],
        "profile": {"narrative": words},
    }
    return belief_view(told, console=results())


def runs(words: str) -> RenderableType:
    run = {
        "started_at": "2026-05-01T12:00:00Z",
        "outcome": words,
        "operations": [words],
        "reason": words,
        "duration_ms": 1.0,
    }
    return runs_view([run], console=results())


def recommendation(words: str) -> RenderableType:
    reason = {"source": "chunk", "id": 1, "text": words, "change": 0.2, "direction": "up"}
    item = {"item_id": words, "title": words, "score": 1.0, "rank": 1, "reasons": [reason]}
    part = {"item_id": words, "expert_score": 1.0, "complement_score": 1.0}
    routing = {
        "expert": words,
        "weights": {words: 1.0},
        "alpha": None,
        "complement_share": 0.5,
        "items": [part],
    }
    made = {"items": [item], "flags": [words], "pool": 1, "ranker": words, "routing": routing}
    return recommendation_view(made, title=words, console=results())


def table(words: str) -> RenderableType:
    made = Table(words)
    made.add_row(words)
    return section(words, made, console=results())


@pytest.mark.parametrize("words", WORDS)
@pytest.mark.parametrize(
    ("made", "times"), [(belief, 6), (runs, 3), (recommendation, 8), (table, 3)]
)
def test_words_in_brackets_stand_in_every_cell(
    made: Any, times: int, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    results().print(made(words))

    assert capsys.readouterr().out.count(words) == times


@pytest.mark.parametrize("words", WORDS)
def test_a_line_and_what_is_being_done_are_words_too(
    words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    notices().print(words)
    notices().print(working(words).renderable)

    assert capsys.readouterr().err.count(words) == 2


def test_a_strength_that_reads_nought_has_no_minus(capsys: pytest.CaptureFixture[str]) -> None:
    results().print(belief("x"))

    shown = capsys.readouterr().out
    assert "+0.00" in shown
    assert "-0.00" not in shown


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OperationalError("SELECT 1", None, Exception(" \n")), "no reason given"),
        (OperationalError("SELECT 1", None, Exception("away\nfor long")), "refused: away\n"),
        (PoolTimeout("no connection was free"), "no connection was free"),
    ],
)
def test_whatever_the_database_says_ends_a_command_with_a_line_and_a_fix(
    error: Exception, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(typer.Exit) as ended, refusals():
        raise error

    assert ended.value.exit_code == REFUSED
    shown = capsys.readouterr().err
    assert said in shown
    assert "fix: run `credence doctor`" in shown
