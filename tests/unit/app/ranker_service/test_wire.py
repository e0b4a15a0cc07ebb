"""What goes over the wire comes back as it was; what is not right is refused by name."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from safetensors.numpy import load, save

from credence.app.ranker_service.answer_wire import largest_answer, packed_answer, parsed_answer
from credence.app.ranker_service.case_wire import is_sendable, packed_case, parsed_case
from credence.app.ranker_service.shares import MOST_EXPERTS
from credence.app.ranker_service.tensors import Malformed
from credence.inference.listwise.case import ListCase
from credence.inference.listwise.ranking import RankedLists, RoutedLists
from tests.unit.inference.listwise.made_up import a_bundle, a_list
from tests.unit.planner.ranking.cases import SIZE

Arrays = dict[str, NDArray[Any]]


def edited(change: Callable[[Arrays], object]) -> bytes:
    arrays = dict(load(packed_case(a_list(explain=True))))
    change(arrays)
    return save({name: np.asarray(array, order="C") for name, array in arrays.items()})


def answered() -> RankedLists:
    bundle = a_bundle(steered=True)
    bundle = replace(bundle, edition=replace(bundle.edition, data="0d6b1c3a"))
    return RoutedLists(bundle).rank(a_list(explain=True))


@pytest.mark.parametrize("case", [a_list(explain=True), a_list(chunks=0, events=0, candidates=1)])
def test_a_case_survives_the_wire(case: ListCase) -> None:
    got = parsed_case(packed_case(case), dimension=SIZE)

    assert got.asked is case.asked
    for name in set(ListCase.__dataclass_fields__) - {"asked"}:
        sent = np.asarray(getattr(case, name))
        np.testing.assert_array_equal(getattr(got, name), sent.astype(getattr(got, name).dtype))


def test_an_answer_survives_the_wire_to_the_last_bit() -> None:
    ranked = answered()
    variants, candidates = ranked.logs.shape

    got = parsed_answer(
        packed_answer(ranked), version="7", variants=variants, candidates=candidates
    )

    np.testing.assert_array_equal(got.logs, ranked.logs)
    np.testing.assert_array_equal(got.route.expert_logs, ranked.route.expert_logs)
    np.testing.assert_array_equal(got.route.complement_logs, ranked.route.complement_logs)
    assert (got.route.model, got.route.data) == ("7", "0d6b1c3a")
    assert replace(got.route, expert_logs=None, complement_logs=None) == replace(  # type: ignore[arg-type]
        ranked.route,
        expert_logs=None,  # type: ignore[arg-type]
        complement_logs=None,  # type: ignore[arg-type]
    )


def cut(name: str) -> Callable[[Arrays], object]:
    return lambda arrays: arrays.update({name: arrays[name][..., :-1]})


def valued(name: str, value: float) -> Callable[[Arrays], object]:
    return lambda arrays: arrays[name].reshape(-1).__setitem__(0, value)


def kind(name: str, dtype: type[np.generic]) -> Callable[[Arrays], object]:
    return lambda arrays: arrays.update({name: arrays[name].astype(dtype)})


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("people", lambda arrays: arrays.pop("people")),
        ("salary", lambda arrays: arrays.update(salary=np.zeros(1, np.float32))),
        ("instruction", cut("instruction")),
        ("candidates", cut("candidates")),
        ("signals", cut("signals")),
        ("company", cut("company")),
        ("keep_events", cut("keep_events")),
        ("liking", cut("liking")),
        ("keep_chunks", lambda arrays: arrays.update(keep_chunks=arrays["keep_chunks"][:-1])),
        ("asked", lambda arrays: arrays.update(asked=np.ones(1, np.bool_))),
        ("words", valued("words", float("nan"))),
        ("signals", valued("signals", float("inf"))),
        ("centre", kind("centre", np.float64)),
        ("strengths", kind("strengths", np.float16)),
        ("keep_events", kind("keep_events", np.uint8)),
    ],
)
def test_a_field_at_fault_is_named(field: str, change: Callable[[Arrays], object]) -> None:
    with pytest.raises(Malformed) as refused:
        parsed_case(edited(change), dimension=SIZE)

    assert refused.value.field.startswith(field)
    assert refused.value.fix


def test_vectors_of_another_dimension_are_refused() -> None:
    with pytest.raises(Malformed, match="D is 384 elsewhere"):
        parsed_case(packed_case(a_list()), dimension=384)


@pytest.mark.parametrize(
    ("field", "case"),
    [
        ("candidates", a_list(candidates=10_001)),
        ("candidates", a_list(candidates=3000, chunks=500, events=200)),
        ("candidates", a_list(candidates=3000, chunks=90, events=15, explain=True)),
        ("signals", a_list(candidates=1, chunks=500, events=15, explain=True)),
    ],
)
def test_what_is_too_large_is_refused_and_known_to_be(field: str, case: ListCase) -> None:
    with pytest.raises(Malformed) as refused:
        parsed_case(packed_case(case), dimension=SIZE)

    assert refused.value.field == field
    assert not is_sendable(case)
    assert is_sendable(a_list(candidates=10_000))


@given(st.data())
def test_damaged_bytes_are_a_case_or_refused(data: st.DataObject) -> None:
    body = bytearray(packed_case(a_list(candidates=2, chunks=1, events=1)))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(body) - 1))
        body[at] = data.draw(st.integers(0, 255))
    if data.draw(st.booleans()):
        body = body[: data.draw(st.integers(0, len(body)))]
    with suppress(Malformed):
        assert isinstance(parsed_case(bytes(body), dimension=SIZE), ListCase)


def test_a_truth_value_is_one_or_zero() -> None:
    body = bytearray(packed_case(a_list()))
    header = json.loads(body[8 : 8 + int.from_bytes(body[:8], "little")])
    start = 8 + int.from_bytes(body[:8], "little") + header["keep_chunks"]["data_offsets"][0]
    body[start] = 7

    with pytest.raises(Malformed, match="neither true nor false"):
        parsed_case(bytes(body), dimension=SIZE)


@pytest.mark.parametrize(
    ("wrong", "change"),
    [
        ("not a finite number", valued("logs", float("nan"))),
        ("not a finite number", valued("expert_logs", float("-inf"))),
        ("no log-probabilities", valued("logs", 0.5)),
        ("V is 8 elsewhere", lambda arrays: arrays.update(logs=arrays["logs"][:1])),
        ("N is 6 elsewhere", cut("complement_logs")),
        ("how the list was routed", lambda arrays: arrays.update(told=arrays["told"][:-1])),
    ],
)
def test_nonsense_is_no_answer(wrong: str, change: Callable[[Arrays], object]) -> None:
    arrays: Arrays = dict(load(packed_answer(answered())))
    change(arrays)
    body = save({name: np.asarray(array, order="C") for name, array in arrays.items()})

    with pytest.raises(Malformed, match=wrong):
        parsed_answer(body, version="7", variants=8, candidates=6)


def test_the_answer_of_another_version_is_none() -> None:
    with pytest.raises(Malformed, match="another version"):
        parsed_answer(packed_answer(answered()), version="8", variants=8, candidates=6)


def weighing(names: list[str]) -> RankedLists:
    ranked = answered()
    weights = dict.fromkeys(names, 1 / 3)
    return replace(ranked, route=replace(ranked.route, expert=names[0], weights=weights))


def test_the_longest_answer_is_no_longer_than_one_is_read() -> None:
    ranked = weighing([f"{at:03}" + "\U0001f600" * 197 for at in range(MOST_EXPERTS)])
    variants, candidates = ranked.logs.shape

    sent = packed_answer(
        replace(ranked, route=replace(ranked.route, model="7" * 200, data="8" * 64))
    )

    assert len(sent) <= largest_answer(variants=variants, candidates=candidates)


def test_an_answer_that_weighs_nobody_is_none() -> None:
    arrays: Arrays = dict(load(packed_answer(answered())))
    told = json.loads(arrays["told"].tobytes()) | {"weights": {}}
    arrays["told"] = np.frombuffer(json.dumps(told).encode(), dtype=np.uint8)

    with pytest.raises(Malformed, match="how the list was routed"):
        parsed_answer(save(arrays), version="7", variants=8, candidates=6)
