"""Fetching the release, by a stand-in for gdown."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from credence.replay.data.download import DownloadFailed, download
from credence.replay.data.release import LINK

NAMES = ("yelpAll_recagent.pkl", "combined_yelp_asin_mapping.csv")


class DriveRefused(Exception):
    """What gdown raises."""


@dataclass
class Drive(ModuleType):
    """Acts as the module gdown would."""

    held: Sequence[str] = NAMES
    fails: Exception | None = None

    def __post_init__(self) -> None:
        super().__init__("gdown")
        self.exceptions = SimpleNamespace(DownloadError=DriveRefused)
        self.asked: list[str] = []

    def download_folder(self, *, url: str, **_options: Any) -> list[SimpleNamespace]:
        self.asked.append(url)
        return [SimpleNamespace(id=f"id-{name}", path=f"books/{name}") for name in self.held]

    def download(self, *, id: str, output: str, **_options: Any) -> str:
        if self.fails is not None:
            Path(output).write_text("half", encoding="utf-8")
            raise self.fails
        self.asked.append(id)
        Path(output).write_text(id, encoding="utf-8")
        return output


@pytest.fixture
def drive(monkeypatch: pytest.MonkeyPatch) -> Drive:
    made = Drive()
    monkeypatch.setitem(sys.modules, "gdown", made)
    return made


def test_both_files_of_a_domain_are_fetched_from_the_folder_of_the_release(
    tmp_path: Path, drive: Drive
) -> None:
    paths = download("yelp", tmp_path)

    assert [path.relative_to(tmp_path).as_posix() for path in paths] == [f"yelp/{n}" for n in NAMES]
    assert [path.read_text(encoding="utf-8") for path in paths] == [f"id-{n}" for n in NAMES]
    assert drive.asked[0] == LINK


def test_what_is_there_is_not_fetched_again(tmp_path: Path, drive: Drive) -> None:
    download("yelp", tmp_path)
    drive.asked.clear()

    download("yelp", tmp_path)

    assert drive.asked == []


def test_another_folder_may_be_named(tmp_path: Path, drive: Drive) -> None:
    download("yelp", tmp_path, link="https://example.org/folder")

    assert drive.asked[0] == "https://example.org/folder"


@pytest.mark.parametrize("error", [DriveRefused("too many downloads\nsee"), OSError("no route")])
def test_a_refusal_says_where_to_get_the_files_and_leaves_none_half_there(
    tmp_path: Path, drive: Drive, error: Exception
) -> None:
    drive.fails = error

    with pytest.raises(DownloadFailed, match="iAgent") as raised:
        download("yelp", tmp_path)

    assert str(error).splitlines()[0] in str(raised.value)
    assert not [path for path in (tmp_path / "yelp").iterdir() if path.name in NAMES]


def test_files_that_the_folder_does_not_hold_are_named(tmp_path: Path, drive: Drive) -> None:
    drive.held = NAMES[:1]

    with pytest.raises(DownloadFailed, match=r"does not hold combined_yelp_asin_mapping\.csv"):
        download("yelp", tmp_path)


def test_a_domain_that_was_never_released_is_refused_by_name(tmp_path: Path, drive: Drive) -> None:
    with pytest.raises(DownloadFailed, match="no domain films"):
        download("films", tmp_path)


def test_without_gdown_it_is_said_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "gdown", None)

    with pytest.raises(DownloadFailed, match=r"credence\[download\]"):
        download("yelp", tmp_path)
