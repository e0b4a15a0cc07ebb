"""`credence fit` on a database of its own."""

from __future__ import annotations

import json
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner, Result

from credence.cli.main import app
from tests.integration.fit.world import PEOPLE


@pytest.fixture
def configured(full_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CREDENCE_API_KEYS", raising=False)
    monkeypatch.setenv("CREDENCE_DATABASE_URL", full_database)
    return full_database


def _run(*arguments: str, code: int = 0) -> Result:
    done = CliRunner().invoke(app, ["fit", *arguments])
    assert done.exit_code == code, done.output
    return done


def _stored(database: str) -> int:
    with psycopg.connect(database) as connection:
        row = connection.execute("SELECT count(*) FROM ranker_weights").fetchone()
    assert row is not None
    return int(row[0])


def test_a_fit_is_told_stored_and_taken_back(configured: str) -> None:
    shown = _run("--dry-run").stdout
    assert f"{PEOPLE} questions of tenant default, seed 0" in shown
    assert "weights without instruction: fitted on" in shown
    assert [line.split()[0] for line in shown.splitlines() if " [" in line] == ["log-loss", "HR@1"]
    assert _stored(configured) == 0

    made = json.loads(_run("--json").stdout)
    trial = made["held_out"]["without_instruction"]
    assert (made["questions"], made["stored"], made["seed"]) == (PEOPLE, True, 0)
    assert trial["fitted_on"] + trial["tried_on"] == PEOPLE
    assert trial["log_loss"]["difference"]["high"] < 0
    assert made["weights"]["version"] == made["after"] != made["before"]
    assert _stored(configured) == 1

    assert json.loads(_run("--reset", "--json").stdout) == {"tenant": "default", "reset": True}
    assert _stored(configured) == 0
    assert "no weights" in _run("--reset").stdout


def test_what_cannot_be_fitted_is_a_refusal(configured: str) -> None:
    done = _run("--tenant", "waiting", code=2)
    assert "30 people of tenant 'waiting'" in done.stderr
    assert "fix: " in done.stderr
    assert done.stdout == ""

    assert "--reset" in _run("--reset", "--force", code=2).stderr
