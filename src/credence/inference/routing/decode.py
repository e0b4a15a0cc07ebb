"""Text, label by label: greedy or sampled, each row until it ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

import torch
from torch import Tensor

from credence.inference.routing.policy import Decision, PolicyReading

Over = Callable[[Sequence[int]], bool]  # whether a row ends by its labels so far
Seen = Callable[[Decision], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """How labels are picked and when a row ends."""

    longest: int  # labels a row at most
    ends: frozenset[int] = frozenset()  # a row is finished by any of these
    temperature: float = 0.0  # 0 takes the likeliest
    top_p: float = 1.0  # only the likeliest labels that together have this much
    seed: int = 0

    def __post_init__(self) -> None:
        if self.longest < 1 or self.temperature < 0 or not 0 < self.top_p <= 1:
            raise ValueError(
                "longest must be at least 1, temperature at least 0 and top_p in (0, 1], got "
                f"{self.longest}, {self.temperature}, {self.top_p}"
            )


@dataclass(frozen=True, slots=True)
class Decoded:
    """One row's labels, and per label the expert and alpha behind it."""

    labels: list[int] = field(default_factory=list)  # with the one that ended it
    routes: list[int] = field(default_factory=list)  # empty where nothing routes
    alphas: list[float] = field(default_factory=list)  # empty where nothing steers


def die(seed: int, key: int) -> torch.Generator:
    """What the row of this key draws from: one number in [0, 1) a label."""
    digest = blake2b(f"{seed}/{key}".encode(), digest_size=7).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest, "big"))


def decode(
    reading: PolicyReading[Any],
    how: Sampling,
    *,
    keys: Sequence[int] | None = None,
    over: Over | None = None,
    seen: Seen | None = None,
) -> list[Decoded]:
    """Decode every row; a finished row is no longer run.

    Each row draws from its own generator, made from the seed and its key (its number unless
    told), so a row's labels do not depend on which rows it shares the batch with. `over` may end
    a row besides `how`, and `seen` is shown every step's decision. Raises NoAnswer.
    """
    given = range(reading.rows) if keys is None else keys
    dice = [die(how.seed, key) for key in given]
    texts = [Decoded() for _ in range(reading.rows)]
    going = list(range(reading.rows))
    for _ in range(how.longest):
        decision = reading.after(going, [texts[row].labels for row in going]).answered()
        if seen is not None:
            seen(decision)
        picked = _pick(decision.logits, how, [dice[row] for row in going])
        _note([texts[row] for row in going], picked, decision)
        going = [row for row, label in zip(going, picked, strict=True) if label not in how.ends]
        if over is not None:
            going = [row for row in going if not over(texts[row].labels)]
        if not going:
            break
    return texts


def _note(texts: Sequence[Decoded], picked: Sequence[int], decision: Decision) -> None:
    for text, label in zip(texts, picked, strict=True):
        text.labels.append(label)
    if decision.routing is not None:
        for text, route in zip(texts, decision.routing.route.tolist(), strict=True):
            text.routes.append(route)
    if decision.alpha is not None:
        for text, alpha in zip(texts, decision.alpha.tolist(), strict=True):
            text.alphas.append(alpha)


def _pick(logits: Tensor, how: Sampling, dice: Sequence[torch.Generator]) -> list[int]:
    """One label a row from logits (R, V); of equals the first."""
    if how.temperature == 0:
        greedy: list[int] = logits.argmax(dim=-1).tolist()
        return greedy
    likely = torch.softmax(logits / how.temperature, dim=-1)
    if how.top_p < 1:
        likely = _nucleus(likely, how.top_p)
    draws = torch.cat([torch.rand(1, generator=one) for one in dice])  # in [0, 1), on the CPU
    # In the labels' own order, not that of their likelihood: two labels that are about as likely
    # must not change places by the last bit of a sum.
    reached = likely.cumsum(dim=-1)  # (R, V)
    everything = reached[:, -1:]
    passed = (reached <= draws.to(reached).unsqueeze(-1) * everything).sum(dim=-1)
    last = (reached < everything).sum(dim=-1)  # of the labels that can be drawn at all
    sampled: list[int] = torch.minimum(passed, last).tolist()
    return sampled


def _nucleus(likely: Tensor, top_p: float) -> Tensor:
    """Probabilities (R, V) with the unlikely tail set to 0; the likeliest always stays."""
    ranked, labels = likely.sort(dim=-1, descending=True, stable=True)
    before = ranked.cumsum(dim=-1) - ranked
    return likely.scatter(-1, labels, ranked.masked_fill(before >= top_p, 0.0))
