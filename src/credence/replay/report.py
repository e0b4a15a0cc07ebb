"""Where a report goes."""

from __future__ import annotations

from pathlib import Path


def publish(header: str, body: str, *, out: Path | None) -> None:
    """Write the report to `out`, or print it."""
    text = f"{header}\n{body}"
    if out is None:
        print(text)
    else:
        out.write_text(text + "\n", encoding="utf-8")
