"""Batches of training lists."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from credence.inference.listwise.corpus import Corpus, CorpusBuilder
from credence.inference.listwise.less import OF_CHUNKS, OF_INSTRUCTION, OF_OTHERS
from credence.inference.listwise.sources import Less, Lots, Part, Told
from credence.inference.listwise.under import OF_ORDER
from tests.unit.inference.listwise.worlds import a_full_list, same

WHOLE = Less(silent=0, deaf=0, unordered=0, forgetful=0)


def numbered(count: int, *, first: int = 0) -> Corpus:
    """Lists that say their own number as the attitude to their only event."""
    builder, case = CorpusBuilder(), a_full_list(candidates=3, chunks=2, events=1)
    for number in range(first, first + count):
        builder.add(replace(case, attitudes=np.array([float(number)])), number % 3)
    return builder.build()


def numbers_in(told: Told) -> list[int]:
    return [int(number) for number in told.inputs.attitudes[:, 0]]


@pytest.fixture
def lots() -> Lots:
    parts = [
        Part(numbered(23), torch.arange(23), homes=(0,), expert=0),
        Part(numbered(40, first=100), torch.arange(5, 36), homes=(1,), expert=2),
        Part(numbered(3, first=200), torch.arange(3), homes=(2,), expert=1),
        Part(numbered(3, first=300), torch.arange(0)),
    ]
    return Lots(parts, size=5, homes=3, less=WHOLE)


def test_every_batch_is_of_one_part_and_no_list_comes_twice_in_an_epoch(lots: Lots) -> None:
    batches = [lots.batch(7, 2, index) for index in range(lots.batches)]
    seen = [numbers_in(batch) for batch in batches]

    assert len(batches) == 4 + 6 + 1
    assert [len(numbers) for numbers in seen].count(5) == 10  # the third part fills no batch
    assert all(len({number // 100 for number in numbers}) == 1 for numbers in seen)
    everything = [number for numbers in seen for number in numbers]
    assert len(set(everything)) == len(everything)
    assert {n for n in everything if 100 <= n < 200} <= set(range(105, 136))
    experts = {0: 0, 1: 2, 2: 1}
    for batch, numbers in zip(batches, seen, strict=True):
        assert batch.own.tolist() == [experts[numbers[0] // 100]] * len(numbers)
        assert batch.labels.tolist() == [number % 3 for number in numbers]


def test_a_batch_follows_from_its_numbers_and_epochs_differ(lots: Lots) -> None:
    lots = replace(lots, less=Less(away=0.5))
    one, again = lots.batch(1, 0, 4), lots.batch(1, 0, 4)

    assert same(one.inputs, again.inputs, within=0)
    assert torch.equal(one.labels, again.labels)
    assert torch.equal(one.away, again.away)

    def order(seed: int, epoch: int) -> list[list[int]]:
        return [numbers_in(lots.batch(seed, epoch, index)) for index in range(lots.batches)]

    assert order(1, 0) == order(1, 0)
    assert order(1, 0) != order(1, 1)
    assert order(1, 0) != order(2, 0)


def test_an_epoch_later_other_lists_fill_the_batches(lots: Lots) -> None:
    seen = {
        n
        for epoch in range(8)
        for i in range(lots.batches)
        for n in numbers_in(lots.batch(0, epoch, i))
    }

    assert seen == {*range(23), *range(105, 136), *range(200, 203)}


def test_parts_of_lists_are_missing_as_often_as_is_said() -> None:
    part = Part(numbered(4_000), torch.arange(4_000), homes=(1,), expert=1)
    less = Less(silent=0.5, deaf=0.15, unordered=0.4, forgetful=0.3, away=0.25)

    told = Lots([part], size=4_000, less=less, homes=2).batch(0, 0, 0)

    lists, signals = told.inputs, told.inputs.signals[:, 0]
    silent, deaf = lists.asked == 0, ~lists.people.any(-1)
    forgetful = ~lists.keep_chunks.any(-1)[:, 0]
    unordered = ~lists.followed.flatten(1).any(-1) & ~deaf
    missing = (silent, deaf, unordered, forgetful, told.away[:, 1])
    shares = [float(one.float().mean()) for one in missing]
    assert shares == pytest.approx([0.5, 0.15, 0.4 * 0.85, 0.3, 0.25], abs=0.03)
    both = float((silent & deaf).float().mean())
    assert both == pytest.approx(0.075, abs=0.02)  # each by a throw of its own
    assert not told.away[:, 0].any()
    for where, columns in (
        (silent, OF_INSTRUCTION),
        (deaf, OF_OTHERS),
        (unordered, OF_ORDER),
        (forgetful, OF_CHUNKS),
    ):
        assert not signals[where][:, :, list(columns)].any()
    assert lists.company[unordered].any()
    assert not lists.followed_soon[unordered].any()


def test_where_the_generalist_is_at_home_no_list_is_taken_for_strange() -> None:
    part = Part(numbered(50), torch.arange(50), homes=(0,), expert=0)

    assert not Lots([part], size=50, less=Less(away=1.0), homes=1).batch(0, 0, 0).away.any()


def test_nothing_to_learn_from_is_said_at_once() -> None:
    with pytest.raises(ValueError, match="no list"):
        Lots([Part(numbered(3), torch.arange(0))], size=5)
