"""Styles and scripts of the admin pages; htmx as `python -m scripts.vendor` wrote it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

_TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
_FOUND_IN = ("credence.assets.looks", "credence.assets.admin", "credence.assets.charts")


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file as it is sent; its address holds its digest, so that it can be kept for ever."""

    name: str
    content: bytes
    media_type: str
    digest: str


@lru_cache(maxsize=1)
def static_files() -> Mapping[str, StaticFile]:
    """Every style sheet, script and picture by name."""
    found: dict[str, StaticFile] = {}
    for package in _FOUND_IN:
        for entry in files(package).iterdir():
            kind = entry.name.rpartition(".")[2]
            if kind in _TYPES:
                content = entry.read_bytes()
                digest = hashlib.sha256(content).hexdigest()[:16]
                found[entry.name] = StaticFile(entry.name, content, _TYPES[kind], digest)
    return found


def static_path(name: str) -> str:
    """Where the pages find a file, below where they are mounted."""
    return f"/static/{static_files()[name].digest}/{name}"
