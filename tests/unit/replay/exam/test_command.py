"""`credence replay exam` on a folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import typer
from typer.testing import CliRunner

from credence.cli.replay.exam import exam
from tests.unit.replay.worlds import a_row, write_folder

APP = typer.Typer()
APP.command()(exam)


def _frozen(data: Path, out: Path, *more: str) -> dict[str, Any]:
    words = ["--data", str(data), "--out", str(out), "--negatives", "released"]
    done = CliRunner().invoke(APP, [*words, "--instruction", "without", "--json", *more])
    assert done.exit_code == 0, done.stderr
    [made] = json.loads(done.stdout)
    found: dict[str, Any] = made
    return found


def test_exams_in_several_orders_lie_beside_each_other(tmp_path: Path) -> None:
    data = write_folder(tmp_path / "toy", [a_row(reviewerID=f"u{n}") for n in range(20)])

    plain = _frozen(data, tmp_path / "out")
    other = _frozen(data, tmp_path / "out", "--order-seed", "5")
    same = _frozen(data, tmp_path / "out", "--order-seed", "0")

    assert (plain["seed"], plain["order_seed"]) == (0, 0)
    assert (other["seed"], other["order_seed"]) == (0, 5)
    assert other["sha256"] != plain["sha256"] == same["sha256"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "toy-released-unasked-order-5.json",
        "toy-released-unasked.json",
    ]
