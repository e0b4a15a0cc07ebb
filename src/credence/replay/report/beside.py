"""What a run folder holds for readers alone: titles of items, beliefs of systems."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from credence.replay.errors import MalformedData
from credence.replay.runner.folder import BELIEFS, ITEMS, system_file


def read_titles(folder: Path) -> Mapping[str, str]:
    """Titles by item id; empty where the run has none, and then ids have to do."""
    path = folder / ITEMS
    if not path.is_file():
        return {}
    document = _parsed(path.read_text(encoding="utf-8", errors="surrogatepass"), where=str(path))
    if not isinstance(document, dict):
        raise MalformedData(f"{path}: no object of titles by item id; run the exam again")
    return {str(item_id): str(title) for item_id, title in document.items()}


def read_beliefs(folder: Path, system: str) -> Mapping[str, Any]:
    """What a system believed, by person; empty for one that has no beliefs."""
    path = folder / BELIEFS / f"{system_file(system)}.jsonl"
    if not path.is_file():
        return {}
    found: dict[str, Any] = {}
    lines = path.read_text(encoding="utf-8", errors="surrogatepass").split("\n")
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        row = _parsed(line, where=f"{path}, line {number}")
        if not isinstance(row, dict) or not {"user_id", "belief"} <= row.keys():
            raise MalformedData(
                f"{path}, line {number}: needs user_id and belief; run the exam again"
            )
        found[str(row["user_id"])] = row["belief"]
    return found


def _parsed(text: str, *, where: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise MalformedData(f"{where}: no JSON ({error}); run the exam again") from error
