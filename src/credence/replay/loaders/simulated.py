"""Whether the people of a domain are made up, as the manifest in its folder says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from credence.replay.loaders.instructrec import domain_folders

SIMULATED: Final[Mapping[str, Any]] = {"simulated": True}  # in a manifest; missing where recorded


def is_simulated(data: Path, domain: str) -> bool:
    """Of a domain below `data`, or of the one that it is. Raises FolderIncomplete."""
    return any(
        told.get("simulated") is True and told.get("domain") == domain
        for told in map(_told, domain_folders(data))
    )


def _told(folder: Path) -> Mapping[str, Any]:
    """Released data and folders of other hands need have no manifest."""
    try:
        told = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}
