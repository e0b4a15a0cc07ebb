"""Files below one folder: links that lead out of it and files that are none are not read."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from credence.replay.errors import MalformedData

_LARGEST = 64 * 2**20  # bytes of a file that is read whole


class Within:
    """Reads below a folder, and nowhere else."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()

    def holds(self, path: Path) -> bool:
        """Whether the path, with every link in it followed, is still below the folder."""
        try:
            return path.resolve().is_relative_to(self.root)
        except (OSError, RuntimeError):  # a circle of links
            return False

    def has_file(self, path: Path) -> bool:
        """Whether there is a plain file that may be read."""
        return self.holds(path) and path.is_file()

    def bytes(self, path: Path) -> bytes:
        """The file whole. Raises MalformedData for one that may not be read, or cannot be."""
        if not self.holds(path):
            raise MalformedData(f"{self.named(path)} is a link that leads out of the folder")
        try:
            if not path.is_file():
                raise MalformedData(f"{self.named(path)} is no file")
            if path.stat().st_size > _LARGEST:
                raise MalformedData(f"{self.named(path)} is larger than {_LARGEST >> 20} MiB")
            return path.read_bytes()
        except OSError as error:
            raise MalformedData(
                f"{self.named(path)} cannot be read: {error.strerror or error}"
            ) from error

    def json(self, path: Path) -> Any:
        """The file as JSON. Raises MalformedData."""
        try:
            return json.loads(self.bytes(path))
        except (ValueError, RecursionError) as error:
            raise MalformedData(f"{self.named(path)} is not JSON: {error}") from error

    def check_links(self, folder: Path) -> None:
        """Raises MalformedData if a link anywhere below leads out."""
        for place, folders, files in os.walk(folder):
            for name in (*folders, *files):
                path = Path(place) / name
                if path.is_symlink() and not self.holds(path):
                    raise MalformedData(f"{self.named(path)} is a link that leads out")

    def named(self, path: Path) -> str:
        """The path as it is told to people: below the folder."""
        try:
            return os.fsencode(path.relative_to(self.root)).decode(errors="backslashreplace")
        except ValueError:
            return path.name
