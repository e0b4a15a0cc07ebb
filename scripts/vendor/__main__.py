"""Write the pinned charting library into the package, with its licences.

    python -m scripts.vendor

The archive comes from the npm registry and is used only if its SHA-512 is the one below. To move
to another version, take both from `npm view echarts@VERSION version dist.integrity`.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import sys
import tarfile
from pathlib import Path

import httpx

VERSION = "6.1.0"
ARCHIVE = f"https://registry.npmjs.org/echarts/-/echarts-{VERSION}.tgz"
INTEGRITY = "sha512-" + (
    "q0yaFPggC9FUdsWH4blavRWFmxdrIodbkoKNAjJudAI6CA9gNPxHtV2RcZNEepZVlk4yvBYkOkbk6HIVpIyHZA=="
)
KEPT = {
    "package/dist/echarts.min.js": "echarts.min.js",
    "package/LICENSE": "LICENSE",
    "package/NOTICE": "NOTICE",
    "package/licenses/LICENSE-d3": "LICENSE-d3",
}
FOLDER = Path(__file__).parents[2] / "src" / "credence" / "assets" / "charts"


def main() -> int:
    """Exit code 1, and nothing written, if the archive is not the one that was pinned."""
    archive = httpx.get(ARCHIVE, follow_redirects=True, timeout=120).raise_for_status().content
    found = "sha512-" + base64.b64encode(hashlib.sha512(archive).digest()).decode()
    if found != INTEGRITY:
        print(f"{ARCHIVE} is {found}, not {INTEGRITY}: nothing was written", file=sys.stderr)
        return 1
    digests = {name: _write(name, content) for name, content in _kept(archive).items()}
    source = {"version": VERSION, "archive": ARCHIVE, "integrity": INTEGRITY, "sha256": digests}
    _write("source.json", (json.dumps(source, indent=2) + "\n").encode())
    print(f"echarts {VERSION} is in {FOLDER.name}/")
    return 0


def _kept(archive: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as packed:
        found = {name: packed.extractfile(member) for member, name in KEPT.items()}
        return {name: stream.read() for name, stream in found.items() if stream is not None}


def _write(name: str, content: bytes) -> str:
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / name).write_bytes(content)
    return hashlib.sha256(content).hexdigest()


if __name__ == "__main__":
    sys.exit(main())
