"""The folder of a study of evolving tastes.

evolve.json           what was walked: see `Manifest`
questions.jsonl       a timeline a line: person, splice, and each step's candidates and target
steps/SYSTEM.jsonl    a `Walked` a line, by person
timings/SYSTEM.jsonl  a `Took` a line: what differs between equal walks
prompts/SYSTEM.jsonl  what models were asked and answered, of systems that ask any; such a question
                      is not asked again
figures.json          what was found, ready to be drawn
figures.md            the same as tables
calibration.csv       bins of strength against later behaviour
report.html           all of it in pictures
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from credence.replay.asking.consulting import OF_MODELS
from credence.replay.errors import MalformedData
from credence.replay.evolving.asked import Walk
from credence.replay.evolving.walked import Took, Walked
from credence.replay.runner.folder import TIMINGS, system_file
from credence.replay.runner.kept import check_same, schema_prefix, write_json
from credence.replay.runner.lines import Lines

MANIFEST, QUESTIONS, STEPS = "evolve.json", "questions.jsonl", "steps"
_SAME = ("questions_sha256", "data_sha256", "commit", "versions")  # in all of it; so are settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What was walked, so that it can be walked again."""

    command: str  # that repeats it
    commit: str  # of the code, "-dirty-" with a digest where it was changed; else one of its files
    questions_sha256: str  # of all timelines and questions
    data_sha256: str
    domain: str
    spliced: bool
    people: int  # timelines; each of two people where they are spliced
    questions: int
    stride: int
    seed: int
    systems: tuple[str, ...]
    others: str  # whose interactions others' memory is made of, in words
    versions: Mapping[str, str]  # of Python and the libraries that decide on results
    settings: Mapping[str, Any]  # of Credence, and of the models where any is asked
    started_at: str  # ISO 8601, UTC
    plumbing_only: bool = False  # a model's answers came from the development server
    simulated: bool = False  # its people are made up


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """A finished study, read whole; people in one order everywhere."""

    manifest: Manifest
    walked: Mapping[str, tuple[Walked, ...]]  # by system
    took: Mapping[str, tuple[Took, ...]]


def continued(folder: Path, manifest: Manifest) -> Manifest:
    """The manifest, with the systems that the folder has already. Raises AnotherRun."""
    if not (folder / MANIFEST).exists():
        return manifest
    before = read_manifest(folder)
    for name in _SAME:
        check_same(folder, name, getattr(before, name), getattr(manifest, name))
    check_same(folder, "settings", _own(before.settings), _own(manifest.settings))
    for name in set(before.settings) & set(manifest.settings):  # models' only where one is asked
        check_same(folder, f"settings: {name}", before.settings[name], manifest.settings[name])
    return replace(
        manifest,
        systems=tuple(dict.fromkeys([*before.systems, *manifest.systems])),
        settings={**before.settings, **manifest.settings},
        started_at=before.started_at,
        plumbing_only=before.plumbing_only or manifest.plumbing_only,
        simulated=before.simulated or manifest.simulated,
    )


def _own(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Those that decide on every system's results."""
    return {name: value for name, value in settings.items() if not name.startswith(OF_MODELS)}


def begin(folder: Path, manifest: Manifest, asked: Sequence[Walk]) -> str:
    """Write what is to be walked; what the names of its schemas begin with, after a restart too."""
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / MANIFEST, asdict(manifest))
    (folder / QUESTIONS).write_text(
        "".join(json.dumps(_questions(walk), ensure_ascii=False) + "\n" for walk in asked),
        encoding="utf-8",
        errors="surrogatepass",
    )
    return schema_prefix(folder)


def steps(folder: Path, system: str) -> Lines[Walked]:
    """The walks of a system, as far as they are kept."""
    return Lines(
        folder / STEPS / f"{system_file(system)}.jsonl",
        read=Walked.of_line,
        write=Walked.line,
        person=lambda walked: walked.user_id,
    )


def timings(folder: Path, system: str) -> Lines[Took]:
    """What the walks of a system took."""
    return Lines(
        folder / TIMINGS / f"{system_file(system)}.jsonl",
        read=Took.of_line,
        write=Took.line,
        person=lambda took: took.user_id,
    )


def read_manifest(folder: Path) -> Manifest:
    """Raises MalformedData where there is none."""
    path = folder / MANIFEST
    try:
        row = json.loads(path.read_text(encoding="utf-8"))
        return Manifest(**(row | {"systems": tuple(row["systems"])}))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise MalformedData(f"{path} is no manifest of a study: {error!r}") from error


def read_study(folder: Path) -> Study:
    """Everything that was walked to the end. Raises MalformedData."""
    manifest = read_manifest(folder)
    walked, took = {}, {}
    for system in manifest.systems:
        found, timed = steps(folder, system).rows, timings(folder, system).rows
        if len(found) < manifest.people:
            raise MalformedData(
                f"{folder}: {system} walked {len(found)} of {manifest.people} timelines; give the "
                "same command again, it goes on where it stopped"
            )
        people = sorted(found)
        walked[system] = tuple(found[user_id] for user_id in people)
        took[system] = tuple(timed[user_id] for user_id in people if user_id in timed)
    return Study(manifest=manifest, walked=walked, took=took)


def _questions(walk: Walk) -> dict[str, Any]:
    return {
        "user_id": walk.timeline.user_id,
        "splice": walk.timeline.splice,
        "events": len(walk.timeline.story),
        "steps": [
            {"step": step, "candidates": [*paper.candidates], "target": paper.target}
            for step, paper in sorted(walk.papers.items())
        ],
    }
