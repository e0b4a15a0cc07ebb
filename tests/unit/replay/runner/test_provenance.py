"""What names the code of a run."""

from __future__ import annotations

import shutil
import subprocess
from importlib.metadata import version
from pathlib import Path

import pytest

from credence.replay.runner.provenance import code_of, versions

GIT = shutil.which("git") or ""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "repository" / "src"
    folder.mkdir(parents=True)
    (folder / "code.py").write_text("1")
    return folder


def _commit(source: Path) -> str:
    who = ["-c", "user.name=a", "-c", "user.email=a@b"]
    for words in (["init", "-q"], ["add", "."], [*who, "commit", "-q", "-m", "one"]):
        subprocess.run([GIT, "-C", str(source), *words], check=True)
    found = subprocess.run(
        [GIT, "-C", str(source), "rev-parse", "HEAD"], check=True, capture_output=True, text=True
    )
    return found.stdout.strip()


def test_what_reads_opinions_is_among_the_versions() -> None:
    assert versions()["vaderSentiment"] == version("vaderSentiment")


@pytest.mark.skipif(not GIT, reason="needs git")
def test_code_that_is_committed_is_named_by_its_commit(source: Path) -> None:
    commit = _commit(source)

    assert code_of(source) == commit


@pytest.mark.skipif(not GIT, reason="needs git")
def test_every_change_has_a_name_of_its_own_tracked_or_not(source: Path) -> None:
    commit = _commit(source)
    named = []
    for name, text in (("code.py", "2"), ("code.py", "3"), ("new.py", "1"), ("new.py", "2")):
        (source / name).write_text(text)
        named.append(code_of(source))
    (source / "package").mkdir()
    for text in "12":
        (source / "package" / "newer.py").write_text(text)
        named.append(code_of(source))

    assert len(set(named)) == len(named)
    assert all(name.startswith(f"{commit}-dirty-") for name in named)
    assert code_of(source) == named[-1]


def test_code_in_no_repository_is_named_by_its_files(source: Path) -> None:
    first = code_of(source)
    (source / "__pycache__").mkdir()
    (source / "__pycache__" / "code.pyc").write_text("compiled")
    assert code_of(source) == first
    assert first.startswith("files-")

    (source / "code.py").write_text("2")
    assert code_of(source) != first


@pytest.mark.skipif(not GIT, reason="needs git")
def test_code_in_somebody_elses_repository_is_named_by_its_files(source: Path) -> None:
    (source.parent / ".gitignore").write_text("src")
    _commit(source.parent)

    assert code_of(source).startswith("files-")
