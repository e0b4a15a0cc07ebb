"""Which causal language models work together, and on what."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch

from credence.inference.errors import BadModelSettings

Dtype = Literal["bf16", "fp16", "fp32"]
DeviceName = Literal["auto", "cuda", "mps", "cpu"]
DTYPES = {"bf16": torch.bfloat16, "fp16": torch.float16, "fp32": torch.float32}


@dataclass(frozen=True, slots=True, kw_only=True)
class CausalSettings:
    """Models are folders, or names in the local Hugging Face cache.

    An expert or the reward model may be a full model or a LoRA adapter on `base`. Without experts
    the router decides alone; without a reward model nothing steers.
    """

    router: str  # FusionRoute's router, or the one model there is
    head: Path | None = None  # the router's weights head, one weight an expert
    experts: tuple[str, ...] = ()
    reward: str | None = None
    alpha: Path | None = None  # TARo's alpha router
    base: str | None = None  # what adapters sit on; the router's own model unless named
    dtype: Dtype = "bf16"
    device: DeviceName = "auto"
    local_only: bool = True  # nothing is downloaded
    decoding: bool = True  # they are to write texts: stacked and recorded where that is quicker
    longest: int = 4096  # tokens a row that must find room beside the weights
    rows: int = 1  # that are read at once
    untrained: bool = False  # head and alpha router are yet to be learnt: nothing can route

    def __post_init__(self) -> None:
        if self.untrained:
            if self.head is not None or self.alpha is not None:
                raise BadModelSettings("a head or an alpha router is named that is yet to be made")
            return
        if bool(self.experts) != (self.head is not None):
            raise BadModelSettings(
                f"{len(self.experts)} experts and {'no' if self.head is None else 'a'} weights "
                "head are configured; name both or neither"
            )
        if (self.reward is None) != (self.alpha is None):
            missing = "reward model" if self.reward is None else "alpha router"
            raise BadModelSettings(f"the {missing} is not configured; name both or neither")


def chosen_device(name: DeviceName) -> torch.device:
    """The device of this name, or the best there is; raises BadModelSettings without it."""
    found: dict[DeviceName, bool] = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    there = [kind for kind, is_there in found.items() if is_there]  # best first
    chosen = there[0] if name == "auto" else name
    if chosen not in there:
        raise BadModelSettings(f"this machine has no {name}; set device to {' or '.join(there)}")
    return torch.device(chosen)
