"""What is reckoned before models are loaded is enough for what a list then takes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from credence.inference.causal.footprint import cache_bytes, free_bytes, pass_bytes
from credence.inference.causal.load import check, looked_at
from credence.inference.causal.model import CausalModel
from credence.inference.causal.pool import slots_a_row
from credence.inference.causal.settings import CausalSettings
from credence.inference.errors import NotEnoughMemory
from tests.unit.inference.causal.models import save_model, tiny
from tests.unit.inference.causal.tape import Tapes, tensors

LONGEST, ROWS = 256, 5


@pytest.fixture
def settings(tmp_path: Path) -> CausalSettings:
    router = save_model(tiny(max_position_embeddings=512), tmp_path / "router")
    return CausalSettings(
        router=str(router), dtype="fp32", device="cpu", longest=LONGEST, rows=ROWS
    )


class _Made(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Notes the bytes of each tensor of zeros that is made, as rooms are."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.bytes = 0

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        made = func(*args, **(kwargs or {}))
        if func is torch.ops.aten.new_zeros.default:
            self.bytes += sum(one.numel() * one.itemsize for one in tensors(made))
        return made


@pytest.mark.parametrize("kept", [False, True])
@pytest.mark.parametrize("shared", [100, 180, 200])
def test_a_list_takes_no_more_for_keys_and_values_than_was_reckoned(
    shared: int, *, kept: bool
) -> None:
    module = tiny(max_position_embeddings=512)
    model = CausalModel(module, recorder=Tapes() if kept else None)
    made = _Made()

    with made:
        person = model.open([[5] * shared])
        person.branch([0] * 4, [[7] * (LONGEST - shared)] * 4).after(range(4), [[]] * 4)

    slots = (slots_a_row(LONGEST, kept=kept) + 1) * ROWS
    assert made.bytes <= cache_bytes(module.config, slots, torch.float32)


def test_rows_that_branch_off_get_their_room_at_once() -> None:
    model, made = CausalModel(tiny(max_position_embeddings=512)), _Made()

    with made:
        rows = model.open([[5] * 60]).branch([0, 0], [[7] * 150, [7] * 10])
        rows.after([1], [[]])  # the shorter alone first
        rows.after([0], [[]])

    slots = 2 * (slots_a_row(210, kept=False) + 1) + slots_a_row(60, kept=False) + 1
    assert made.bytes == cache_bytes(model.module.config, slots, torch.float32)


def test_room_is_asked_for_weights_a_whole_list_and_a_pass(settings: CausalSettings) -> None:
    needs = looked_at(settings, free=lambda _: 0).needs
    whole = needs.weights + needs.caches + needs.passes

    assert check(settings, free=lambda _: whole).needs.lacking == 0
    with pytest.raises(NotEnoughMemory, match=r"and about .* for a pass, and cpu has"):
        check(settings, free=lambda _: whole - 1)
    config = tiny().config
    assert needs.caches >= cache_bytes(config, LONGEST * ROWS, torch.float32)
    assert needs.passes == pass_bytes(config, ROWS, LONGEST, torch.float32) > 0
    assert looked_at(replace(settings, longest=1_000), free=lambda _: 0).most == 512
    assert looked_at(settings, free=lambda _: 0).most == LONGEST


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")
def test_what_this_process_holds_and_uses_no_more_is_free() -> None:
    device = torch.device("cuda")
    before = free_bytes(device)
    taken = torch.zeros(2**28, dtype=torch.uint8, device=device)
    held = free_bytes(device)
    del taken  # which leaves it with the allocator

    assert held <= before - 2**28
    assert free_bytes(device) >= held + 2**28
