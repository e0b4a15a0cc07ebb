"""Exams on disk: JSON with the digest beside the content, checked whenever one is read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from credence.replay.errors import MalformedData
from credence.replay.exam.paper import FrozenExam, Negatives, Paper

_FORM = 1


def write_exam(exam: FrozenExam, path: Path) -> None:
    """Write it whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {"form": _FORM, "sha256": exam.sha256, "exam": exam.as_json()}
    partial = path.with_name(f".{path.name}.partial")
    partial.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    partial.replace(path)


def read_exam(path: Path) -> FrozenExam:
    """Raises MalformedData if the file is no exam, or not the one whose digest it carries."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        exam = _exam(content["exam"])
        named, form = content["sha256"], content["form"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise MalformedData(
            f"{path} is no exam: {error!r}; `credence replay exam` makes one"
        ) from error
    if form != _FORM:
        raise MalformedData(f"{path} has form {form!r}, this version reads {_FORM}")
    if named != exam.sha256:
        raise MalformedData(
            f"{path} was changed after it was frozen: it names {named[:12]} and is "
            f"{exam.sha256[:12]}; make it anew with `credence replay exam`"
        )
    return exam


def _exam(row: dict[str, Any]) -> FrozenExam:
    return FrozenExam(
        domain=row["domain"],
        negatives=Negatives(row["negatives"]),
        instructed=row["instructed"],
        seed=row["seed"],
        order_seed=row.get("order_seed"),
        data_sha256=row["data_sha256"],
        papers=tuple(
            Paper(
                user_id=paper["user_id"],
                candidates=tuple(paper["candidates"]),
                target=paper["target"],
            )
            for paper in row["papers"]
        ),
    )
