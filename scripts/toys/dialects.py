"""A language of thirty words in two dialects, whose every next token has a known cause.

A sequence opens with a token that names its dialect. In dialect d a word is followed by that
dialect's successor of it; now and then the dialect is switched, by the token that names the other
one, and the word after a name is any. A *rare* word follows some words in a language that has
them, in place of the successor; no expert's own language has any.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from credence.inference.training.seeds import derived_seed
from credence.inference.training.stages import Examples
from scripts.toys.models import seeded_dice

WORDS = 30
NAMES = (30, 31)  # of the dialects
RARE = (32, 33)  # what follows each of TRIGGERS, in either dialect
TRIGGERS = (3, 7)
LABELS = 34
LENGTH = 24  # of a sequence, names included
_SWITCHES = 0.1  # of the tokens after a word


@dataclass(frozen=True, slots=True)
class Cause:
    """Why each label (B, T) is what it is."""

    dialect: Tensor  # (B, T), the one in force
    by_rule: Tensor  # (B, T), the label is the dialect's successor
    rare: Tensor  # (B, T), the label is a rare word


@dataclass(frozen=True, slots=True)
class Language:
    """Two dialects; which are spoken, and with rare words or without."""

    successors: Tensor  # (2, WORDS), no word with the same one in both dialects
    dialects: tuple[int, ...] = (0, 1)
    rare: bool = False

    def sample(self, count: int, seed: int) -> tuple[Examples, Cause]:
        """So many sequences as next-token examples (B, T), and why each label is there."""
        dice = seeded_dice(seed)
        spoken = torch.tensor(self.dialects)
        dialect = spoken[torch.randint(len(spoken), (count,), generator=dice)]
        token = torch.tensor(NAMES)[dialect]
        tokens, causes = [token], []
        for _ in range(LENGTH):
            token, dialect, by_rule, rare = self._next(token, dialect, dice)
            tokens.append(token)
            causes.append((dialect, by_rule, rare))
        line = torch.stack(tokens, 1)  # (B, T + 1)
        stacked = [torch.stack(one, 1) for one in zip(*causes, strict=True)]
        return Examples(line[:, :-1], line[:, 1:]), Cause(*stacked)

    def _next(
        self, token: Tensor, dialect: Tensor, dice: torch.Generator
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        is_word = token < WORDS
        succeeds = self.successors[dialect, token.clamp_max(WORDS - 1)]
        anything = torch.randint(WORDS, token.shape, generator=dice)
        rare = torch.zeros_like(is_word)
        label = torch.where(is_word, succeeds, anything)
        if self.rare:
            for trigger, word in zip(TRIGGERS, RARE, strict=True):
                label = label.masked_fill(token == trigger, word)
                rare |= token == trigger
        switches = torch.rand(token.shape, generator=dice) < _SWITCHES
        switches &= is_word & ~rare & (len(self.dialects) > 1)
        dialect = torch.where(switches, 1 - dialect, dialect)
        label = torch.where(switches, torch.tensor(NAMES)[dialect], label)
        return label, dialect, is_word & ~rare & ~switches, rare


def two_dialects(seed: int, *, rare: bool = False) -> Language:
    """A language drawn by a seed; of a word's successors in two dialects none are the same."""
    dice = seeded_dice(derived_seed(seed, "dialects"))
    ring = torch.randperm(WORDS, generator=dice)
    successors = torch.empty(2, WORDS, dtype=torch.long)
    for dialect, stride in enumerate((1, 7)):  # coprime to 30: each is one ring of all words
        successors[dialect, ring] = ring.roll(-stride)
    return Language(successors, rare=rare)
