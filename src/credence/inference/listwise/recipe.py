"""How the shipped routed model is made: every size and length, in one place.

All of it was chosen on folds of the training people; the log of measurements has the figures.
"""

from __future__ import annotations

from dataclasses import dataclass

from credence.inference.listwise.network import Shape
from credence.inference.listwise.training import Plan

GENERALIST = "generalist"
# The fused policy adds two opinions, the expert's and the router's, which begins as the generalist:
# at full strength everything would be said twice.
SHARE = 0.5
ROUTER_FOLD = 1  # of the training people, those whom the experts do not see


@dataclass(frozen=True, slots=True, kw_only=True)
class Speciality:
    """An expert of its own for some domains."""

    name: str
    domains: tuple[str, ...]
    more: bool  # learns from further people who used the catalogue, where there are some
    shape: Shape
    plan: Plan


GENERAL_SHAPE = Shape(width=96, pair=32, dropout=0.15)
GENERAL_PLAN = Plan(epochs=20, decay=0.05)
SPECIALITIES = (
    Speciality(
        name="books",
        domains=("reads",),
        more=True,
        shape=Shape(rank=32, width=96, pair=32, dropout=0.2),
        plan=Plan(epochs=10, decay=0.3),
    ),
    Speciality(
        name="films",
        domains=("movietv", "mlsmall"),
        more=False,
        shape=Shape(rank=8, width=96, pair=32, dropout=0.3),
        plan=Plan(epochs=10, decay=0.3),
    ),
)
ROUTER_PLAN = Plan(epochs=15, learning_rate=2e-4, head_rate=3e-2)
ROUTING_SHARE = 3.0  # of the routing loss beside the label loss
AWAY = 0.25  # of the lists, taken for those of a strange catalogue
REWARD_PLAN = Plan(epochs=6)
ALPHA_PLAN = Plan(epochs=15)
