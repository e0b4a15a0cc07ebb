"""What packed weights save over `torch.nn.functional.linear`, by size, rows, type and threads.

`python -m scripts.packed_products`: the same product over so many weights that they do not stay in
a cache, both ways in turns; prints how many times the usual product's seconds are the packed one's,
and what it takes to pack a weight and to meet a new number of rows, which oneDNN compiles for.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor
from torch.nn.functional import linear

from credence.inference.packed import Packed, is_packable

SIZES = [(64, 64), (128, 128), (256, 256), (384, 384), (1_536, 384), (384, 1_536), (1_024, 1_024)]
SIZES += [(3_072, 1_024), (32_768, 768)]  # numbers out, numbers in
ROWS = [1, 2, 8, 32, 128]
_HELD, _TURNS = 64 * 2**20, 7  # bytes of weights; the best of so many turns counts


def main() -> None:
    """A line for each size."""
    everything = torch.get_num_threads()
    for threads in sorted({1, everything}):
        torch.set_num_threads(threads)
        for dtype in (torch.float32, torch.bfloat16):
            if not is_packable(torch.empty(1_024, 1_024, dtype=dtype)):
                print(f"{dtype}: nothing is packed on this machine")
                continue
            for size in SIZES:
                print(f"{threads} thread(s), {dtype}, {size[0]} x {size[1]}: {_times(size, dtype)}")


def _times(size: tuple[int, int], dtype: torch.dtype) -> str:
    count = min(400, max(2, _HELD // (size[0] * size[1] * dtype.itemsize)))
    weights = [torch.randn(size).to(dtype) for _ in range(count)]
    began = time.perf_counter()
    packed = [Packed.of(weight) for weight in weights]
    packing = (time.perf_counter() - began) / count
    told, first = [], 0.0
    for number in ROWS:
        rows = torch.randn(number, size[1]).to(dtype)
        first = max(first, _seconds(packed[0], rows))
        usual, ours = _both(
            partial(_all, [partial(linear, weight=weight) for weight in weights], rows),
            partial(_all, packed, rows),
        )
        told.append(f"{usual / ours:.2f} with {number}")
    return f"{', '.join(told)} rows; packing {1e3 * packing:.2f} ms, new rows {1e3 * first:.2f} ms"


def _all(products: Sequence[Callable[[Tensor], Tensor]], rows: Tensor) -> None:
    for each in products:
        each(rows)


def _both(*runs: Callable[[], object]) -> list[float]:
    best = [float("inf")] * len(runs)
    for _ in range(_TURNS):
        for at, run in enumerate(runs):
            began = time.perf_counter()
            run()
            best[at] = min(best[at], time.perf_counter() - began)
    return best


def _seconds(product: Packed, rows: Tensor) -> float:
    began = time.perf_counter()
    product(rows)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
