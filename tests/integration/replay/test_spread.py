"""People spread over the two processes of a local Ray cluster."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from credence.inference.encoder import SentenceEncoder
from credence.inference.listwise.bundle import shipped
from credence.replay.believing.taken import deciding
from credence.replay.exam.files import write_exam
from credence.replay.runner import spread
from credence.replay.runner.folder import EXAM
from credence.replay.runner.hall import OtherData
from credence.replay.runner.provenance import commit, versions
from credence.replay.runner.run import run
from credence.replay.runner.spread import Desk, OtherCode, Post, RayMissing, cluster
from tests.integration.replay.toy_run import PEOPLE, SETTINGS, a_run, a_watcher, write_toy

SYSTEMS = ("credence", "credence:semantic:never", "als")


async def test_two_processes_of_a_cluster_write_the_same_bytes_as_one(
    database: str, encoder: SentenceEncoder, tmp_path: Path
) -> None:
    data = write_toy(tmp_path / "toy", people=PEOPLE)
    here, there = tmp_path / "here", tmp_path / "there"
    asked = replace(
        a_run(data, here, database, encoder.encode, systems=SYSTEMS), cache=tmp_path / "texts"
    )
    await run(asked, a_watcher())

    with cluster(processes=2, address=None) as desks:
        await run(replace(asked, out=there, at_once=2, desks=desks), a_watcher())

    for part in ("answers", "beliefs"):
        files = sorted(path.name for path in (here / "toy" / part).iterdir())
        assert files == sorted(path.name for path in (there / "toy" / part).iterdir())
        for name in files:
            ours, theirs = (out / "toy" / part / name for out in (here, there))
            assert ours.read_bytes() == theirs.read_bytes(), name


@pytest.fixture
def post(database: str, encoder: SentenceEncoder, tmp_path: Path) -> Post:
    """A post on a run whose data, exam and ranker's model lie on this machine."""
    data, model = write_toy(tmp_path / "toy", people=PEOPLE), tmp_path / "model"
    shutil.copytree(shipped(), model)
    settings = SETTINGS.model_copy(update={"ranker_model": model})
    asked = a_run(data, tmp_path / "out", database, encoder.encode, settings=settings)
    folder = tmp_path / "out" / "toy"
    folder.mkdir(parents=True)
    write_exam(asked.exams["toy"], folder / EXAM)
    return Post(
        system="popularity",
        memory=None,
        data=data,
        folder=folder,
        database=database,
        cache=None,
        settings=settings,
        commit=commit(),
        versions=versions(),
        deciding=deciding(settings),
        prefix="",
        examinees=(),
    )


async def test_a_machine_with_other_data_takes_no_post(post: Post, tmp_path: Path) -> None:
    other = write_toy(tmp_path / "elsewhere" / "toy", people=PEOPLE - 1)
    at_home = Desk()

    with pytest.raises(OtherData, match="drawn from other data"):
        await Desk().take(replace(post, data=other))

    await at_home.take(post)
    await at_home.leave()


async def test_a_machine_with_another_ranker_takes_no_post(post: Post) -> None:
    model = post.settings.ranker_model
    assert model is not None
    (model / "more.json").write_text("{}", encoding="utf-8")

    with pytest.raises(OtherCode, match="another ranker's model"):
        await Desk().take(post)


def test_without_the_extra_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spread, "find_spec", lambda name: None)

    with pytest.raises(RayMissing) as refusal, cluster(processes=2, address=None):
        pass

    assert "credence[ray]" in refusal.value.fix
