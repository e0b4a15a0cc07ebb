"""Before a run: which models are asked, and whether they are models at all."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from credence.app.adapters.llm.endpoint import Endpoint
from credence.app.certificates import authorities, unreached
from credence.app.llm_dev.brain import WHAT_THIS_IS
from credence.app.llm_dev.speech import MODEL
from credence.app.llm_settings import LlmSettings
from credence.app.settings import Settings
from credence.planner.llm.asking import Role
from credence.replay.asking.in_process import IN_PROCESS
from credence.replay.asking.interview import ModelsAway
from credence.replay.believing.taken import behind_servers
from credence.replay.errors import ReplayError

_SERVED = "llm_"
OF_MODELS = (_SERVED, IN_PROCESS)  # what the names of their settings begin with
_SECONDS = 10
_DECIDING = (
    "rank_top",
    "rank_rise",
    "looks",
    "share",
    "attempts",
    "reasoning_tokens",
    "call_seconds",
    "run_seconds",
)


class NoModels(ReplayError):
    """A system asks a language model, and none is configured."""

    fix = (
        "set CREDENCE_LLM_BASE_URL and CREDENCE_LLM_MODEL (docs/models.md); `credence llm "
        "dev-server` stands in for a model, to try the path"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Consulted:
    """What a run's manifest says of the models."""

    settings: Mapping[str, Any] = field(default_factory=dict)
    plumbing_only: bool = False


async def consulted(settings: Settings, wanted: Mapping[str, Sequence[Role]]) -> Consulted:
    """Whether the servers that the systems of `wanted` ask are there, and what answers on them.

    Raises NoModels, ModelsAway.
    """
    asked = {role for roles in wanted.values() for role in roles}
    if not asked:
        return Consulted()
    told = configured(settings, wanted)
    chosen = {role: told.endpoints[role] for role in Role if role in asked}
    servers = list(dict.fromkeys(chosen.values()))
    stand_ins = await asyncio.gather(*(_is_stand_in(server) for server in servers))
    return Consulted(
        settings={
            **{f"{_SERVED}{role}_model": endpoint.model for role, endpoint in chosen.items()},
            **{f"{_SERVED}{name}": getattr(told, name) for name in _DECIDING},
        },
        plumbing_only=any(stand_ins),
    )


def configured(settings: Settings, wanted: Mapping[str, Sequence[Role]]) -> LlmSettings:
    """The settings of the models. Raises NoModels for a system and a role that has none."""
    told = behind_servers(settings).llm
    for system, roles in wanted.items():
        if roles and told is None:
            raise NoModels(f"{system} asks a language model, and CREDENCE_LLM_BASE_URL is not set")
        for role in roles:
            if told is not None and role not in told.endpoints:
                raise NoModels(
                    f"{system} asks the {role}'s model, and there is none: CREDENCE_LLM_BASE_URL "
                    "is not set for it, or CREDENCE_LLM_ROLES leaves it out"
                )
    assert told is not None, "somebody asks a model"
    return told


async def _is_stand_in(endpoint: Endpoint) -> bool:
    """Whether the development server is what answers there, by its own list of models.

    Raises ModelsAway where nothing answers, or the key is not taken. A server that has no such
    list is taken for what it says it is.
    """
    key = endpoint.key.get_secret_value() if endpoint.key is not None else ""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    through = httpx.AsyncHTTPTransport(
        proxy=None if endpoint.proxy is None else endpoint.proxy.get_secret_value(),
        verify=authorities(),
    )
    try:
        async with httpx.AsyncClient(transport=through, timeout=_SECONDS) as client:
            answer = await client.get(f"{endpoint.base_url}/models", headers=headers)
    except httpx.HTTPError as error:
        raise ModelsAway(
            f"the server of {endpoint.model} {unreached(error)}; mend that, or correct "
            "CREDENCE_LLM_BASE_URL"
        ) from error
    if answer.status_code in (401, 403):
        raise ModelsAway(
            f"the server of {endpoint.model} does not take the key: correct CREDENCE_LLM_KEY"
        )
    return endpoint.model == MODEL or WHAT_THIS_IS in _descriptions(answer)


def _descriptions(answer: httpx.Response) -> list[str]:
    """What the models on the list say of themselves."""
    try:
        listed = answer.json()["data"]
        return [str(one.get("description")) for one in listed]
    except (ValueError, KeyError, TypeError, AttributeError):
        return []
