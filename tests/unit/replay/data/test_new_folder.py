"""Folders appear whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from credence.replay.data.new_folder import FolderTaken, new_folder


def test_a_folder_is_there_once_its_block_has_ended(tmp_path: Path) -> None:
    with new_folder(tmp_path / "deep" / "made") as partial:
        (partial / "file").write_text("whole", encoding="utf-8")
        assert not (tmp_path / "deep" / "made").exists()

    assert (tmp_path / "deep" / "made" / "file").read_text(encoding="utf-8") == "whole"
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["made"]


def test_nothing_is_left_of_a_block_that_failed(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), new_folder(tmp_path / "made") as partial:
        (partial / "file").write_text("half", encoding="utf-8")
        raise ZeroDivisionError

    assert list(tmp_path.iterdir()) == []


def test_an_empty_folder_may_be_filled_but_no_other(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with new_folder(tmp_path / "empty") as partial:
        (partial / "file").touch()

    with pytest.raises(FolderTaken, match="empty is there already"), new_folder(tmp_path / "empty"):
        pass
