"""Which language models a system asks, by its name, and which settings decide what it answers."""

from __future__ import annotations

from credence.planner.llm.asking import Role
from credence.replay.asking.consulting import OF_MODELS
from credence.replay.asking.in_process import IN_PROCESS
from credence.replay.asking.named import ASKING
from credence.replay.believing.variant import NAME, UnknownVariant, variant

VANILLA_CAUSAL = "vanilla-causal"


def is_credence(name: str) -> bool:
    """Whether it is Credence, in whichever composition."""
    return name.split(":", maxsplit=1)[0] == NAME


def roles_of(name: str) -> tuple[Role, ...]:
    """The seats in which a system asks language models behind servers. Raises UnknownVariant."""
    if is_credence(name):
        return tuple(variant(name).roles)
    return ASKING[name].roles if name in ASKING else ()


def asks_causal(name: str) -> bool:
    """Whether a system asks the language models of this process. Raises UnknownVariant."""
    return variant(name).causal if is_credence(name) else name == VANILLA_CAUSAL


def decides(setting: str, name: str) -> bool:
    """Whether a setting that a manifest names bears on what the system of this name answers.

    Baselines have no settings; those of models are of who asks these models. A composition that
    this version does not know may have any.
    """
    try:
        roles, causal = roles_of(name), asks_causal(name)
    except UnknownVariant:
        return True
    if setting.startswith(IN_PROCESS):
        return causal
    if not setting.startswith(OF_MODELS):
        return is_credence(name) or bool(roles) or causal
    others = {f"llm_{role.value}_model" for role in Role if role not in roles}
    return bool(roles) and setting not in others
