"""Lists of which less is known: what training shows now and then, as people show it in use."""

from __future__ import annotations

import torch
from torch import Tensor

from credence.inference.listwise.lists import Lists
from credence.inference.listwise.under import OF_ORDER

OF_INSTRUCTION = (0, 2, 7)  # signals that are 0 without an instruction
OF_CHUNKS = (5, 6)  # signals that are 0 where nothing is believed yet
OF_OTHERS = tuple(range(7, 16))  # signals that are 0 where nothing is known of others


def silenced(lists: Lists, where: Tensor) -> Lists:
    """Without an instruction where (K,) says so."""
    heard = (~where).to(lists.signals.dtype)
    return lists._replace(
        asked=lists.asked * heard,
        instruction=lists.instruction * heard[:, None],
        wording=lists.wording * heard[:, None],
        signals=_without(lists.signals, OF_INSTRUCTION, where),
    )


def deafened(lists: Lists, where: Tensor) -> Lists:
    """With nothing known of other people where (K,) says so.

    Without them nobody knows what is written everywhere either, so what the person wrote, which is
    read from there, is not shown.
    """
    heard = (~where).to(lists.signals.dtype)
    return lists._replace(
        wording=lists.wording * heard[:, None],
        voices=lists.voices * heard[:, None, None],
        words=lists.words * heard[:, None, None],
        event_words=lists.event_words * heard[:, None, None],
        company=lists.company * heard[:, None, None],
        followed=lists.followed * heard[:, None, None],
        followed_soon=lists.followed_soon * heard[:, None, None],
        people=lists.people * heard[:, None],
        liking=lists.liking * heard[:, None],
        signals=_without(lists.signals, OF_OTHERS, where),
    )


def forgetful(lists: Lists, where: Tensor) -> Lists:
    """Without chunks where (K,) says so."""
    return lists._replace(
        keep_chunks=lists.keep_chunks & ~where[:, None, None],
        signals=_without(lists.signals, OF_CHUNKS, where),
    )


def unordered(lists: Lists, where: Tensor) -> Lists:
    """Without the order in which others chose where (K,) says so."""
    known = (~where).to(lists.signals.dtype)
    return lists._replace(
        followed=lists.followed * known[:, None, None],
        followed_soon=lists.followed_soon * known[:, None, None],
        signals=_without(lists.signals, OF_ORDER, where),
    )


def _without(signals: Tensor, columns: tuple[int, ...], where: Tensor) -> Tensor:
    off = torch.zeros(signals.shape[-1], dtype=torch.bool, device=signals.device)
    off[list(columns)] = True
    return signals.masked_fill(where[:, None, None, None] & off, 0.0)
