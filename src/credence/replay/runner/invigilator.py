"""One system after another sits an exam; whatever was answered before is not asked again."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from credence.replay.exam.paper import FrozenExam, Paper
from credence.replay.ranks import DECIMALS, best_first
from credence.replay.runner.folder import ANSWERS, BELIEFS, TIMINGS, system_file
from credence.replay.runner.lines import Lines
from credence.replay.runner.record import Record
from credence.replay.systems.system import Answer, Material, Prepare, Question, System
from credence.replay.turns import in_turns

Told = Callable[[str, Record | None], None]  # a system, and an answer of it; None: from before


@dataclass(frozen=True, slots=True, kw_only=True)
class Invigilator:
    """Puts an exam to systems: whose questions, what was learnt before, where answers go."""

    exam: FrozenExam
    material: Material
    instructions: Mapping[str, str | None]  # by person
    at_once: int  # people asked at a time
    told: Told
    singly: Collection[str] = ()  # systems that make one list at a time: nobody's wait is timed

    async def examine(self, systems: Mapping[str, Prepare]) -> None:
        """Have every system answer everybody it has not answered yet."""
        for name, prepare in systems.items():
            await _Examined(self, name).sit(prepare)


class _Examined:
    def __init__(self, hall: Invigilator, name: str) -> None:
        self._hall = hall
        self._name = name
        folder, stem = hall.material.folder, f"{system_file(name)}.jsonl"
        self._answers = Lines(
            folder / ANSWERS / stem,
            read=Record.of_line,
            write=Record.line,
            person=lambda record: record.user_id,
        )
        self._timings = _plain(folder / TIMINGS / stem)
        self._beliefs = _plain(folder / BELIEFS / stem)

    async def sit(self, prepare: Prepare) -> None:
        exam, told = self._hall.exam, self._hall.told
        for _ in self._answers.rows:
            told(self._name, None)
        left = [paper for paper in exam.papers if paper.user_id not in self._answers.rows]
        if left:
            async with prepare(self._hall.material) as system:
                await self._ask(system, left)
        order = [paper.user_id for paper in exam.papers]
        for lines in (self._answers, self._timings):
            lines.finish(order)
        if self._beliefs.rows:
            self._beliefs.finish(order)

    async def _ask(self, system: System, papers: list[Paper]) -> None:
        with (
            self._answers.open() as answered,
            self._timings.open() as timed,
            self._beliefs.open() as believed,
        ):

            async def one(paper: Paper) -> None:
                started = time.perf_counter()
                answer = await system.answer(self._question(paper))
                seconds = time.perf_counter() - started
                record = record_of(answer, paper, seed=self._hall.exam.order)
                if answer.belief is not None:
                    believed({"user_id": paper.user_id, "belief": dict(answer.belief)})
                timed({"user_id": paper.user_id, "seconds": round(seconds, 6)})
                answered(record)  # last: what stands there is not asked again
                self._hall.told(self._name, record)

            at_once = 1 if self._name in self._hall.singly else self._hall.at_once
            await in_turns(papers, one, at_once=at_once)

    def _question(self, paper: Paper) -> Question:
        hall = self._hall
        asked = hall.instructions[paper.user_id] if hall.exam.instructed else None
        return Question(
            user_id=paper.user_id,
            history=hall.material.donors[paper.user_id],
            instruction=asked,
            candidates=paper.candidates,
        )


def record_of(answer: Answer, paper: Paper, *, seed: int) -> Record:
    """The answer as it is kept: a failure has the worst rank."""
    failure = answer.failure or _fault(answer, paper)
    order: tuple[str, ...] = ()
    scores: tuple[float, ...] = ()
    rank = len(paper.candidates)
    if not failure:
        given = np.asarray(answer.scores, dtype=np.float64)
        best = best_first(given, paper.candidates, user_id=paper.user_id, seed=seed)
        order = tuple(paper.candidates[index] for index in best)
        scores = tuple(round(float(given[index]), DECIMALS) for index in best)
        rank = order.index(paper.target) + 1
    return Record(
        user_id=paper.user_id,
        rank=rank,
        order=order,
        scores=scores,
        failure=failure,
        tokens_in=answer.tokens_in,
        tokens_out=answer.tokens_out,
        cost=answer.cost,
        unpriced=answer.unpriced,
        revision=answer.revision,
        operations=dict(answer.operations),
    )


def _fault(answer: Answer, paper: Paper) -> str:
    if answer.scores is None:
        return "no scores, and no reason given"
    if len(answer.scores) != len(paper.candidates):
        return f"{len(answer.scores)} scores for {len(paper.candidates)} candidates"
    if not all(math.isfinite(score) for score in answer.scores):
        return "a score that is no finite number"
    return ""


def _plain(path: Path) -> Lines[dict[str, Any]]:
    return Lines(
        path,
        read=json.loads,
        write=lambda row: json.dumps(row, ensure_ascii=False),
        person=lambda row: str(row["user_id"]),
    )
