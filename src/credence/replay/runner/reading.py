"""Runs read from their folders."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path

from credence.replay.errors import FolderIncomplete, MalformedData
from credence.replay.exam.files import read_exam
from credence.replay.runner.covered import digest, findings_of
from credence.replay.runner.folder import (
    ANSWERS,
    AUDIT,
    EXAM,
    MANIFEST,
    TIMINGS,
    FinishedRun,
    Manifest,
    system_file,
)
from credence.replay.runner.kept import read_json, read_object
from credence.replay.runner.lines import rows_in
from credence.replay.runner.record import Record


def read_run(folder: Path) -> FinishedRun:
    """A run with everybody's answers.

    Raises FolderIncomplete where answers are missing, MalformedData for a file that is not what it
    should be.
    """
    manifest, exam = read_manifest(folder), read_exam(folder / EXAM)
    if manifest.exam_sha256 != exam.sha256:
        raise MalformedData(
            f"{folder / EXAM} is not the exam that {folder / MANIFEST} was made with: "
            f"{exam.sha256[:12]} instead of {manifest.exam_sha256[:12]}"
        )
    people = [paper.user_id for paper in exam.papers]
    records, seconds, digests = {}, {}, {}
    for system in manifest.systems:
        stem = f"{system_file(system)}.jsonl"
        lines = _lines(folder / ANSWERS / stem)
        found = rows_in(
            folder / ANSWERS / stem, lines, read=Record.of_line, person=lambda row: row.user_id
        )
        if set(found) != set(people):
            raise FolderIncomplete(
                f"{system} has answered {len(found)} of {len(people)} people in {folder}: run "
                "`credence replay run` again with the same options, it goes on where it stopped"
            )
        records[system] = tuple(found[user_id] for user_id in people)
        timed = folder / TIMINGS / stem
        times = rows_in(timed, _lines(timed), read=_timing, person=lambda timing: timing[0])
        seconds[system] = dict(times.values())
        digests[system] = digest(lines)
    return FinishedRun(
        folder=folder,
        manifest=manifest,
        exam=exam,
        records=records,
        seconds=seconds,
        answers=digests,
        audit=findings_of(read_json(folder / AUDIT), digests) if (folder / AUDIT).exists() else (),
    )


def read_manifest(folder: Path) -> Manifest:
    """Raises FolderIncomplete, MalformedData."""
    path = folder / MANIFEST
    if not path.exists():
        raise FolderIncomplete(f"{folder} is no run: it has no {MANIFEST}")
    row = read_object(path)
    try:
        known = {
            field.name: row.get(field.name, False) if field.name == "simulated" else row[field.name]
            for field in fields(Manifest)
        }
    except KeyError as error:
        raise MalformedData(f"{path} lacks {error}") from error
    return Manifest(**{**known, "systems": tuple(known["systems"])})


def _lines(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""


def _timing(line: str) -> tuple[str, float]:
    row = json.loads(line)
    return str(row["user_id"]), float(row["seconds"])
