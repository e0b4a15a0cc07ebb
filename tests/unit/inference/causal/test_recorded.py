"""Passes that are recorded and repeated, against those that are run each time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from transformers import PreTrainedModel

from credence.inference.causal import tape
from credence.inference.causal.adapters import SharedBase
from credence.inference.causal.forward import Tokens
from credence.inference.causal.model import CausalModel
from credence.inference.causal.recorded import Recorder, Replay
from credence.inference.causal.recorders import recorders_on
from credence.inference.causal.trial import check_reading
from credence.inference.routing.decode import Decoded, Sampling, decode
from credence.inference.routing.routed import RoutedPolicy
from credence.inference.routing.step import Step
from tests.unit.inference.causal.models import FAMILIES, a_head, save_adapter, tiny
from tests.unit.inference.causal.tape import By, OneMemory, Tapes, tensors
from tests.unit.inference.causal.test_reading import LONG, SHORT, agree_from_the_start, same

SAMPLED = Sampling(longest=12, temperature=1.1, top_p=0.9, seed=3)
PROMPTS = [[1, 20, 21], [1, *range(4, 34)], [1], [1, *range(2, 60)]]  # the last outgrows 64 slots


def _close(one: Step, other: Step) -> bool:
    return torch.allclose(one.logits, other.logits, atol=1e-5) and torch.allclose(
        one.hidden, other.hidden, atol=1e-5
    )


def _agree(model: CausalModel, module: PreTrainedModel, contexts: Tokens, tokens: int) -> None:
    """Token by token, rows in and out of order, some left out, with returns, as read afresh."""
    reading = model.open(contexts)
    more: list[int] = []
    orders: list[list[int]] = [[0, 1], [1, 0], [1], [0]]
    for at in range(tokens):
        rows = orders[at % 4]
        decided = [more[: at // 2 + 1] if row == 0 else more for row in rows]
        wholes = [[*contexts[row], *ids] for row, ids in zip(rows, decided, strict=True)]
        assert same(reading.after(rows, decided), module, wholes)
        more = [*more, at * 7 % 60] if at % 11 else more[:-2]


@pytest.mark.parametrize("family", FAMILIES)
def test_repeating_a_recorded_pass_equals_running_it(family: str) -> None:
    module, tapes = tiny(family), Tapes()
    _agree(CausalModel(module, recorder=tapes), module, [LONG, SHORT], 40)
    assert tapes.repeated > 15


@pytest.mark.parametrize("family", FAMILIES)
def test_growth_needs_a_new_recording_and_loses_nothing(family: str) -> None:
    module, tapes = tiny(family), Tapes()
    _agree(CausalModel(module, recorder=tapes), module, [[3] * 55, SHORT], 30)
    assert tapes.recorded == 2


@pytest.mark.parametrize("family", ["llama", "gemma2"])
def test_a_route_decodes_the_same_with_recorded_passes(family: str) -> None:
    modules = [tiny(family, seed) for seed in (100, 1, 2, 3)]

    def texts(recorder: Recorder | None) -> list[Decoded]:
        router, *experts = [CausalModel(module, recorder=recorder) for module in modules]
        return decode(RoutedPolicy(router, a_head(3), experts).open(PROMPTS), SAMPLED)

    tapes = Tapes()
    recorded = texts(tapes)
    assert tapes.repeated > len(modules)
    for one, other in zip(recorded, texts(None), strict=True):
        assert (one.labels, one.routes) == (other.labels, other.routes)


def test_each_adapter_on_a_shared_base_has_a_recording_of_its_own(tmp_path: Path) -> None:
    folders = [tmp_path / "one", tmp_path / "other"]
    for seed, folder in enumerate(folders):
        save_adapter(tiny(), folder, seed=50 + seed)
    shared, tapes = SharedBase(tiny()), Tapes()
    names = [None, *(shared.add(folder) for folder in folders)]

    def readings(recorder: Recorder | None) -> list[Any]:
        return [
            CausalModel(shared.module, shared=shared, adapter=name, recorder=recorder).open([LONG])
            for name in names
        ]

    mine, plain = readings(tapes), readings(None)
    for at in range(4):  # by turns, so that another adapter is in force when a pass is repeated
        for one, other in zip(mine, plain, strict=True):
            assert _close(one.after([0], [[7] * at]), other.after([0], [[7] * at]))
    assert (tapes.recorded, tapes.repeated) == (3, 9)
    last = [one.after([0], [[7] * 4]) for one in mine]
    assert not any(_close(last[at], last[at - 1]) for at in range(3))


def test_what_a_step_said_stays_when_the_next_is_made() -> None:
    reading = CausalModel(tiny(), recorder=Tapes()).open([LONG])
    reading.after([0], [[]])
    step = reading.after([0], [[3]])
    logits, hidden = step.logits.clone(), step.hidden.clone()
    reading.after([0], [[3, 4]])
    assert torch.equal(step.logits, logits)
    assert torch.equal(step.hidden, hidden)


def test_two_models_read_in_two_threads_do_not_get_each_others_steps() -> None:
    modules, shared = [tiny(seed=seed) for seed in (0, 1)], OneMemory()
    readings = [CausalModel(module, recorder=shared).open([LONG]) for module in modules]
    for reading in readings:
        reading.after([0], [[]])
        reading.after([0], [[3]])  # recorded
    shared.meeting = Barrier(2)

    with ThreadPoolExecutor(2) as threads:
        said = [*threads.map(lambda reading: reading.after([0], [[3, 4]]), readings)]

    for step, module in zip(said, modules, strict=True):
        assert same(step, module, [[*LONG, 3, 4]])


def test_later_readings_use_a_recording_again_and_see_nothing_of_earlier_ones() -> None:
    module, tapes = tiny(), Tapes()
    model = CausalModel(module, recorder=tapes)
    reading = model.open([[5] * 40])
    first = [reading.after([0], [[6] * at]) for at in range(3)]
    with torch.inference_mode():  # what must not be seen
        for layer in reading._cache.room.layers.values():
            for buffer in layer:
                buffer.fill_(torch.nan)
    del reading
    agree_from_the_start(model, module)
    assert tapes.recorded == 1
    again = model.open([[5] * 40])
    assert all(_close(again.after([0], [[6] * at]), first[at]) for at in range(3))
    assert tapes.recorded == 1


def test_readings_of_about_one_length_share_a_recording() -> None:
    module, tapes = tiny(max_position_embeddings=256), Tapes()
    model = CausalModel(module, recorder=tapes)
    for length in (130, 200, 250):
        reading = model.open([[5] * length])
        assert same(reading.after([0], [[]]), module, [[5] * length])
        assert same(reading.after([0], [[9]]), module, [[*[5] * length, 9]])
        del reading
    assert tapes.recorded == 1


def test_readings_at_the_same_time_have_a_recording_each() -> None:
    module, tapes = tiny(), Tapes()
    model = CausalModel(module, recorder=tapes)
    contexts = (LONG, SHORT)
    readings = [model.open([context]) for context in contexts]
    for at in range(5):
        for reading, context in zip(readings, contexts, strict=True):
            assert same(reading.after([0], [[9] * at]), module, [[*context, *[9] * at]])
    assert tapes.recorded == 2


def test_a_pass_is_recorded_once_its_room_has_seen_enough_to_be_worth_it() -> None:
    module, tapes = tiny(), Tapes(after=7)
    model = CausalModel(module, recorder=tapes)
    for recorded in (0, 1, 1):  # five steps in each reading, all of them in one room
        agree_from_the_start(model, module)
        assert tapes.recorded == recorded
    assert tapes.repeated == 3 * 4 - 7  # a step that is recorded is repeated at once


def test_weights_that_have_moved_are_recorded_afresh() -> None:
    module, tapes = tiny(), Tapes()
    model = CausalModel(module, recorder=tapes)
    agree_from_the_start(model, module)
    for weights in module.parameters():
        weights.data = weights.data + 0.1
    agree_from_the_start(model, module)
    assert tapes.recorded == 2


def test_weights_changed_in_their_place_are_seen_at_once() -> None:
    module, tapes = tiny(), Tapes()
    model = CausalModel(module, recorder=tapes)
    agree_from_the_start(model, module)
    for weights in module.parameters():
        weights.data += 0.1
    agree_from_the_start(model, module)
    assert tapes.recorded == 1


@pytest.mark.parametrize("family", FAMILIES)
def test_a_recorded_pass_stays_on_its_device(family: str) -> None:
    with torch.device("meta"):
        module = tiny(family)
    watch = _Crossings()

    def recorder(run: Callable[[], Step]) -> Replay:
        with watch:
            made = run()
        return lambda: made

    reading = CausalModel(module, recorder=By(recorder)).open([LONG, SHORT])
    reading.after([0, 1], [[], []])
    reading.after([0, 1], [[1], [2]])

    assert watch.seen > 50
    assert watch.crossed == []


class _Crossings(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Notes operations in which something other than a lone number is not on `meta`."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.seen = 0
        self.crossed: list[str] = []

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        made = func(*args, **(kwargs or {}))
        self.seen += 1
        involved: Sequence[Tensor] = list(tensors([args, kwargs, made]))
        if any(each.numel() > 1 and each.device.type != "meta" for each in involved):
            self.crossed.append(str(func))
        return made


@pytest.mark.parametrize("family", FAMILIES)
def test_the_trial_repeats_a_recorded_pass(family: str) -> None:
    module, tapes = tiny(family), Tapes()
    check_reading(module, CausalModel(module, recorder=tapes), family)
    assert (tapes.recorded, tapes.repeated) == (1, 5)


def test_the_trial_goes_on_until_a_pass_is_recorded() -> None:
    module, tapes = tiny(), Tapes(after=9)
    check_reading(module, CausalModel(module, recorder=tapes), "tiny")
    assert tapes.recorded == 1
    assert tapes.repeated > 1


def test_on_a_cpu_light_models_in_fp32_are_recorded() -> None:
    recorder_of, module = recorders_on(torch.device("cpu")), tiny()

    assert isinstance(recorder_of(module), tape.Tapes)
    assert recorder_of(tiny(hidden_size=512, intermediate_size=8_192)) is None
    assert recorder_of(tiny().to(torch.bfloat16)) is None  # type: ignore[arg-type]


def test_of_many_rows_every_pass_is_run() -> None:
    module = tiny()
    notes: list[object] = []

    class Noted(tape.Tapes):
        def __call__(self, run: Callable[[], Step]) -> Replay:
            notes.append(run)
            return super().__call__(run)

    model = CausalModel(module, recorder=Noted(most_rows=2, after=0))
    for rows in (3, 2):
        reading = model.open([SHORT] * rows)
        for at in range(3):
            wholes = [[*SHORT, *[9] * at]] * rows
            assert same(reading.after([*range(rows)], [[9] * at] * rows), module, wholes)
        assert len(notes) == (rows == 2)
