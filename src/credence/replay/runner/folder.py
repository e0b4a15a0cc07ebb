"""The folder of a run, as others read it.

run.json              what was run: see `Manifest`
exam.json             the exam, whole
answers/SYSTEM.jsonl  a `Record` a line, in the order of the exam
timings/SYSTEM.jsonl  {"user_id", "seconds"} a line: what differs between equal runs
beliefs/SYSTEM.jsonl  {"user_id", "belief"} a line, of systems that have one
prompts/SYSTEM.jsonl  what models were asked and answered, of systems that ask any; such a question
                      is not asked again of a server. Of models of the process: what they were
                      shown of a person, and their order
people.jsonl          a `PersonFacts` a line: what breakdowns go by
items.json            titles by item id, of candidates and histories
readonly.json         by system: what proves that its memory was closed while the exam was sat
audit.json            what `credence replay audit` found, and digests of the answers it is of
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from credence.replay.exam.paper import FrozenExam
from credence.replay.runner.record import Record

MANIFEST, EXAM, AUDIT = "run.json", "exam.json", "audit.json"
ANSWERS, TIMINGS, BELIEFS = "answers", "timings", "beliefs"
ITEMS = "items.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What was run, so that it can be run again."""

    command: str  # that repeats it
    commit: str  # of the code, "-dirty-" with a digest where it was changed; else one of its files
    exam_sha256: str
    domain: str
    negatives: str
    instructed: bool
    seed: int
    systems: tuple[str, ...]
    donors: str  # whose interactions others' memory is made of, in words
    versions: Mapping[str, str]  # of Python and the libraries that decide on results
    settings: Mapping[str, Any]  # of Credence, where they are not the default
    plumbing_only: bool  # an LLM system answered from the development server: quality means nothing
    started_at: str  # ISO 8601, UTC
    simulated: bool = False  # its people are made up; missing in older runs


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedRun:
    """A run with everybody's answers, read whole."""

    folder: Path
    manifest: Manifest
    exam: FrozenExam
    records: Mapping[str, tuple[Record, ...]]  # by system, in the order of the exam's papers
    seconds: Mapping[str, Mapping[str, float]]  # by system and person
    answers: Mapping[str, str]  # by system, a digest of its file of answers
    audit: tuple[
        Mapping[str, Any], ...
    ]  # findings, see `replay.audit`; empty where none is of these


def system_file(name: str) -> str:
    """The stem of a system's files: its name, made safe for any file system."""
    return "".join(c if c.isalnum() or c in "-_.+" else "_" for c in name)
