"""`credence replay data` as it is typed."""

from __future__ import annotations

import json
import os
import pickle
from pathlib import Path

import typer
from typer.testing import CliRunner

from credence.cli.replay.data import data
from credence.replay.loaders.instructrec import load_domain
from tests.unit.replay.data.test_check import ITEMS, people
from tests.unit.replay.test_restricted_pickle import Call
from tests.unit.replay.worlds import a_row, write_folder

APP = typer.Typer()
APP.command()(data)


def test_a_domain_is_checked_and_converted(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "old", people(3), items=ITEMS)

    done = CliRunner().invoke(APP, [str(folder), "--out", str(tmp_path / "new"), "--json"])

    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert [one["domain"] for one in told["domains"]] == ["toy"]
    assert told["not_here"] == ["books", "movietv", "reads", "yelp"]
    assert load_domain(tmp_path / "new") == load_domain(folder)


def test_a_failed_check_names_people_and_ends_with_one(tmp_path: Path) -> None:
    rows = [*people(1), a_row(reviewerID="bob\x1b[2J", ranked_lists=[3, 4])]
    folder = write_folder(tmp_path, rows, items=ITEMS)

    done = CliRunner().invoke(APP, [str(folder)])

    assert done.exit_code == 1
    assert "FAILS everybody makes an exam: a list of bob" in done.stdout
    assert "\x1b[2J" not in done.stdout
    assert "of the release not here: books, movietv, reads, yelp" in done.stdout


def test_a_missing_file_is_said_with_where_to_get_it(tmp_path: Path) -> None:
    done = CliRunner().invoke(APP, [str(tmp_path)])

    assert done.exit_code == 2
    assert "github.com/agiresearch/iAgent" in done.stderr
    assert "--download" in done.stderr


def test_a_malicious_pickle_is_refused_by_name(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "old", [a_row()])
    mark = tmp_path / "it_ran"
    (folder / "toyAll_recagent.pkl").write_bytes(pickle.dumps(Call(os.system, f"touch {mark}")))

    done = CliRunner().invoke(APP, [str(folder), "--out", str(tmp_path / "new")])

    assert done.exit_code == 2
    assert "system" in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["old"]


def test_a_link_without_anything_to_fetch_is_refused(tmp_path: Path) -> None:
    done = CliRunner().invoke(APP, [str(tmp_path), "--from", "https://example.org"])

    assert done.exit_code == 2
    assert "--download" in done.stderr
