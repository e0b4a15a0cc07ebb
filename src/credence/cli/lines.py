"""JSON lines from a file or stdin."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from credence.cli.api import as_sent
from credence.cli.faults import Fault
from credence.cli.refusals import Unusable

_ONE_OBJECT = "write one JSON object a line"
_MARK = "\ufeff"  # that some programs put before a text, to tell it is Unicode


@dataclass(frozen=True, slots=True)
class Lines:
    """The objects of a file, the line that each stands on, and the lines that hold none."""

    rows: list[dict[str, Any]]
    numbers: list[int]
    faults: list[Fault]


def read_lines(path: Path) -> Lines:
    """One JSON object a line, blank lines left out; `-` is stdin.

    Raises Unusable for what cannot be read, and where no line holds an object.
    """
    read = Lines([], [], [])
    for number, line in enumerate(_text(path).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = _object(line)
        except Unusable as error:
            read.faults.append(fault_of_line(number, message=str(error), fix=error.fix))
        else:
            read.rows.append(row)
            read.numbers.append(number)
    if read.faults and not read.rows:
        first = read.faults[0]
        raise Unusable(
            f"{path}, line {first['row']}: {first['message']}, and no line is a JSON object",
            fix=first["fix"],
        )
    return read


def fault_of_line(number: int, *, message: str, fix: str, field: str = "", **_: object) -> Fault:
    """What is wrong with a line of a file, as the API tells it of a row."""
    return {"of": "line", "row": number, "field": field, "message": message, "fix": fix}


def _text(path: Path) -> str:
    try:
        text = sys.stdin.read() if str(path) == "-" else path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Unusable(
            f"cannot read {path}: {error}", fix="name a UTF-8 file, or - for stdin"
        ) from error
    return text.removeprefix(_MARK)


def _object(line: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
        as_sent(row)
    except RecursionError as error:
        raise Unusable("is nested too deep", fix="nest objects and lists less deep") from error
    except UnicodeEncodeError as error:
        raise Unusable("holds half a character", fix="write well-formed Unicode") from error
    except json.JSONDecodeError as error:  # which counts lines of its own
        raise Unusable(
            f"is not JSON: {error.msg} at column {error.colno}", fix=_ONE_OBJECT
        ) from error
    except ValueError as error:
        raise Unusable(f"is not JSON: {error}", fix=_ONE_OBJECT) from error
    if not isinstance(row, dict):
        raise Unusable("is not an object", fix=_ONE_OBJECT)
    return row
