"""Runs read from their folders."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

from credence.replay.errors import FolderIncomplete, MalformedData
from credence.replay.exam.files import read_exam
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
from credence.replay.runner.record import Record

Read = TypeVar("Read")


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
    records, seconds = {}, {}
    for system in manifest.systems:
        stem = f"{system_file(system)}.jsonl"
        found = _by_person(folder / ANSWERS / stem, Record.of_line, lambda row: row.user_id)
        if set(found) != set(people):
            raise FolderIncomplete(
                f"{system} has answered {len(found)} of {len(people)} people in {folder}: run "
                "`credence replay run` again with the same options, it goes on where it stopped"
            )
        records[system] = tuple(found[user_id] for user_id in people)
        times = _by_person(folder / TIMINGS / stem, json.loads, lambda row: str(row["user_id"]))
        seconds[system] = {user_id: float(row["seconds"]) for user_id, row in times.items()}
    return FinishedRun(
        folder=folder,
        manifest=manifest,
        exam=exam,
        records=records,
        seconds=seconds,
        audit=tuple(_json(folder / AUDIT)) if (folder / AUDIT).exists() else (),
    )


def read_manifest(folder: Path) -> Manifest:
    """Raises FolderIncomplete, MalformedData."""
    path = folder / MANIFEST
    if not path.exists():
        raise FolderIncomplete(f"{folder} is no run: it has no {MANIFEST}")
    row = _json(path)
    try:
        known = {field.name: row[field.name] for field in fields(Manifest)}
    except (KeyError, TypeError) as error:
        raise MalformedData(f"{path} lacks {error}") from error
    return Manifest(**{**known, "systems": tuple(known["systems"])})


def _by_person(
    path: Path, read: Callable[[str], Read], person: Callable[[Read], str]
) -> dict[str, Read]:
    if not path.exists():
        return {}
    found = {}
    text = path.read_text(encoding="utf-8", errors="surrogatepass")
    for number, line in enumerate(text.split("\n"), start=1):
        if line:
            try:
                row = read(line)
                found[person(row)] = row
            except (ValueError, KeyError, TypeError) as error:
                raise MalformedData(f"{path}, line {number}: {error!r}") from error
    return found


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise MalformedData(f"{path} is not JSON: {error}") from error
