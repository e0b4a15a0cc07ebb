from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from torch import Tensor
from transformers import PreTrainedModel

from credence.inference.causal.model import CausalModel
from credence.inference.errors import ContextTooLong, UnsupportedModel
from credence.inference.routing.step import Step
from tests.unit.inference.causal.models import FAMILIES, WIDTH, tiny

LONG, SHORT = [4, 5, 6, 7, 8, 9, 10, 11, 12], [13, 14]


def _alone(module: PreTrainedModel, ids: Sequence[int]) -> tuple[Tensor, Tensor]:
    with torch.no_grad():
        made = module(torch.tensor([list(ids)]), use_cache=False, output_hidden_states=True)
    return made.logits[0, -1], made.hidden_states[-1][0, -1]


def same(step: Step, module: PreTrainedModel, sequences: Sequence[Sequence[int]]) -> bool:
    return all(
        torch.allclose(step.logits[row], _alone(module, ids)[0], atol=1e-5)
        and torch.allclose(step.hidden[row], _alone(module, ids)[1], atol=1e-5)
        for row, ids in enumerate(sequences)
    )


def agree_from_the_start(model: CausalModel, module: PreTrainedModel) -> None:
    reading = model.open([SHORT])
    for at in range(5):
        assert same(reading.after([0], [[9] * at]), module, [[*SHORT, *[9] * at]])


class Passes:
    """Counts a module's passes, and the rows and columns of each."""

    def __init__(self, module: PreTrainedModel) -> None:
        self.shapes: list[tuple[int, int]] = []
        module.register_forward_pre_hook(self._note, with_kwargs=True)

    def _note(self, _: object, __: object, given: dict[str, Tensor]) -> None:
        rows, columns = given["input_ids"].shape
        self.shapes.append((rows, columns))


@pytest.mark.parametrize("family", FAMILIES)
def test_rows_of_any_length_read_on_together_equal_one_pass_over_each(family: str) -> None:
    module = tiny(family)
    reading = CausalModel(module).open([LONG, SHORT])

    assert same(reading.after([0], [[]]), module, [LONG])
    assert same(reading.after([0], [[3]]), module, [[*LONG, 3]])
    # the second row's whole prompt, beside one token of the first
    assert same(reading.after([0, 1], [[3, 9], [6]]), module, [[*LONG, 3, 9], [*SHORT, 6]])
    longer = [6, 7, 7, 8, 9, 1, 20]
    asked = reading.after([1, 0], [longer, [3, 9, 9]])
    assert same(asked, module, [[*SHORT, *longer], [*LONG, 3, 9, 9]])


@pytest.mark.parametrize("family", FAMILIES)
def test_a_branch_equals_reading_everything_afresh(family: str) -> None:
    module = tiny(family)
    reading = CausalModel(module).open([LONG, SHORT])
    reading.after([0], [[30, 31]])  # what was decided there stays there

    branch = reading.branch([0, 1, 0, 0], [[20], [21, 22, 23], [24, 25], []])
    wholes = [[*LONG, 20], [*SHORT, 21, 22, 23], [*LONG, 24, 25], LONG]

    assert branch.rows == 4
    assert same(branch.after([0, 1], [[], [40]]), module, [wholes[0], [*wholes[1], 40]])
    everything = branch.after([3, 2, 1, 0], [[1], [2, 3], [40, 4], []])
    assert same(
        everything,
        module,
        [[*wholes[3], 1], [*wholes[2], 2, 3], [*wholes[1], 40, 4], wholes[0]],
    )
    twice = branch.branch([2], [[50, 51]])
    assert same(twice.after([0], [[]]), module, [[*wholes[2], 50, 51]])
    assert same(reading.after([0, 1], [[30, 31, 5], []]), module, [[*LONG, 30, 31, 5], SHORT])


def test_a_shared_context_is_read_once_and_only_when_needed() -> None:
    module = tiny()
    passes = Passes(module)
    reading = CausalModel(module).open([LONG])

    first = reading.branch([0, 0], [[20], [21, 22]])
    second = reading.branch([0], [[23, 24, 25]])
    assert passes.shapes == []
    first.after([0, 1], [[], []])
    assert passes.shapes == [(1, len(LONG)), (2, 2)]
    second.after([0], [[]])
    assert passes.shapes[2:] == [(1, 3)]


def test_nothing_is_read_twice_and_catching_up_is_one_pass() -> None:
    module = tiny()
    passes = Passes(module)
    reading = CausalModel(module).open([LONG])

    reading.after([0], [[]])
    reading.after([0], [[3]])
    reading.after([0], [[3, 4, 5, 6, 7]])

    assert passes.shapes == [(1, len(LONG)), (1, 1), (1, 4)]


@pytest.mark.parametrize("family", FAMILIES)
def test_what_is_no_longer_decided_is_forgotten(family: str) -> None:
    module = tiny(family)
    reading = CausalModel(module).open([LONG])

    reading.after([0], [[3, 4, 5, 6, 7, 8]])
    assert same(reading.after([0], [[3, 9]]), module, [[*LONG, 3, 9]])
    assert same(reading.after([0], [[3, 9]]), module, [[*LONG, 3, 9]])
    assert same(reading.after([0], [[]]), module, [LONG])
    assert same(reading.after([0], [[3, 9, 9]]), module, [[*LONG, 3, 9, 9]])


def test_buffers_grow_without_losing_anything() -> None:
    module = tiny("gpt2")
    reading = CausalModel(module).open([SHORT, LONG])
    more: list[int] = []
    for at in range(80):
        more.append((at * 7) % 60)
        step = reading.after([1, 0], [more, more[: at // 2]])
    assert same(step, module, [[*LONG, *more], [*SHORT, *more[:39]]])


def test_a_pass_that_fails_half_way_leaves_nothing_wrong_behind() -> None:
    module = tiny()
    reading = CausalModel(module).open([LONG])
    reading.after([0], [[3, 4, 5]])

    def gives_out(*_: object) -> None:
        raise MemoryError

    broken = module.get_submodule("model.layers.1").register_forward_pre_hook(gives_out)
    with pytest.raises(MemoryError):
        reading.after([0], [[9, 9, 9, 9]])
    broken.remove()

    assert same(reading.after([0], [[3, 4, 5]]), module, [[*LONG, 3, 4, 5]])


def test_readings_in_several_threads_do_not_mix() -> None:
    module = tiny()
    model = CausalModel(module)
    prompts = [[at, at + 1, at + 2] for at in range(4, 24)]

    with ThreadPoolExecutor(4) as pool:
        steps = list(pool.map(lambda ids: model.open([ids]).after([0], [[]]), prompts))

    for step, ids in zip(steps, prompts, strict=True):
        assert same(step, module, [ids])


def test_logits_beyond_the_shared_vocabulary_are_cut() -> None:
    module = tiny()
    step = CausalModel(module, labels=50).open([LONG]).after([0], [[]])
    assert step.logits.shape == (1, 50)
    assert step.hidden.shape == (1, WIDTH)


def test_too_long_a_context_is_refused_before_it_is_read() -> None:
    reading = CausalModel(tiny()).open([[1] * 90])
    reading.after([0], [[2] * 6])
    with pytest.raises(ContextTooLong, match="97 tokens are more than the 96 positions of llama"):
        reading.after([0], [[2] * 7])


def test_an_empty_context_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one token"):
        CausalModel(tiny()).open([[1], []])


def test_attention_that_cannot_be_read_row_by_row_is_refused() -> None:
    module = tiny("qwen3")
    module.config.layer_types = ["full_attention", "linear_attention"]
    with pytest.raises(UnsupportedModel, match="qwen3 has layers of linear_attention"):
        CausalModel(module)
    turning = tiny()
    moving, still = ({"rope_type": kind, "rope_theta": 1e4} for kind in ("dynamic", "default"))
    turning.config.rope_parameters = {"sliding_attention": still, "full_attention": moving}
    with pytest.raises(UnsupportedModel, match="'dynamic', which changes with length"):
        CausalModel(turning)
    turning.config.rope_parameters = moving
    with pytest.raises(UnsupportedModel, match="'dynamic', which changes with length"):
        CausalModel(turning)
