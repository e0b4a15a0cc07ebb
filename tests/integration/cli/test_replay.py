"""`credence replay` as a newcomer runs it: a study without data, and what is refused."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from credence.cli.main import app
from credence.replay.exam.files import read_exam
from credence.replay.runner.reading import read_run
from tests.integration.replay.toy_run import PEOPLE, write_toy


@pytest.fixture
def place(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CREDENCE_DATABASE_URL", database)
    return tmp_path


def replay(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["replay", *arguments])


def refused(done: Result) -> str:
    """What was said on stderr, in one line."""
    assert done.exit_code == 2, done.output
    assert "Traceback" not in done.output
    return re.sub(r"\s+", " ", done.stderr)


def exams(place: Path, *options: str) -> Sequence[Path]:
    data = write_toy(place / "toy", people=PEOPLE)
    done = replay("exam", "--data", str(data), "--out", str(place / "exams"), *options)
    assert done.exit_code == 0, done.output
    return sorted((place / "exams").glob("*.json"))


def test_a_study_without_data_ends_in_an_audited_report(place: Path) -> None:
    done = replay("study", "--out", "s", "--users", "6", "--systems", "random,bm25,credence")

    assert done.exit_code == 0, done.output
    finished = read_run(place / "s" / "runs" / "demo-released-matched-asked")
    assert finished.manifest.systems == ("random", "bm25", "credence")
    assert len(finished.exam.papers) == 6
    assert {finding["number"] for finding in finished.audit} == set(range(1, 12))
    assert not [f for f in finished.audit if f["outcome"] == "failed"]
    page = (place / "s" / "report.html").read_text(encoding="utf-8")
    assert finished.exam.sha256[:12] in page
    assert finished.manifest.simulated
    assert "The people are simulated." in page
    assert "The people are simulated" in (place / "s" / "figures.md").read_text(encoding="utf-8")
    figures = json.loads((place / "s" / "figures.json").read_text(encoding="utf-8"))
    assert len(figures["exams"]) == 2


def test_a_study_of_a_release_without_matched_lists_takes_the_lists_there_are(place: Path) -> None:
    data = write_toy(place / "toy")
    (place / "s" / "exams").mkdir(parents=True)
    (place / "s" / "exams" / "of-another-study.json").write_text("{}")

    done = replay(
        "study", "--out", "s", "--data", str(data), "--users", "4", "--systems", "random,popularity"
    )

    assert done.exit_code == 0, done.output
    runs = sorted(path.name for path in (place / "s" / "runs").iterdir() if path.is_dir())
    assert runs == ["toy-released-asked", "toy-released-unasked"]
    assert "The people are simulated" not in (place / "s" / "report.html").read_text("utf-8")


def test_equal_options_freeze_equal_exams(place: Path) -> None:
    options = ("--users", "5", "--negatives", "random", "--instruction", "with")

    def digests(*more: str) -> list[str]:
        return [read_exam(path).sha256 for path in exams(place, *options, *more)]

    [first] = digests()
    [again] = digests()
    [other, kept] = digests("--seed", "1")

    assert first == again == kept != other


def test_several_draws_for_the_same_people_are_counted_together(place: Path) -> None:
    for seed in ("0", "1", "2"):
        made = exams(place, "--negatives", "random", "--instruction", "with", "--seed", seed)
    asked = read_exam(made[0])
    for several, systems in ((made, "random,popularity"), (made[:2], "recency")):
        sat = replay(
            *("run", *map(str, several), "--data", str(place / "toy"), "--out", "runs"),
            *("--systems", systems),
        )
        assert sat.exit_code == 0, sat.output

    told = replay("report", "runs", "--out", "report.html", "--json")
    shown = replay("report", "runs", "--out", "report.html")

    assert told.exit_code == 0, told.output
    found = json.loads(told.stdout)
    [pool] = found["draws"]
    assert (pool["seeds"], pool["people"]) == ([0, 1, 2], len(asked.papers))
    by_exam = [
        one["mean"]
        for exam in found["exams"]
        for one in exam["figures"]
        if (one["system"], one["measure"], one["slice"]) == ("popularity", "MRR", "all")
    ]
    [mean] = [
        one["mean"]
        for one in pool["figures"]
        if (one["system"], one["measure"]) == ("popularity", "MRR")
    ]
    assert mean == pytest.approx(sum(by_exam) / 3)
    assert "not counted over these draws: recency (sat 2 of 3)" in shown.stdout
    assert "Several draws: toy, random, with instruction" in Path("figures.md").read_text("utf-8")


def test_one_exam_in_two_files_is_refused(place: Path) -> None:
    [asked, *_] = exams(place, "--users", "4", "--seed", "1")
    old = asked.with_name("toy-asked.json")
    old.write_bytes(asked.read_bytes())

    told = refused(
        replay(
            *("run", str(old), str(asked), "--data", str(place / "toy"), "--out", "out"),
            *("--systems", "random"),
        )
    )

    assert f"{old.name} and " in told
    assert f"{asked.name} are one exam ({read_exam(asked).sha256[:12]})" in told
    assert "delete one of them" in told
    assert not (place / "out").exists()


def test_what_cannot_be_asked_is_refused_with_its_name(place: Path) -> None:
    [asked, *_] = exams(place, "--users", "4")
    toy, out = str(place / "toy"), str(place / "out")
    (place / "nobody.txt").write_text("\n")
    (place / "stranger.txt").write_text("stranger\n")
    (place / "no.json").write_text("{}")
    freeze = ("exam", "--data", toy, "--out", out)

    told = {
        "no system 'nonsense'": replay(
            "run", str(asked), "--data", toy, "--out", out, "--systems", "nonsense"
        ),
        "does not know 'sometimes'": replay(
            "run", str(asked), "--data", toy, "--out", out, "--systems", "credence:sometimes"
        ),
        "no.json is no exam": replay(
            "run", "no.json", "--data", toy, "--out", out, "--systems", "random"
        ),
        "away is not a folder": replay(
            "run", str(asked), "--data", "away", "--out", out, "--systems", "random"
        ),
        "names nobody": replay(*freeze, "--users-from", "nobody.txt"),
        "stranger is not in the data": replay(*freeze, "--users-from", "stranger.txt"),
        "exclude each other": replay(*freeze, "--users-from", "stranger.txt", "--users", "3"),
        "has no domain other": replay(*freeze, "--domain", "other"),
    }

    for why, done in told.items():
        assert why in refused(done)
    assert not Path(out).exists()


def test_options_of_the_other_engine_are_refused(place: Path) -> None:
    [asked, *_] = exams(place, "--users", "4")
    run = ("run", str(asked), "--data", "toy", "--out", "out", "--systems", "random")

    processes = refused(replay(*run, "--engine", "ray", "--processes", "2"))
    address = refused(replay(*run, "--ray-address", "auto"))

    assert "leave --processes out; --workers says" in processes
    assert "add --engine ray" in address
    assert not (place / "out").exists()


def test_the_systems_there_are_can_be_listed() -> None:
    listed = json.loads(replay("systems", "--json").stdout)

    assert {"random", "sasrec", "encoder-instruction", "credence"} <= set(listed["systems"])
    assert "no-weakening" not in listed["systems"]
    assert "weakening" in listed["variants"]
