"""The stages of training, known without loading what trains."""

from __future__ import annotations

from enum import StrEnum


class Stage(StrEnum):
    """How far to train; a later stage needs those before it."""

    EXPERTS = "experts"
    ROUTER = "router"
    REWARD = "reward"
    TARO = "taro"
    ALL = "all"
