"""The stages of training, known without loading what trains."""

from __future__ import annotations

from enum import StrEnum


class Stage(StrEnum):
    """How far to train; a later stage needs those before it."""

    EXPERTS = "experts"  # no model yet
    ROUTER = "router"  # the model that ships
    REWARD = "reward"  # with a reward model beside it, which nothing asks
    TARO = "taro"  # and with the alpha router that has it steer
    ALL = "all"  # every stage there is
