"""What the listwise network may look at, and what must not change what it says."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from credence.inference.listwise.case import lists_of
from credence.inference.listwise.less import (
    OF_CHUNKS,
    OF_INSTRUCTION,
    OF_OTHERS,
    unordered,
)
from credence.inference.listwise.lists import Lists
from credence.inference.listwise.network import Network, Shape
from credence.inference.listwise.seen import Seen
from credence.inference.listwise.under import OF_ORDER, SIGNALS, SPREADS
from credence.inference.training.losses.labels import label_loss
from credence.planner.ranking import signals
from tests.unit.inference.listwise.worlds import (
    a_full_list,
    a_stirred_network,
    close,
    direction,
    permuted,
)
from tests.unit.planner.ranking.cases import SIZE


def test_columns_are_those_of_the_semantic_signals() -> None:
    names = signals.SIGNALS

    assert len(SPREADS) == len(names) == SIGNALS
    assert {names[at] for at in OF_INSTRUCTION} == signals.OF_INSTRUCTION
    assert {names[at] for at in OF_CHUNKS} == {"chunk_likes", "chunk_dislikes"}
    assert {names[at] for at in OF_OTHERS} == set(signals.OF_OTHERS)
    assert {names[at] for at in OF_ORDER} == {n for n in names if n.startswith("followed")}


def test_a_list_beside_a_longer_one_is_scored_as_alone() -> None:
    network = a_stirred_network(homes=2)
    short = a_full_list(candidates=4, chunks=1, events=2, variants=3, seed=1)
    long = a_full_list(candidates=9, chunks=7, events=8, variants=3, seed=2)

    together, alone = network(lists_of([short, long])), network(lists_of([short]))

    assert close(together.logits[:1, :, :4], alone.logits)
    assert close(together.hidden[:1], alone.hidden)


def test_what_only_pads_a_list_is_ruled_out_and_nothing_else_is() -> None:
    cases = [a_full_list(candidates=n, seed=n) for n in (2, 5)]

    logits = a_stirred_network()(lists_of(cases)).logits

    assert torch.isneginf(logits).tolist() == [
        [[False, False, True, True, True]],
        [[False] * 5],
    ]


def test_many_cases_under_many_variants_are_as_each_alone() -> None:
    network = a_stirred_network(homes=1)
    cases = [
        a_full_list(candidates=3 + n, chunks=n, events=4 - n, variants=4, seed=n) for n in range(4)
    ]

    whole = network(lists_of(cases))

    for at, case in enumerate(cases):
        for variant in range(4):
            row = slice(variant, variant + 1)
            one = replace(
                case,
                signals=case.signals[row],
                keep_events=case.keep_events[row],
                keep_chunks=case.keep_chunks[row],
            )
            said = network(lists_of([one]))
            size = len(case.candidates)
            assert close(whole.logits[at, variant, :size], said.logits[0, 0])
            assert close(whole.hidden[at, variant], said.hidden[0, 0])


def test_neither_id_nor_place_of_a_candidate_is_seen() -> None:
    network, case = a_stirred_network(), a_full_list(candidates=7, variants=2)
    order = np.random.default_rng(3).permutation(7)

    moved, before = network(lists_of([permuted(case, order)])), network(lists_of([case]))

    assert close(moved.logits, before.logits[..., order])
    assert close(moved.hidden, before.hidden)


def test_a_piece_that_a_variant_leaves_out_has_no_say_in_it() -> None:
    network, case = a_stirred_network(), a_full_list(candidates=5, chunks=3, events=4)
    without = replace(
        case,
        keep_events=np.array([[True, False, True, True]]),
        keep_chunks=np.array([[True, True, False]]),
    )
    rng = np.random.default_rng(9)

    def other(rows: np.ndarray, at: int) -> np.ndarray:
        told = np.array(rows)
        told[at] = rng.normal(size=told[at].shape)
        return told

    others: dict[str, Any] = {
        name: other(getattr(case, name), 1)
        for name in ("events", "attitudes", "voices", "event_words", "company")
    }
    for name in ("chunks", "strengths", "confidences"):
        others[name] = other(getattr(case, name), 2)
    changed = replace(without, **others)

    before, after = network(lists_of([without])), network(lists_of([changed]))

    assert close(after.logits, before.logits)
    assert close(after.hidden, before.hidden)
    assert not close(before.logits, network(lists_of([case])).logits)


def test_chunks_come_in_no_order_and_events_in_that_of_time() -> None:
    network, case = a_stirred_network(), a_full_list(chunks=3, events=3)
    before = network(lists_of([case])).logits
    chunks: dict[str, Any] = {
        n: getattr(case, n)[::-1] for n in ("chunks", "strengths", "confidences")
    }
    events: dict[str, Any] = {
        n: getattr(case, n)[::-1]
        for n in ("events", "attitudes", "voices", "event_words", "company")
    }

    assert close(network(lists_of([replace(case, **chunks)])).logits, before)
    assert not close(network(lists_of([replace(case, **events)])).logits, before)


@pytest.mark.parametrize("rank", [0, 2])
def test_every_part_is_taught_and_padding_spoils_no_gradient(*, rank: int) -> None:
    network = a_stirred_network(rank=rank).train()
    lists = lists_of(
        [
            a_full_list(candidates=2, chunks=0, events=0, seed=1),
            a_full_list(candidates=6, chunks=4, events=5, seed=2),
            a_full_list(candidates=1, chunks=1, events=1, asked=False, seed=3),
        ]
    )
    said = network(lists)

    loss = label_loss(said.logits[:, 0], torch.tensor([1, 3, 0])) + said.hidden.square().sum()
    loss.backward()

    gradients = {name: one.grad for name, one in network.named_parameters()}
    assert all(g is not None and torch.isfinite(g).all() for g in gradients.values())
    untaught = {
        name for name, g in gradients.items() if g is not None and not (g.abs() > 1e-6).any()
    }
    assert untaught == {"out.bias"}  # a constant in all logits tells no candidate from another


def test_training_begins_at_the_linear_ranker() -> None:
    torch.manual_seed(0)
    network = Network(Shape(dimension=SIZE, rank=2)).eval()
    with torch.no_grad():
        network.linear.copy_(torch.randn(2, SIGNALS))
    asked, silent = a_full_list(seed=1), a_full_list(asked=False, seed=2)

    logits = network(lists_of([asked, silent])).logits[:, 0]

    for row, case, weights in ((0, asked, network.linear[1]), (1, silent, network.linear[0])):
        expected = (case.signals[0] / np.array(SPREADS)) @ weights.detach().numpy()
        np.testing.assert_allclose(logits[row].detach().numpy(), expected, atol=1e-4)


def test_the_hidden_state_ends_in_how_far_the_catalogue_is_each_home() -> None:
    network = a_stirred_network(homes=2)
    network.homes.copy_(torch.stack([torch.tensor(direction(0)), torch.tensor(direction(1))]))
    beside = 0.99 * direction(0) + np.sqrt(1 - 0.99**2) * direction(2)  # .99 of the first in cosine
    lists = lists_of(
        [
            replace(a_full_list(variants=2), centre=centre.astype(np.float32))
            for centre in (0.2 * direction(0), 0 * direction(0), 3 * beside)
        ]
    )

    hidden = network(lists).hidden
    away = network(lists, torch.tensor([[True, False], [False, False], [False, False]])).hidden

    assert hidden.shape == (3, 2, 5 + 2)
    assert hidden[0, :, 5:].tolist() == [[5.0, pytest.approx(0.0, abs=1e-30)]] * 2
    assert hidden[1, :, 5:].max() < 1e-30
    assert hidden[2, :, 5].tolist() == pytest.approx([5 * np.exp(-1)] * 2, rel=1e-4)
    assert away[0, :, 5].tolist() == [0.0, 0.0]
    assert torch.equal(away[..., :5], hidden[..., :5])
    assert torch.equal(away[1:], hidden[1:])


def test_a_list_of_one_and_a_person_of_whom_nothing_is_known_are_scored() -> None:
    case = a_full_list(candidates=1, chunks=0, events=0, asked=False)

    said = a_stirred_network()(lists_of([case]))

    assert torch.isfinite(said.logits).all()
    assert torch.isfinite(said.hidden).all()


def test_nothing_is_made_on_another_device_than_that_of_the_lists() -> None:
    network = a_stirred_network(homes=2).to("meta")
    lists = lists_of([a_full_list(variants=2), a_full_list(candidates=3, variants=2)])

    said = network(Lists(*(tensor.to("meta") for tensor in lists)))

    assert said.logits.shape == (2, 2, 6)


def test_arrays_that_may_not_be_written_are_taken_all_the_same() -> None:
    case = a_full_list()
    for name in ("candidates", "centre", "people", "keep_events"):
        getattr(case, name).flags.writeable = False
    held = replace(case, people=np.asarray(case.people, np.float32))
    held.people.flags.writeable = False

    lists = lists_of([held])

    lists.people.zero_()
    assert held.people.any()


def test_cases_of_different_numbers_of_variants_make_no_batch() -> None:
    with pytest.raises(ValueError, match=r"\[1, 2\]"):
        lists_of([a_full_list(), a_full_list(variants=2)])


def test_a_voice_is_the_mean_over_events_at_which_something_was_written() -> None:
    case = a_full_list(candidates=4, chunks=0, events=3)
    voices = np.array(case.voices)
    voices[1] = 0
    lists = lists_of([replace(case, voices=voices)])

    (part,) = Seen.of(lists).parts()
    said = part.own[0, 0, :, 2 * SIGNALS :]

    voice = torch.from_numpy(voices[[0, 2]].mean(axis=0))
    assert close(said[:, 6], 3 * lists.words[0] @ voice)
    to_words = lists.words[0] @ (lists.wording[0] - voice)
    assert close(said[:, 1], 3 * (to_words - to_words.mean()))


def test_weights_learnt_on_signals_of_other_spreads_are_refused() -> None:
    network = a_stirred_network()
    weights = network.state_dict()
    network.load_state_dict(weights)

    weights["spreads"] = weights["spreads"] * 2

    with pytest.raises(RuntimeError, match="other spreads"):
        network.load_state_dict(weights)


def test_only_training_drops_anything() -> None:
    network, lists = a_stirred_network(), lists_of([a_full_list()])

    still = [network(lists).logits for _ in range(2)]
    network.train()
    learning = [network(lists).logits for _ in range(2)]

    assert torch.equal(still[0], still[1])
    assert not close(learning[0], learning[1])
    assert not close(learning[0], still[0])


def test_who_never_saw_an_order_makes_nothing_of_one() -> None:
    torch.manual_seed(0)
    network = Network(Shape(dimension=SIZE))
    known = lists_of([a_full_list(events=4, seed=seed) for seed in range(3)])
    unknown = unordered(known, torch.ones(3, dtype=torch.bool))
    assert not torch.equal(known.followed, unknown.followed)
    learning = torch.optim.AdamW(network.parameters(), lr=0.05)
    for _ in range(5):
        learning.zero_grad()
        logits = network(unknown).logits[:, 0]
        label_loss(logits, torch.zeros(3, dtype=torch.long)).backward()  # type: ignore[no-untyped-call]
        learning.step()
    network.eval()

    told, untold = network(known), network(unknown)

    assert float(untold.logits.detach().std()) > 0.1
    assert close(told.logits, untold.logits)
    assert close(told.hidden, untold.hidden)
