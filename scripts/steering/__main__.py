"""How far a list follows a person who says what they like: `python -m scripts.steering`.

For each person of the exam half a list is ranked as it is, and again with one more chunk: the
first category of the candidate in sixth place, liked or disliked, as somebody would pin it. Told
are the places that candidates of this category rise, and the others, out of ten; once as rankers
alone make of it (the baseline), once as concluded, where a dislike bars what events lift, and once
as pinned. What the second costs is told by `python -m scripts.steering.dislikes`.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from credence.app.adapters import embedded_postgres
from credence.app.bootstrap import assemble
from credence.app.rankers import default_ranker
from credence.app.settings import Settings
from credence.inference.encoder import SentenceEncoder
from credence.memory.model import Vector
from credence.planner.ranking.case import Ranker, RankingCase, Scored
from credence.planner.ranking.heeding import Heeding
from credence.replay.believing.memories import Memories
from credence.replay.believing.system import Believing
from credence.replay.bootstrap import interval
from credence.replay.exam.freeze import freeze
from credence.replay.exam.paper import FrozenExam, Negatives
from credence.replay.markdown import gap
from credence.replay.runner.hall import Hall
from credence.replay.systems.system import Question, System

_PLACE = 5  # of the candidate whose category is spoken of
_STRENGTH, _CONFIDENCE = 0.9, 0.8
ALONE, CONCLUDED, PINNED = "by the ranker alone", "concluded", "pinned"


@dataclass(slots=True)
class Steered:
    """A ranker whose cases get one more chunk, while there is one to add."""

    ranker: Ranker
    says: tuple[Vector, float] | None = None  # a topic's vector and a strength
    how: str = ALONE

    @property
    def name(self) -> str:
        return self.ranker.name

    async def of(self, tenant: str) -> Ranker:
        """This one, for every tenant."""
        return self

    async def score(self, case: RankingCase, keep: NDArray[np.bool_]) -> Scored:
        if self.says is None:
            return await self.ranker.score(case, keep)
        topic, strength = self.says
        count = len(case.chunks)
        told = replace(
            case,
            chunks=np.concatenate([case.chunks, topic[None]]),
            strengths=np.append(case.strengths, strength),
            confidences=np.append(case.confidences, _CONFIDENCE),
            chosen=np.append(np.zeros(count, dtype=np.bool_), self.how == PINNED),
        )
        ranker = self.ranker if self.how == ALONE else Heeding(self.ranker)
        return await ranker.score(told, np.insert(keep, count, True, axis=1))


async def steered(
    system: System, ranker: Steered, hall: Hall, exam: FrozenExam, *, strength: float
) -> tuple[list[float], list[float]]:
    """Places that candidates of the topic rise, and the others: means by person."""
    with_topic, others = [], []
    for paper in exam.papers:
        question = Question(
            user_id=paper.user_id,
            history=hall.donors[paper.user_id],
            instruction=None,
            candidates=paper.candidates,
        )
        ranker.says = None
        before = await _order(system, question)
        categories = hall.encoded.items[before[_PLACE]].categories
        if not categories:
            continue
        ranker.says = (hall.encoder.encode([categories[0]])[0], strength)
        after = await _order(system, question)
        risen = {item: before.index(item) - after.index(item) for item in before}
        about = {i for i in before if categories[0] in hall.encoded.items[i].categories}
        with_topic.append(float(np.mean([risen[item] for item in about])))
        if len(about) < len(before):
            others.append(float(np.mean([risen[i] for i in before if i not in about])))
    return with_topic, others


async def _order(system: System, question: Question) -> list[str]:
    answer = await system.answer(question)
    assert answer.scores is not None
    ranked = sorted(
        zip(answer.scores, question.candidates, strict=True), key=lambda p: (-p[0], p[1])
    )
    return [item_id for _, item_id in ranked]


async def measure(data: Path, domain: str, *, people: int, cache: Path | None) -> None:
    with tempfile.TemporaryDirectory(prefix="credence-steering-") as place:
        folder = Path(place)
        database = embedded_postgres.start(folder / "postgres")
        hall = Hall.of(data, domain, encode=SentenceEncoder().encode, cache=cache)
        exam = freeze(
            hall.domain,
            hall.donors,
            negatives=Negatives.RELEASED,
            instructed=False,
            seed=0,
            most=people,
        )
        material = hall.material(exam, folder=folder, database=database)
        memories = Memories(
            settings=Settings(),
            prefix="steering",
            encoder=hall.encoder,
            examinees=material.examinees,
            made_with="",
            at_once=2,
            building=lambda memory, count: lambda: None,
        )
        async with memories.closed("credence", material) as url:
            for name in ("routed", "semantic"):
                ranker = Steered(default_ranker(name, None))
                app = assemble(Settings(worker=False), url, hall.encoder)
                system = Believing(app, ranker, material)
                for how in (ALONE, CONCLUDED, PINNED):
                    for strength in (_STRENGTH, -_STRENGTH):
                        ranker.how = how
                        found = await steered(system, ranker, hall, exam, strength=strength)
                        _show(name, how, strength, *found)
                await app.close()


def _show(
    name: str, how: str, strength: float, with_topic: Sequence[float], others: Sequence[float]
) -> None:
    said = "likes" if strength > 0 else "dislikes"
    cells = [gap(interval(np.array(values), seed=0)) for values in (with_topic, others)]
    print(f"| {name} | {how} | {said} | {len(with_topic)} | {cells[0]} | {cells[1]} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m scripts.steering", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of a domain")
    parser.add_argument("--domain", required=True)
    parser.add_argument("--people", type=int, default=80)
    parser.add_argument("--cache", type=Path)
    asked = parser.parse_args()
    print("| ranker | chunk | says | n | places up, with the topic | others |")
    print("| --- | --- | --- | --- | --- | --- |")
    asyncio.run(measure(asked.data, asked.domain, people=asked.people, cache=asked.cache))


if __name__ == "__main__":
    main()
