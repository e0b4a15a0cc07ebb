"""Heads on disk, with how to make them again and what they were worth."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from credence.inference.causal.folders import ModelFolder
from credence.inference.routing.heads import save_alpha, save_head
from credence.inference.training.checkpoint import replace_file
from credence.planner.llm.instructions import labels_prompt
from credence.replay.believing.taken import content_of
from credence.replay.heads.train import HeadsTraining, Learnt

HEAD, ALPHA, REPORT = "head.safetensors", "alpha.safetensors", "heads.json"


def write(learnt: Learnt, told: HeadsTraining, folder: Path) -> dict[str, Path]:
    """Write what was learnt; the files by the names of their settings, less CREDENCE_CAUSAL_."""
    folder.mkdir(parents=True, exist_ok=True)
    written: dict[str, Path] = {}
    if (head := learnt.head) is not None:
        written["HEAD"] = _whole(folder / HEAD, lambda path: save_head(head.head, path))
    if (alpha := learnt.alpha) is not None:
        written["ALPHA"] = _whole(folder / ALPHA, lambda path: save_alpha(alpha.alpha, path))
    content = json.dumps(provenance(learnt, told), indent=2, allow_nan=False)
    replace_file(folder / REPORT, f"{content}\n".encode())
    return written


def provenance(learnt: Learnt, told: HeadsTraining) -> dict[str, Any]:
    """How to make the same heads again, and what they were worth."""
    asked, plan = told.asked, learnt.plan

    def named(one: ModelFolder) -> dict[str, str]:
        return {"name": one.name, "content": content_of(one.deciding())}

    return {
        "router": named(plan.router),
        "experts": [named(one) for one in plan.experts],
        "reward": None if plan.reward is None else named(plan.reward),
        "base": named(plan.base),
        "dtype": told.models.dtype,
        "prompt": labels_prompt().version,
        "data": asked.data.name,
        "domains": sorted(asked.only),
        "people_a_domain": asked.people,
        "each": asked.each,
        "orders": told.orders,
        "event_memory": asked.event_memory,
        "seed": asked.seed,
        "people": learnt.people,
        "left_out": learnt.left_out,
        "ruled_out": learnt.ruled_out,
        "head": None
        if learnt.head is None
        else {"how": learnt.head.how, "losses": learnt.head.losses},
        "alpha": None
        if learnt.alpha is None
        else {"how": learnt.alpha.how, "losses": learnt.alpha.losses},
        "trial": asdict(learnt.trial),
    }


def _whole(path: Path, save: Callable[[Path], None]) -> Path:
    """Written beside and put in its place at once."""
    beside = path.with_name(f".{path.name}.writing")
    save(beside)
    beside.replace(path)
    return path
