"""What a system's answers were made with: the facts that make it the same system elsewhere."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import TypeAlias

from credence.replay.asking.roles import decides
from credence.replay.runner.folder import Manifest

Made: TypeAlias = frozenset[tuple[str, str]]  # facts by their names


def made_with(manifest: Manifest, system: str) -> Made:
    """What parts of one run have to agree in, of settings those that this system goes by.

    When it was made, by which command and beside which other systems decides nothing.
    """
    settings = {**manifest.settings, "llm_stand_in": manifest.plumbing_only}
    facts: dict[str, object] = {"commit": manifest.commit}
    facts |= {f"version of {name}": told for name, told in manifest.versions.items()}
    facts |= {name: told for name, told in settings.items() if decides(name, system)}
    return frozenset((name, json.dumps(told, sort_keys=True)) for name, told in facts.items())


def differing(among: Collection[Made]) -> str:
    """The names of what these do not agree in."""
    common = frozenset[tuple[str, str]].intersection(*among)
    return ", ".join(sorted({name for made in among for name, _ in made - common}))
