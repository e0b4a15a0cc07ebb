"""Write the pinned scripts of others into the package, with their licences.

    python -m scripts.vendor

Archives come from the npm registry and are used only if their SHA-512 is the one below. To move to
another version, take both from `npm view NAME@VERSION version dist.integrity`.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import sys
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx

ASSETS = Path(__file__).parents[2] / "src" / "credence" / "assets"


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendored:
    """One library: where it comes from, and which of its files go where."""

    name: str
    version: str
    archive: str
    integrity: str
    kept: Mapping[str, str]  # path in the archive to name in the folder
    folder: str  # below the package's assets
    source: str  # the note beside them of where they came from


CHARTS = Vendored(
    name="echarts",
    version="6.1.0",
    archive="https://registry.npmjs.org/echarts/-/echarts-6.1.0.tgz",
    integrity=(
        "sha512-q0yaFPggC9FUdsWH4blavRWFmxdrIodbkoKNAjJudAI6CA9gNPxHtV2RcZNEepZVlk4yvBYkOkbk6HI"
        "VpIyHZA=="
    ),
    kept={
        "package/dist/echarts.min.js": "echarts.min.js",
        "package/LICENSE": "LICENSE",
        "package/NOTICE": "NOTICE",
        "package/licenses/LICENSE-d3": "LICENSE-d3",
    },
    folder="charts",
    source="source.json",
)
PAGES = Vendored(
    name="htmx.org",
    version="4.0.1",
    archive="https://registry.npmjs.org/htmx.org/-/htmx.org-4.0.1.tgz",
    integrity=(
        "sha512-oF7JgXhDW9UXCy/k1ZYFUQgzu/rm19ORWPSPNL91vPluB2PB9+MV55tyQdH/w7o2EAbTYUG5SDW1R60"
        "mdkdqGg=="
    ),
    kept={"package/dist/htmx.min.js": "htmx.min.js", "package/LICENSE": "LICENSE-htmx"},
    folder="admin",
    source="source-htmx.json",
)


def main() -> int:
    """Exit code 1, and nothing of it written, if an archive is not the one that was pinned."""
    return max(vendor(library) for library in (CHARTS, PAGES))


def vendor(library: Vendored) -> int:
    """Fetch one library and write what is kept of it."""
    answer = httpx.get(library.archive, follow_redirects=True, timeout=120).raise_for_status()
    found = "sha512-" + base64.b64encode(hashlib.sha512(answer.content).digest()).decode()
    if found != library.integrity:
        print(f"{library.archive} is {found}, not {library.integrity}", file=sys.stderr)
        return 1
    folder = ASSETS / library.folder
    digests = {
        name: _write(folder / name, content)
        for name, content in _kept(library, answer.content).items()
    }
    source = {
        "version": library.version,
        "archive": library.archive,
        "integrity": library.integrity,
        "sha256": digests,
    }
    _write(folder / library.source, (json.dumps(source, indent=2) + "\n").encode())
    print(f"{library.name} {library.version} is in {library.folder}/")
    return 0


def _kept(library: Vendored, archive: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as packed:
        found = {name: packed.extractfile(member) for member, name in library.kept.items()}
        return {name: stream.read() for name, stream in found.items() if stream is not None}


def _write(path: Path, content: bytes) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return hashlib.sha256(content).hexdigest()


if __name__ == "__main__":
    sys.exit(main())
