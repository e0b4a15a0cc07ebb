"""Passes recorded as CUDA graphs: what a capture asks of torch, and on a GPU what comes of it."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import pytest
import torch
from transformers import PreTrainedModel

from credence.inference.causal.cuda_graphs import CudaGraphs
from credence.inference.causal.model import CausalModel
from credence.inference.causal.recorders import recorders_on
from credence.inference.routing.step import Step
from tests.unit.inference.causal.models import FAMILIES, tiny
from tests.unit.inference.causal.test_reading import SHORT


class _Cuda:
    """What a capture asks of `torch.cuda`, on which streams; each of its streams is another."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.captured_on: list[object] = []
        self.run_on: list[object] = []
        self.now: object = "the current stream"
        self.ended: list[str] = []  # of the allocator
        self.fails: str | None = None  # what a capture says that fails on its way out
        patch.setattr(torch.cuda, "current_device", lambda: 0)
        patch.setattr(torch._C, "_cuda_endAllocateToPool", self._end)
        patch.setattr(torch._C, "_cuda_releasePool", lambda *_: self.ended.append("released"))
        for name in ("CUDAGraph", "graph_pool_handle"):
            patch.setattr(torch.cuda, name, object)
        patch.setattr(torch.cuda, "Stream", lambda priority=0: object())
        patch.setattr(torch.cuda, "current_stream", lambda: self.now)
        patch.setattr(torch.cuda, "stream", nullcontext)
        patch.setattr(torch.cuda, "graph", self._graph)

    @contextmanager
    def _graph(self, graph: object, *, stream: object = None, **_: object) -> Iterator[None]:
        self.captured_on.append(stream)
        before, self.now = self.now, stream
        yield
        self.now = before
        if self.fails is not None:
            raise torch.AcceleratorError(self.fails)

    def _end(self, device: int, pool: object) -> None:
        if self.fails == "past it":
            raise RuntimeError("endAllocatePool: not currently recording to mempool_id")
        self.ended.append(f"ended on {device}")

    def run(self) -> Step:
        self.run_on.append(self.now)
        return Step(torch.zeros(1), torch.zeros(1))


def test_what_is_captured_together_has_a_stream_on_which_nothing_else_runs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cuda = _Cuda(monkeypatch)
    loads = [CudaGraphs(), CudaGraphs()]

    for graphs in (*loads, *loads):
        graphs(cuda.run)

    one, other, *again = cuda.captured_on
    assert None not in (one, other)
    assert one is not other
    assert again == [one, other]
    for own in (one, other):
        assert cuda.run_on.count(own) == 2  # what was captured, and no pass before


def test_after_a_capture_that_failed_the_allocator_knows_of_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cuda = _Cuda(monkeypatch)
    graphs = CudaGraphs()
    graphs(cuda.run)
    assert cuda.ended == []  # the graph has done it

    cuda.fails = "operation not permitted when stream is capturing"
    with pytest.raises(RuntimeError, match="not permitted"):
        graphs(cuda.run)
    assert cuda.ended == ["ended on 0", "released"]

    cuda.ended, cuda.fails = [], "past it"
    with pytest.raises(RuntimeError, match="past it"):
        graphs(cuda.run)
    assert cuda.ended == []


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")
def test_after_a_capture_that_failed_memory_is_given_back() -> None:
    graphs = CudaGraphs()

    def waits() -> Step:
        made = torch.ones(8, device="cuda")
        if torch.cuda.is_current_stream_capturing():
            made.sum().item()
        return Step(made, made)

    with pytest.raises(RuntimeError):
        graphs(waits)
    torch.cuda.synchronize()
    torch.cuda.empty_cache()  # dies where a capture is under way
    assert torch.ones(8, device="cuda").sum().item() == 8


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")
def test_cuda_graphs_outlive_those_of_another_load() -> None:
    def loaded() -> tuple[PreTrainedModel, CausalModel]:
        module = tiny().to("cuda")  # type: ignore[arg-type]  # its wrapper hides what it takes
        return module, CausalModel(module, recorder=recorders_on(module.device)(module))

    module, model = loaded()
    _, other = loaded()
    for each in (other, model):  # the first to capture is the first to go
        reading = each.open([SHORT])
        reading.after([0], [[]])
        reading.after([0], [[9]])
    del each, other
    gc.collect()
    torch.cuda.empty_cache()
    logits = reading.after([0], [[9, 9]]).logits
    plain = module(torch.tensor([[*SHORT, 9, 9]], device="cuda")).logits[:, -1]
    assert torch.allclose(logits, plain, atol=1e-3)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")
@pytest.mark.parametrize("family", FAMILIES)
def test_cuda_graphs_decode_what_is_decoded_without(family: str) -> None:
    module = tiny(family)
    module.to("cuda")  # type: ignore[arg-type]  # its wrapper hides what it takes
    graphs = recorders_on(module.device)(module)
    model = CausalModel(module, recorder=graphs)
    plain = CausalModel(module)
    for prompt in ([3] * 55, SHORT, SHORT):
        mine, theirs = model.open([prompt]), plain.open([prompt])
        for at in range(15):
            one, other = (each.after([0], [[9] * at]).logits for each in (mine, theirs))
            assert torch.allclose(one, other, atol=1e-3)
    assert model.recorder is graphs  # they were not given up
