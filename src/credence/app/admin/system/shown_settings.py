"""The settings in use, as they may be shown: secrets as "set" or "not set"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import AnyHttpUrl, SecretStr

from credence.app.settings import Settings
from credence.app.token_prices import TokenPrice
from credence.planner.llm.asking import Role


@dataclass(frozen=True, slots=True)
class ShownSetting:
    """One variable of the environment; `given`: it is not left at its default."""

    name: str
    value: str
    given: bool
    means: str


def shown_settings(settings: Settings) -> tuple[ShownSetting, ...]:
    """All settings in order of name. What is of no kind known to be harmless is not shown."""
    kinds = type(settings).model_fields
    return tuple(
        ShownSetting(
            name=f"CREDENCE_{name.upper()}",
            value=_shown(getattr(settings, name)),
            given=name in settings.model_fields_set,
            means=kinds[name].description or "",
        )
        for name in sorted(kinds)
    )


def place_of(url: str) -> str:
    """Host and port of an address, without anything else that it may hold."""
    parts = urlsplit(url)
    host = parts.hostname or "?"
    shown = f"[{host}]" if ":" in host else host
    return f"{shown}:{parts.port}" if parts.port is not None else shown


def _shown(value: object) -> str:
    shown = "set"  # what is of no kind known to be harmless
    if value is None or (isinstance(value, SecretStr) and not value.get_secret_value()):
        shown = "not set"
    elif isinstance(value, AnyHttpUrl):
        shown = place_of(str(value))
    elif isinstance(value, bool):
        shown = "on" if value else "off"
    elif isinstance(value, int | float | str | Path):
        shown = str(value)
    elif isinstance(value, tuple) and all(isinstance(one, Role) for one in value):
        shown = ", ".join(value) or "none"
    elif isinstance(value, Mapping):
        shown = _mapping(value)
    return shown


def _mapping(value: Mapping[object, object]) -> str:
    """Of API keys only whose they are; of prices everything."""
    if not value:
        return "none"
    if all(isinstance(key, str) and isinstance(one, TokenPrice) for key, one in value.items()):
        return f"for {', '.join(sorted(map(str, value)))}"
    if all(isinstance(key, SecretStr) and isinstance(one, str) for key, one in value.items()):
        return f"{len(value)} for {', '.join(sorted({str(one) for one in value.values()}))}"
    return "set"
