"""Passes recorded as CUDA graphs."""

from __future__ import annotations

import sys
from collections.abc import Callable
from threading import Lock
from typing import Any

import torch

from credence.inference.causal.recorded import Replay
from credence.inference.routing.step import Step

_WARM_UP = 2  # passes before the one that is captured
_capturing = Lock()  # torch allows one capture at a time in a process


class CudaGraphs:
    """Records passes as CUDA graphs, whose results share their memory.

    They must be repeated on one stream, which the current one is for all threads unless changed,
    and one at a time until their results are copied: so `lock` is held.
    """

    def __init__(self) -> None:
        self.most_rows, self.after = sys.maxsize, 0
        self.lock = Lock()
        self._memory = torch.cuda.graph_pool_handle()
        # Nothing else may run here: a graph that goes takes the cuBLAS workspace of its stream
        # with it (pytorch #193402). Then its memory is still in the pool of those that stay, whose
        # turn is over before another's comes. Streams are handed out again after 32 of a priority,
        # and nothing else asks for this one.
        self._stream = torch.cuda.Stream(priority=-1)  # type: ignore[no-untyped-call]

    def __call__(self, run: Callable[[], Step]) -> Replay:
        """Capture a pass; raises RuntimeError if it cannot be, also for want of memory."""
        graph = torch.cuda.CUDAGraph()
        # the outer context brings the stream back where a capture fails on its way out
        with _capturing, torch.cuda.stream(torch.cuda.current_stream()):
            for _ in range(_WARM_UP):
                run()
            try:
                with torch.cuda.graph(
                    graph, pool=self._memory, stream=self._stream, capture_error_mode="thread_local"
                ):
                    made = run()
            except RuntimeError:
                end_failed_capture(torch.cuda.current_device(), self._memory)
                raise

        def replay() -> Step:
            graph.replay()
            return made

        return replay


def end_failed_capture(device: int, pool: Any) -> None:
    """Let the allocator go on after a capture into this pool that failed.

    `capture_end` raises before it says so to the allocator, which then takes a capture to be under
    way for good: it puts off what it would free, and dies where it runs out of memory. Where the
    graph had got past that it lets the pool go itself, and there is nothing to end. The functions
    are torch's own (`torch.cuda.use_mem_pool` calls them); where a version has them no more,
    nothing is done.
    """
    end = getattr(torch._C, "_cuda_endAllocateToPool", None)
    release = getattr(torch._C, "_cuda_releasePool", None)
    if end is None or release is None:
        return
    try:
        end(device, pool)
    except RuntimeError:
        return
    release(device, pool)
