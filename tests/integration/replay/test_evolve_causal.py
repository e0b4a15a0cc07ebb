"""Language models of the process have the last word along walks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from credence.inference.encoder import SentenceEncoder
from credence.replay.asking.in_process import NoneInProcess
from credence.replay.evolving.run import evolve
from credence.replay.runner.kept import AnotherRun
from tests.integration.replay.standing import schemas
from tests.integration.replay.tiny_causal import save, settings
from tests.integration.replay.toy_evolve import a_study, a_watcher, write_toy

SYSTEMS = ("credence:never", "credence:never:causal")


async def test_walks_are_asked_of_them_and_go_on_with_the_same_ones_alone(
    database: str, encoder: SentenceEncoder, tmp_path: Path
) -> None:
    study = a_study(
        write_toy(tmp_path / "toy"),
        tmp_path / "out",
        database,
        encoder.encode,
        systems=SYSTEMS,
        most=2,
        stride=4,
    )
    with pytest.raises(NoneInProcess, match="credence:never:causal"):
        await evolve(study, a_watcher())
    assert not study.out.exists()

    router = tmp_path / "router"
    told = settings(causal_router=save(router, 0))
    alone = await evolve(replace(study, settings=told, systems=SYSTEMS[:1]), a_watcher())
    found = await evolve(replace(study, settings=told), a_watcher())

    assert not any(name.startswith("causal_") for name in alone.manifest.settings)
    assert found.manifest.settings["causal_router"].startswith("router, ")
    plain, theirs = (
        [step.order for walk in found.walked[name] for step in walk.steps] for name in SYSTEMS
    )
    assert len(plain) == len(theirs) > 2
    assert plain != theirs
    assert all(walk.spent.fallbacks == 0 for walk in found.walked[SYSTEMS[1]])
    assert schemas(database) == []
    save(router, 1)
    with pytest.raises(AnotherRun, match="causal_router"):
        await evolve(replace(study, settings=told), a_watcher())
