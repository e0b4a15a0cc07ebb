"""A ranking case as a list for the models, whatever of it is missing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from credence.app.listing import list_case
from credence.inference.listwise.case import ListCase, lists_of
from credence.planner.ranking.reasons import leave_one_out
from credence.planner.ranking.signals import signals
from tests.unit.inference.listwise.worlds import a_stirred_network, a_told_case
from tests.unit.planner.ranking.cases import SIZE, a_case, everything


def test_pieces_and_signals_stand_where_the_models_look_for_them() -> None:
    case = a_told_case(candidates=5, chunks=2, events=3)
    keep = leave_one_out(2, 3)[:-1]  # chunks, then events

    listed = list_case(case, keep)

    assert listed.keep_chunks.sum(axis=1).tolist() == [2, 1, 1, 2, 2, 2]
    assert listed.keep_events.sum(axis=1).tolist() == [3, 3, 3, 2, 2, 2]
    assert not listed.keep_chunks[1, 0]
    assert not listed.keep_events[3, 0]
    assert listed.signals.shape == (6, 5, 16)
    assert np.array_equal(listed.signals[4, :, 1], signals(case, keep)[1, 4])
    assert np.array_equal(listed.attitudes, case.event_weights)
    assert listed.asked


def test_what_is_usual_is_taken_out_of_words_and_nothing_stays_nothing() -> None:
    case = a_told_case(events=3)
    assert case.voices is not None
    assert case.wording is not None
    assert case.others is not None
    assert case.others.usual is not None
    voices = case.voices.copy()
    voices[1] = 0

    listed = list_case(replace(case, voices=voices), everything(case))
    unasked = list_case(replace(case, instruction=None, wording=None), everything(case))

    usual = case.others.usual
    assert np.allclose(listed.voices[[0, 2]], voices[[0, 2]] - usual, atol=1e-7)
    assert not listed.voices[1].any()
    assert np.allclose(listed.wording, case.wording - usual, atol=1e-7)
    assert not unasked.wording.any()
    assert not unasked.instruction.any()
    assert not unasked.asked
    # others' words came without it
    assert np.array_equal(listed.words, case.others.words)
    assert np.array_equal(listed.event_words, case.others.event_words)


def test_variants_with_and_without_others_are_two_lists() -> None:
    case = a_told_case(chunks=1, events=1)

    with pytest.raises(ValueError, match="two cases"):
        list_case(case, leave_one_out(1, 1))


def test_without_others_their_say_of_candidates_is_gone_and_the_company_of_events_stays() -> None:
    case = a_told_case()
    assert case.others is not None
    keep = everything(case)
    keep[:, -1] = False

    listed = list_case(case, keep)

    assert not any(one.any() for one in (listed.words, listed.people, listed.liking))
    assert np.array_equal(listed.company, case.others.company)
    assert np.array_equal(listed.event_words, case.others.event_words)
    assert not listed.signals[..., [7, 10, 11]].any()
    assert listed.signals[..., 8].any()


def shapes(listed: ListCase) -> dict[str, tuple[int, ...]]:
    found = {
        name: np.shape(getattr(listed, name))
        for name in ListCase.__dataclass_fields__
        if name != "asked"
    }
    assert all(np.isfinite(getattr(listed, name)).all() for name in found)
    return found


@pytest.mark.parametrize("asked", [True, False])
@pytest.mark.parametrize("heard", [True, False])
@pytest.mark.parametrize(("chunks", "events"), [(0, 0), (2, 0), (0, 3), (2, 3)])
def test_a_person_of_whom_little_is_known_makes_a_list_of_the_same_form(
    *, asked: bool, heard: bool, chunks: int, events: int
) -> None:
    bare = a_case(chunks=chunks, events=events, asked=asked, heard=heard)  # no voices, no centre
    full = a_told_case(chunks=chunks, events=events)

    listed = list_case(bare, everything(bare))

    assert shapes(listed) == shapes(list_case(full, everything(full)))
    assert not listed.voices.any()
    assert listed.centre.shape == (SIZE,)
    assert a_stirred_network()(lists_of([listed])).logits.isfinite().all()
