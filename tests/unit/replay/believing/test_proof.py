"""What is left in a run's folder to show that nothing was written while the exam was sat."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from credence.replay.believing.memories import prove


def held(when: str, memory: str, versions: str) -> dict[str, Any]:
    return {
        "memory": memory,
        f"counts_{when}": {"users": 3},
        f"versions_{when}": {"users": versions},
    }


def proved(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["credence"]
    return found


def test_what_a_killed_session_had_seen_before_it_stays(tmp_path: Path) -> None:
    path = tmp_path / "readonly.json"
    prove(path, "credence", **held("before", "7/1", "a"))  # and then it was killed
    prove(path, "credence", **held("before", "7/1", "b"))
    prove(path, "credence", **held("after", "7/1", "b"))

    assert proved(path)["versions_before"] == {"users": "a"}
    assert proved(path)["versions_after"] == {"users": "b"}


def test_of_a_memory_that_was_made_anew_the_one_that_is_gone_says_nothing(tmp_path: Path) -> None:
    path = tmp_path / "readonly.json"
    prove(path, "credence", **held("before", "7/1", "a"))
    prove(path, "credence", **held("before", "9/4", "b"))
    prove(path, "credence", **held("after", "9/4", "b"))

    assert proved(path)["versions_before"] == proved(path)["versions_after"] == {"users": "b"}
