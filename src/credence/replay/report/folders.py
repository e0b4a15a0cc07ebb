"""Which runs are meant by the folders that somebody names."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from credence.replay.errors import FolderIncomplete
from credence.replay.runner.folder import MANIFEST


def run_folders(named: Sequence[Path]) -> tuple[Path, ...]:
    """Folders of runs as they are, and in place of any other the runs right below it, by name.

    Raises FolderIncomplete for one that is no run and has none below it.
    """
    return tuple(dict.fromkeys(run for folder in named for run in _runs(folder)))


def _runs(folder: Path) -> list[Path]:
    if (folder / MANIFEST).is_file():
        return [folder]
    below = sorted(path.parent for path in folder.glob(f"*/{MANIFEST}"))
    if not below:
        raise FolderIncomplete(
            f"{folder} is no run and holds none: there is no {MANIFEST}; name what `credence "
            "replay run` wrote with --out"
        )
    return below
