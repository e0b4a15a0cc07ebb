"""Exams of the whole catalogue: named in full, or found by Credence itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from credence.inference.encoder import SentenceEncoder
from credence.planner import finding
from credence.replay.believing.variant import UnknownVariant
from credence.replay.evolving import run as evolving
from credence.replay.exam.donors import donors_of
from credence.replay.exam.freeze import freeze
from credence.replay.exam.negatives import Shelf, draw
from credence.replay.exam.paper import FrozenExam, Negatives
from credence.replay.loaders.instructrec import load_domain, load_training_targets
from credence.replay.people import ReplayPerson
from credence.replay.runner.reading import read_run
from credence.replay.runner.run import NotTheWholeCatalogue, run
from tests.integration.replay.toy_run import PEOPLE, a_run, a_watcher, an_exam, write_toy

_POOL = 12


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_toy(tmp_path_factory.mktemp("whole") / "toy", people=PEOPLE)


def whole(data: Path) -> FrozenExam:
    domain, targets = load_domain(data), load_training_targets(data)["toy"]
    donors = donors_of(domain, targets)
    shelf = Shelf.of(domain.items, donors)

    def drawn(person: ReplayPerson) -> tuple[str, ...]:
        return draw(
            Negatives.ALL,
            target=person.target,
            taken=person.dealt_with,
            shelf=shelf,
            seed=0,
            user_id=person.user_id,
        )

    return freeze(domain, donors, negatives=Negatives.ALL, instructed=True, seed=0, drawn=drawn)


async def test_what_is_found_is_ranked_as_if_it_were_named_and_the_rest_comes_after(
    data: Path,
    database: str,
    encoder: SentenceEncoder,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    exam = whole(data)
    everything, little = (
        a_run(
            data,
            tmp_path / name,
            database,
            encoder.encode,
            systems=("credence", "credence:found"),
            exams={"toy": exam},
        )
        for name in ("everything", "little")
    )

    await run(everything, a_watcher())
    monkeypatch.setattr(finding, "POOL", _POOL)
    monkeypatch.setattr(finding, "FEWEST", 0)
    await run(little, a_watcher())

    named = read_run(tmp_path / "everything" / "toy").records
    assert {len(record.order) for record in named["credence"]} == {38}
    for record, found in zip(named["credence"], named["credence:found"], strict=True):
        assert found.order == record.order  # a pool holds all of so small a catalogue
        assert found.scores == pytest.approx(record.scores, abs=1e-5)
    few = read_run(tmp_path / "little" / "toy").records["credence:found"]
    for record in few:
        first, rest = record.scores[:_POOL], set(record.scores[_POOL:])
        assert len(rest) == 1
        assert min(first) > rest.pop()
    hits = [sum(record.rank <= _POOL for record in of) for of in (few, named["credence"])]
    assert hits[0] >= 0.7 * hits[1] > 0


async def test_it_finds_nothing_where_candidates_are_named(
    data: Path, database: str, encoder: SentenceEncoder, tmp_path: Path
) -> None:
    exams = {"whole": whole(data), "ten": an_exam(data)}
    asked = a_run(
        data, tmp_path, database, encoder.encode, systems=("credence:found",), exams=exams
    )

    with pytest.raises(NotTheWholeCatalogue, match="finds its candidates itself") as refused:
        await run(asked, a_watcher())

    assert "--negatives all" in refused.value.fix
    assert not (tmp_path / "whole").exists()
    with pytest.raises(UnknownVariant, match="choose among ten"):
        evolving.known(["credence", "credence:found"])
