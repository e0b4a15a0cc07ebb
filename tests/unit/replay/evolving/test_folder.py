from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from credence.replay.asking.spent import Spent
from credence.replay.errors import MalformedData
from credence.replay.evolving.folder import continued, read_study, steps, timings
from credence.replay.evolving.walked import Borne, Took, Walked
from credence.replay.runner.kept import AnotherRun
from tests.unit.replay.evolving.test_calibration import a_look
from tests.unit.replay.evolving.walks import a_step, a_study, a_walk, written

STUDY = a_study({"credence:never": [a_walk("a", [1, 2]), a_walk("b", [3, 4])]})


def test_a_walk_is_read_as_it_was_written() -> None:
    steps = (
        a_step(3, looked=("extraction",), unlooked=5, spent=Spent(calls=1, tokens_in=9)),
        a_step(1, looked=(), unlooked=None, change=2, order=(), failure="no", revision=None),
    )
    borne = (Borne(1, -0.25, 0.5, True, (), (7, 9)), Borne(4, 0.5, 0.25, False, (8,), ()))
    look = a_look(*borne, likes=4, dislikes=1, opened=(4, 0))
    walk = Walked(
        user_id="ä\n+b",
        steps=steps,
        events=9,
        operations={"extraction": 1},
        looks=3,
        spent=Spent(calls=2, tokens_in=9, tokens_out=4, cost=0.5, fallbacks=1),
        believed=(look, a_look()),
    )
    took = Took(user_id="a", planner_ms=(1.5, 2.0), asking_s=0.25)

    assert Walked.of_line(walk.line()) == walk
    assert "\n" not in walk.line()
    assert Took.of_line(took.line()) == took


def test_a_damaged_line_of_steps_or_timings_is_named(tmp_path: Path) -> None:
    for kept, name in ((steps, "steps"), (timings, "timings")):
        path = tmp_path / name / "s.jsonl"
        path.parent.mkdir()
        path.write_text("[1]\n")
        with pytest.raises(MalformedData, match=r"s\.jsonl, line 1"):
            kept(tmp_path, "s")


def test_a_walk_of_a_version_that_kept_no_beliefs_is_read() -> None:
    walk = a_walk("a", [1, 2])
    row = json.loads(walk.line())
    del row["believed"]

    assert Walked.of_line(json.dumps(row)) == walk


def test_a_walk_of_a_version_that_asked_no_models_spent_nothing() -> None:
    walk = a_walk("a", [1, 2])
    row = json.loads(walk.line())
    for part in (row, *row["steps"]):
        del part["spent"]

    assert Walked.of_line(json.dumps(row)) == walk


def test_a_walk_of_a_version_that_did_not_count_calls_without_a_price_is_read() -> None:
    walk = a_walk("a", [1], spent=Spent(calls=3, tokens_in=9))
    row = json.loads(walk.line())
    assert Walked.of_line(json.dumps(row)).spent.price == 0
    for part in (row, *row["steps"]):
        del part["spent"]["unpriced"]

    assert Walked.of_line(json.dumps(row)).spent.price is None
    row["spent"]["cost"] = 0.5
    assert Walked.of_line(json.dumps(row)).spent.price == 0.5


def test_a_walk_of_a_version_that_kept_less_of_beliefs_is_one_that_kept_none() -> None:
    walk = a_walk("a", [1, 2])
    row = json.loads(replace(walk, believed=(a_look(),)).line())
    for name in ("open_likes", "open_dislikes"):
        del row["believed"][0][name]

    assert Walked.of_line(json.dumps(row)) == walk


@pytest.mark.parametrize(
    "line",
    [
        "{}",
        "[]",
        '{"user_id": "a", "steps": [{"order": "abc"}]}',
        '{"user_id": "a", "steps": [], "events": 1, "operations": {}, "looks": 1, "believed": [3]}',
    ],
)
def test_a_line_that_is_no_walk_is_refused(line: str) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        Walked.of_line(line)


def test_a_study_is_read_whole(tmp_path: Path) -> None:
    assert read_study(written(STUDY, tmp_path)) == STUDY


def test_an_unfinished_study_says_who_is_missing_and_how_to_go_on(tmp_path: Path) -> None:
    half = replace(STUDY, walked={"credence:never": STUDY.walked["credence:never"][:1]})

    with pytest.raises(MalformedData, match=r"walked 1 of 2 timelines.*same command again"):
        read_study(written(half, tmp_path))


def test_a_study_goes_on_with_more_systems_and_from_when_it_began(tmp_path: Path) -> None:
    written(STUDY, tmp_path)
    asked = replace(STUDY.manifest, systems=("credence:fixed-3",), started_at="later")

    manifest = continued(tmp_path, asked)

    assert manifest.systems == ("credence:never", "credence:fixed-3")
    assert manifest.started_at == STUDY.manifest.started_at
    assert continued(tmp_path / "new", asked) == asked


def test_models_join_a_study_with_settings_of_their_own_and_its_warning_stays(
    tmp_path: Path,
) -> None:
    written(STUDY, tmp_path)
    told = {"llm_planner_model": "one"}
    models = replace(STUDY.manifest, settings=told, plumbing_only=True)

    joined = continued(tmp_path, models)
    written(replace(STUDY, manifest=joined), tmp_path)

    assert joined.settings == told
    assert continued(tmp_path, STUDY.manifest).plumbing_only
    assert continued(tmp_path, STUDY.manifest).settings == told
    with pytest.raises(AnotherRun, match="llm_planner_model"):
        continued(tmp_path, replace(models, settings={"llm_planner_model": "another"}))


@pytest.mark.parametrize(
    "change",
    [
        {"questions_sha256": "x"},
        {"data_sha256": "x"},
        {"commit": "x"},
        {"versions": {}},
        {"settings": {"event_memory": 3}},
    ],
)
def test_a_folder_of_another_study_is_refused(change: dict[str, object], tmp_path: Path) -> None:
    written(STUDY, tmp_path)

    with pytest.raises(AnotherRun, match=next(iter(change))):
        continued(tmp_path, replace(STUDY.manifest, **change))  # type: ignore[arg-type]


def test_a_folder_without_a_manifest_is_no_study(tmp_path: Path) -> None:
    with pytest.raises(MalformedData, match=r"evolve\.json"):
        read_study(tmp_path)
