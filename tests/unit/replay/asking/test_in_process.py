"""Language models of this process as a replay asks them."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import torch

from credence.app.causal_ranker import CausalRanker
from credence.inference.causal.lists import ModelList
from credence.inference.causal.wording import Naming
from credence.inference.parallel import encoding_thread
from credence.memory.model import Item
from credence.planner.counter import Shown
from credence.replay.asking.in_process import InTurn, Serial
from credence.replay.asking.journal import Journal
from credence.replay.asking.seated import LastWord


def shown(user_id: str = "anna") -> Shown:
    return Shown(
        tenant="replay",
        user_id=user_id,
        profile="Likes heists.",
        recent=(),
        session=(),
        instruction="a heist",
        candidates=tuple(Item(item_id=name, title=f"Film {name}") for name in "bca"),
    )


@dataclass
class ByName:
    """In the place of models: items by their ids, while the gate is open."""

    asked: list[str] = field(default_factory=list)
    gate: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.gate.set()

    def rank(self, person: str, candidates: Sequence[str], asked: Naming) -> ModelList:
        assert self.gate.wait(60)
        self.asked.append(person)
        return ModelList(dict.fromkeys(sorted(candidates), 0.0), None)


def a_ranker(models: ByName | Serial) -> CausalRanker:
    return CausalRanker(models, name="tiny", most=20, seconds=60, rise=None)


class Counting(ByName):
    """Also how many threads each list is made by."""

    def rank(self, person: str, candidates: Sequence[str], asked: Naming) -> ModelList:
        self.asked.append(str(torch.get_num_threads()))
        return super().rank(person, candidates, asked)


async def test_one_thread_makes_a_list_whatever_others_have(tmp_path: Path) -> None:
    models = Counting()
    helpers = encoding_thread(2)  # as the encoder of an application has some
    ranker = a_ranker(Serial(models))
    with Journal(tmp_path / "prompts.jsonl").open() as journal:
        await InTurn(ranker, journal)(shown())
    ranker.close()
    left = helpers.submit(torch.get_num_threads).result()
    helpers.shutdown()

    assert (models.asked[0], left) == ("1", 2)


async def test_more_lists_than_may_wait_where_it_serves_wait_for_their_turn(tmp_path: Path) -> None:
    crowd = [shown(f"p{number}") for number in range(40)]
    models = ByName()
    ranker = a_ranker(models)
    models.gate.clear()
    pressing = [asyncio.create_task(ranker(one)) for one in crowd]
    await asyncio.sleep(0)
    models.gate.set()
    at_once = await asyncio.gather(*pressing)
    with Journal(tmp_path / "prompts.jsonl").open() as journal:
        in_turn = await asyncio.gather(*map(InTurn(ranker, journal), crowd))
    ranker.close()

    assert sum(made.fallback is not None for made in at_once) == 40 - 8
    assert [made.fallback for made in in_turn] == [None] * 40
    assert [made.order for made in in_turn] == [(2, 0, 1)] * 40


@pytest.mark.parametrize(
    ("hidden", "silent"),
    [((), ()), (("chunks",), ("Likes heists.",)), (("instruction",), ("a heist",))],
)
async def test_what_is_hidden_is_hidden_from_them_and_not_in_the_journal(
    tmp_path: Path, hidden: Sequence[str], silent: Sequence[str]
) -> None:
    models = ByName()
    ranker = a_ranker(models)
    path = tmp_path / "prompts.jsonl"
    with Journal(path).open() as journal:
        word = LastWord(InTurn(ranker, journal), hidden)
        await word(shown())
    ranker.close()

    assert (word.order, word.fell_back) == (("a", "b", "c"), False)
    for text in ("Likes heists.", "a heist"):
        told = text not in silent
        assert (text in models.asked[0], text in path.read_text("utf-8")) == (told, told)


async def test_a_list_that_a_killed_run_had_made_stands_in_the_journal_once(
    tmp_path: Path,
) -> None:
    ranker = a_ranker(ByName())
    path = tmp_path / "prompts.jsonl"
    for _ in range(2):
        with Journal(path).open() as journal:
            for user_id in ("anna", "ben"):
                await InTurn(ranker, journal)(shown(user_id))
    ranker.close()

    lines = path.read_text("utf-8").splitlines()
    assert [json.loads(line)["user_id"] for line in lines] == ["anna", "ben"]
