"""The device that a model computes on, by name."""

from __future__ import annotations

import torch

from credence.inference.errors import BadModelSettings


def device_named(name: str) -> torch.device:
    """`cpu`, `cuda`, or `auto`: cuda where there is one. Raises BadModelSettings without one."""
    there = torch.cuda.is_available()
    if name == "cuda" and not there:
        raise BadModelSettings("there is no CUDA device on this machine; take auto or cpu")
    return torch.device("cuda" if there and name in {"auto", "cuda"} else "cpu")
