"""Training batches of lists: drawn from several corpora, each batch from one of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from credence.inference.listwise.corpus import Corpus
from credence.inference.listwise.less import deafened, forgetful, silenced, unordered
from credence.inference.listwise.lists import Lists
from credence.inference.training.seeds import derived_seed
from credence.inference.training.sources import Source


@dataclass(frozen=True, slots=True)
class Part:
    """Some lists of a corpus, the expert trained on its catalogue, and all homes of that one."""

    corpus: Corpus
    rows: Tensor  # (L,) numbers of lists
    homes: tuple[int, ...] = ()
    expert: int = 0  # 0, the generalist, is at home everywhere


@dataclass(frozen=True, slots=True, kw_only=True)
class Less:
    """How often a list is shown without a part, for no list in use has everything."""

    silent: float = 0.5  # without its instruction
    deaf: float = 0.15  # without anybody else
    unordered: float = 0.3  # without the order in which others chose
    forgetful: float = 0.3  # without chunks
    away: float = 0.0  # in a catalogue taken for a strange one


class Told(NamedTuple):
    """A batch of K lists."""

    inputs: Lists
    labels: Tensor  # (K,)
    own: Tensor  # (K,) the expert at home
    away: Tensor  # (K, homes) bool, homes that the catalogue is taken to be unlike
    mask: Tensor | None = None


@dataclass(frozen=True, slots=True)
class Lots(Source[Told]):
    """Batches of `size` lists, each of one part, the parts mixed.

    Of each part an epoch leaves out what does not fill a batch; a part that fills none is one batch
    by itself, and one without lists is none. Raises ValueError where no part has any.
    """

    parts: Sequence[Part]
    size: int
    less: Less = Less()
    homes: int = 0

    def __post_init__(self) -> None:
        if not any(len(part.rows) for part in self.parts):
            raise ValueError("there is no list to learn from")

    @property
    def batches(self) -> int:
        return sum(self._of(part) for part in self.parts)

    def batch(self, seed: int, epoch: int, index: int) -> Told:
        dice = torch.Generator().manual_seed(derived_seed(seed, "order", epoch))
        whose = [at for at, part in enumerate(self.parts) for _ in range(self._of(part))]
        drawn = [whose[at] for at in torch.randperm(len(whose), generator=dice).tolist()]
        at, turn = drawn[index], drawn[:index].count(drawn[index])
        part = self.parts[at]
        own = torch.Generator().manual_seed(derived_seed(seed, "part", at, epoch))
        order = part.rows[torch.randperm(len(part.rows), generator=own)]
        rows = order[turn * self.size : (turn + 1) * self.size]
        return self._shown(part, rows, derived_seed(seed, "less", epoch, index))

    def _of(self, part: Part) -> int:
        return max(len(part.rows) // self.size, min(1, len(part.rows)))

    def _shown(self, part: Part, rows: Tensor, seed: int) -> Told:
        dice = torch.Generator().manual_seed(seed)

        def some(share: float) -> Tensor:
            return torch.rand(len(rows), generator=dice) < share

        lists = silenced(part.corpus.lists(rows), some(self.less.silent))
        lists = deafened(lists, some(self.less.deaf))
        lists = unordered(lists, some(self.less.unordered))
        lists = forgetful(lists, some(self.less.forgetful))
        away = torch.zeros(len(rows), self.homes, dtype=torch.bool)
        if self.homes and part.expert:
            away[:, list(part.homes)] = some(self.less.away)[:, None]
        return Told(
            inputs=lists,
            labels=part.corpus.chosen[rows],
            own=torch.full((len(rows),), part.expert),
            away=away,
        )
