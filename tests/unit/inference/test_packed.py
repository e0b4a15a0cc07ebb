"""Packed weights make the usual product's rows; what cannot be packed gets the usual product."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import Tensor
from torch.nn.functional import linear

from credence.inference import packed
from credence.inference.packed import Packed, is_packable, product

pytestmark = pytest.mark.skipif(
    not is_packable(torch.zeros(256, 256)), reason="this torch has no oneDNN to pack weights"
)


def _weight(out: int = 320, width: int = 256, dtype: torch.dtype = torch.float32) -> Tensor:
    return torch.randn(out, width, generator=torch.Generator().manual_seed(0)).to(dtype)


def _rows(*shape: int, dtype: torch.dtype = torch.float32) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(1)).to(dtype)


@pytest.mark.parametrize("shape", [(1,), (0,), (32,), (33,), (3, 5), (2, 1, 1), (1, 256), (2, 300)])
@pytest.mark.parametrize("biased", [True, False])
def test_a_packed_product_is_the_usual_one(shape: tuple[int, ...], *, biased: bool) -> None:
    weight, bias = _weight(), _rows(320) if biased else None
    rows = _rows(*shape, 256)

    made = product(weight, bias)(rows)

    assert isinstance(product(weight, bias), Packed)
    exact = linear(rows.double(), weight.double(), None if bias is None else bias.double())
    assert made.shape == (*shape, 320)
    torch.testing.assert_close(made.double(), exact, rtol=0, atol=1e-4)  # of sums of 256 numbers


def test_rows_may_lie_apart_in_memory() -> None:
    weight, rows = _weight(), _rows(4, 256, 6).transpose(1, 2)

    torch.testing.assert_close(product(weight)(rows), linear(rows, weight), rtol=0, atol=1e-4)


def test_weights_of_two_bytes_are_packed_where_the_processor_has_such_numbers() -> None:
    weight, rows = _weight(dtype=torch.bfloat16), _rows(5, 256, dtype=torch.bfloat16)
    if not is_packable(weight):
        pytest.skip("this processor has no bf16 for oneDNN")

    made = product(weight)(rows)

    assert made.dtype == torch.bfloat16
    torch.testing.assert_close(made, linear(rows, weight), rtol=0.02, atol=0.3)


def test_few_numbers_of_rows_are_met(monkeypatch: pytest.MonkeyPatch) -> None:
    """As oneDNN keeps what it has compiled for each."""
    met: set[int] = set()
    whole = Packed._of

    def watched(self: Packed, rows: Tensor) -> Tensor:
        met.add(len(rows))
        return whole(self, rows)

    monkeypatch.setattr(Packed, "_of", watched)
    one = Packed.of(_weight())

    for count in (*range(1, 600, 7), 4_000):
        one(_rows(count, 256))

    assert max(met) <= 256
    assert len([count for count in met if count > 32]) <= 8


def test_what_is_packed_is_a_copy_and_is_not_copied_again() -> None:
    weight, rows = _weight(), _rows(2, 256)
    one = Packed.of(weight)
    before = one(rows)

    weight.zero_()

    assert torch.equal(one(rows), before)
    assert copy.deepcopy({"one": one})["one"] is one


@pytest.mark.parametrize(
    "weight",
    [
        _weight(out=255),  # small
        _weight(dtype=torch.float16),
        _weight(dtype=torch.float64),
        torch.empty(320, 256, device="meta"),
    ],
    ids=["small", "fp16", "fp64", "elsewhere"],
)
def test_other_weights_are_used_as_they_lie(weight: Tensor) -> None:
    assert not is_packable(weight)

    rows = torch.ones(2, 256, dtype=weight.dtype, device=weight.device)
    made = product(weight)(rows)

    assert made.shape == (2, len(weight))
    assert weight.is_meta or torch.equal(made, linear(rows, weight))


def test_without_onednn_the_usual_product_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed, "_ONEDNN", object())  # a torch that was built without it

    rows = _rows(2, 256)

    assert torch.equal(product(_weight())(rows), linear(rows, _weight()))
