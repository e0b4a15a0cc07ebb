"""What a study keeps of itself in its folder, so that it can go on after a restart."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from credence.replay.errors import MalformedData, ReplayError

_MEMORY = "memory.json"  # what the names of its schemas begin with


class AnotherRun(ReplayError):
    """A folder holds a run or a study made in another way than is asked for."""

    fix = "choose another --out, or remove the folder"


def check_same(folder: Path, what: str, before: object, now: object) -> None:
    """Raises AnotherRun where something that decides on results is not as it was."""
    if before != now:
        raise AnotherRun(f"{folder} holds a run of another {what}: {before!r}, not {now!r}")


def schema_prefix(folder: Path) -> str:
    """What the names of its schemas begin with, drawn once. Raises MalformedData."""
    path = folder / _MEMORY
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        write_json(path, {"prefix": f"replay_{uuid.uuid4().hex[:8]}"})
    prefix = read_object(path).get("prefix")
    if not isinstance(prefix, str) or not prefix:
        raise MalformedData(f"{path} does not say what the names of the schemas begin with")
    return prefix


def read_json(path: Path) -> Any:
    """What `write_json` wrote. Raises MalformedData for what is no JSON."""
    try:
        return json.loads(path.read_bytes().decode("utf-8", "surrogatepass"))
    except ValueError as error:
        raise MalformedData(f"{path} is not JSON: {error}") from error


def read_object(path: Path) -> dict[str, Any]:
    """An object by its names. Raises MalformedData for anything else."""
    found = read_json(path)
    if not isinstance(found, dict):
        raise MalformedData(f"{path} holds no JSON object")
    return found


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write it whole or not at all."""
    partial = path.with_name(f".{path.name}.partial")
    text = json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False)
    partial.write_text(text + "\n", encoding="utf-8", errors="surrogatepass")
    partial.replace(path)
