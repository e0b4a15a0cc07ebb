"""The device that the settings name."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from credence.inference.devices import device_named
from credence.inference.encoder import SentenceEncoder
from credence.inference.errors import BadModelSettings, NotEnoughMemory
from credence.inference.minilm import MiniLM


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_not_there_is_refused_and_not_needed() -> None:
    with pytest.raises(BadModelSettings, match="no CUDA device"):
        device_named("cuda")
    assert device_named("auto").type == "cpu"


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_the_encoder_says_at_once_that_its_device_is_not_there() -> None:
    with pytest.raises(BadModelSettings, match="take auto or cpu"):
        SentenceEncoder("cuda")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")
def test_a_gpu_gives_the_vectors_of_the_cpu() -> None:
    texts = ["slow-burn romance", "", "space exploration " * 400]
    one, other = SentenceEncoder("cuda").encode(texts), SentenceEncoder("cpu").encode(texts)
    assert abs(one - other).max() < 1e-3


def test_where_a_gpu_has_no_room_the_cpu_is_taken_unless_the_gpu_was_named(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    loaded: list[str] = []

    def full(folder: Path, device: str) -> None:
        loaded.append(device)
        if device == "cuda":
            raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(MiniLM, "load", full)

    SentenceEncoder("auto")
    with pytest.raises(NotEnoughMemory, match="no room on cuda"):
        SentenceEncoder("cuda")

    assert loaded == ["cuda", "cpu", "cuda"]
    assert "takes the CPU" in caplog.text
