"""A policy decides what comes next, from one or several step models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import torch
from torch import Tensor

from credence.inference.errors import NoAnswer
from credence.inference.routing.fusion import complement_share
from credence.inference.routing.step import C_contra


@dataclass(frozen=True, slots=True, kw_only=True)
class Routing:
    """How FusionRoute came to the decision on R rows."""

    route: Tensor  # (R,), the expert chosen
    weights: Tensor  # (R, n)
    expert: Tensor  # (R, V), logits of the expert chosen, fp32
    complement: Tensor  # (R, V), logits of the router itself, fp32

    @property
    def share(self) -> Tensor:
        """The complement's share (R,) in telling these labels apart."""
        return complement_share(self.expert, self.complement)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One step of R rows under a policy, and where it came from."""

    logits: Tensor  # (R, V), fp32, up to a constant a row the policy's log-probabilities
    routing: Routing | None = None
    alpha: Tensor | None = None  # (R,), the reward model's part

    def among(self, labels: Tensor) -> Decision:
        """The same decision between these labels (L,) only."""
        routing = self.routing and replace(
            self.routing,
            expert=self.routing.expert[:, labels],
            complement=self.routing.complement[:, labels],
        )
        return replace(self, logits=self.logits[:, labels], routing=routing)

    def answered(self) -> Decision:
        """This decision; raises NoAnswer if a row has a nan, or every label of it ruled out."""
        best = self.logits.amax(dim=-1)  # (R,), nan where any is
        if lost := int((~torch.isfinite(best)).sum()):
            raise NoAnswer(
                f"{lost} of {len(best)} rows got no usable logits from the models: their weights "
                "or inputs hold values that are no numbers, or they rule out every label"
            )
        return self


class PolicyReading(Protocol[C_contra]):
    """B contexts under one policy; see `Reading`, whose rules hold here too."""

    @property
    def rows(self) -> int:
        """B."""
        ...

    def after(self, rows: Sequence[int], decided: Sequence[Sequence[int]]) -> Decision:
        """The decision after these R rows' contexts and all their labels so far."""
        ...

    def branch(self, rows: Sequence[int], further: C_contra) -> PolicyReading[C_contra]:
        """A new reading whose i-th row goes on from context rows[i] by the i-th of `further`."""
        ...


class Policy(Protocol[C_contra]):
    """Something that decides step by step: one model, or several together."""

    @property
    def labels(self) -> int:
        """How many labels a step can have at most."""
        ...

    def open(self, contexts: C_contra) -> PolicyReading[C_contra]:
        """Start on these contexts; nothing is computed until a step is asked for."""
        ...
