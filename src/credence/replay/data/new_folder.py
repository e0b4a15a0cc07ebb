"""A folder that appears whole or not at all."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from credence.replay.errors import ReplayError


class FolderTaken(ReplayError):
    """Something is where a new folder should be."""

    fix = "name another folder, or move what is there"


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """A folder to write into, which becomes `path` when the block ends without an error.

    Raises FolderTaken if there is something at `path` already.
    """
    refuse_taken(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=f".{path.name}-", dir=path.parent))
    try:
        yield partial
        partial.chmod(0o755)  # mkdtemp lets nobody else in
        partial.replace(path)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def refuse_taken(path: Path) -> None:
    """Say so before any work is done. Raises FolderTaken."""
    if path.is_dir() and not any(path.iterdir()):
        return
    if path.exists() or path.is_symlink():
        raise FolderTaken(f"{path} is there already")
