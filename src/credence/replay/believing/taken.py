"""Which of the application's settings a replay takes, in the words of its manifest."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from credence.app.settings import Settings
from credence.inference.listwise.bundle import read

_TAKEN = ("event_memory", "half_life_days", "least_people", "collaborative", "check_after")


def behind_servers(settings: Settings) -> Settings:
    """Without causal language models, be they of the process: models behind servers have the
    ranker's seat again. Both sit exams, under names of their own."""
    return settings.model_copy(update={"causal_router": None, "causal_url": None})


def deciding(settings: Settings) -> dict[str, Any]:
    """The settings that decide on results; a routed model of one's own by version and digest.

    Policy and ranker are said by the names of systems instead. Raises ModelError.
    """
    model = settings.ranker_model
    named = {name: getattr(settings, name) for name in _TAKEN}
    return named | {"ranker_model": None if model is None else _model(model)}


def content_of(files: Iterable[Path]) -> str:
    """Twelve digits that tell the names and the content of files, which may be large."""
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(f"{path.name}\n".encode())
        with path.open("rb") as content:
            digest.update(hashlib.file_digest(content, "sha256").digest())
    return digest.hexdigest()[:12]


def _model(folder: Path) -> str:
    version = read(folder).version
    return f"{version}, {content_of(path for path in folder.iterdir() if path.is_file())}"
