"""JSON lines from a file or stdin."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from credence.cli.api import as_sent
from credence.cli.refusals import Unusable


def read_lines(path: Path) -> list[dict[str, Any]]:
    """One JSON object a line, blank lines left out; `-` is stdin. Raises Unusable."""
    try:
        text = sys.stdin.read() if str(path) == "-" else path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Unusable(
            f"cannot read {path}: {error}", fix="name a UTF-8 file, or - for stdin"
        ) from error
    return [
        _object(line, number, path)
        for number, line in enumerate(text.split("\n"), start=1)
        if line.strip()
    ]


def _object(line: str, number: int, path: Path) -> dict[str, Any]:
    try:
        row = json.loads(line)
        as_sent(row)
    except RecursionError as error:
        raise Unusable(
            f"{path}, line {number} is nested too deep", fix="nest objects and lists less deep"
        ) from error
    except UnicodeEncodeError as error:
        raise Unusable(
            f"{path}, line {number} holds half a character", fix="write well-formed Unicode"
        ) from error
    except ValueError as error:
        raise Unusable(
            f"{path}, line {number} is not JSON: {error}", fix="write one JSON object a line"
        ) from error
    if not isinstance(row, dict):
        raise Unusable(
            f"{path}, line {number} is not an object", fix="write one JSON object a line"
        )
    return row
