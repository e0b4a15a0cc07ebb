"""A language with matters of taste, and a person who has one.

Words follow each other in a ring. After some words, the cues, one of two *tastes* is said, either
as often, and then the ring goes on. The person likes one taste after this cue and the other after
that one. A reward model that learnt from pairs differing in a taste alone knows what the person
likes, and nothing of the ring: it helps at tastes and harms everywhere else.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from credence.inference.training.stages import Examples, Pairs
from scripts.toys.models import seeded_dice

WORDS = 12
CUES = (2, 5, 8, 11)
LIKED = (12, 13, 12, 13)  # after each cue
TASTES = (12, 13)
LABELS = 14
LENGTH = 20


@dataclass(frozen=True, slots=True)
class Line:
    """Sequences as next-token examples (B, T), and where their labels are tastes."""

    examples: Examples
    is_taste: Tensor  # (B, T)


def sample(count: int, seed: int, *, faith: float) -> Line:
    """So many sequences; of the tastes a share `faith` is what the person likes."""
    dice = seeded_dice(seed)
    liked = torch.full((WORDS,), -1)
    liked[list(CUES)] = torch.tensor(LIKED)
    word = torch.randint(WORDS, (count,), generator=dice)
    token, tokens, tastes = word, [word], []
    for _ in range(LENGTH):
        is_taste = (token < WORDS) & (liked[word] >= 0)
        likes = torch.rand(word.shape, generator=dice) < faith
        taste = torch.where(likes, liked[word], sum(TASTES) - liked[word])
        successor = (word + 1) % WORDS
        token = torch.where(is_taste, taste, successor)
        word = torch.where(is_taste, word, successor)
        tokens.append(token)
        tastes.append(is_taste)
    line = torch.stack(tokens, 1)
    return Line(Examples(line[:, :-1], line[:, 1:]), torch.stack(tastes, 1))


def sample_pairs(count: int, seed: int) -> Pairs:
    """Pairs that share all up to a taste, where one says what the person likes."""
    line = sample(count, seed, faith=1.0)
    spread = torch.rand(line.is_taste.shape, generator=seeded_dice(seed + 1))
    last = (spread * line.is_taste).argmax(-1, keepdim=True)  # one of each row's tastes
    steps = torch.arange(LENGTH)
    mask = (steps <= last) & line.is_taste.any(-1, keepdim=True)
    liked = line.examples.labels
    other = torch.where((steps == last) & line.is_taste, sum(TASTES) - liked, liked)
    return Pairs(
        Examples(line.examples.inputs, liked, mask), Examples(line.examples.inputs, other, mask)
    )
