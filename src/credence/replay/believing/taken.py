"""Which of the application's settings a replay takes, in the words of its manifest."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from credence.app.settings import Settings
from credence.inference.listwise.bundle import read

_TAKEN = ("event_memory", "half_life_days", "least_people", "collaborative", "check_after")


def sitting(settings: Settings) -> Settings:
    """Without the language models of the application's own process, which no system asks: models
    behind servers have the ranker's seat again."""
    return settings.model_copy(update={"causal_router": None})


def deciding(settings: Settings) -> dict[str, Any]:
    """The settings that decide on results; a routed model of one's own by version and digest.

    Policy and ranker are said by the names of systems instead. Raises ModelError.
    """
    model = settings.ranker_model
    named = {name: getattr(settings, name) for name in _TAKEN}
    return named | {"ranker_model": None if model is None else _model(model)}


def _model(folder: Path) -> str:
    version, digest = read(folder).version, hashlib.sha256()
    for path in sorted(path for path in folder.iterdir() if path.is_file()):
        digest.update(f"{path.name}\n".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return f"{version}, {digest.hexdigest()[:12]}"
