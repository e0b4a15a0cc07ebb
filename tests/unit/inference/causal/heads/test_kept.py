"""What models said stays on disk: a killed run asks only for the rest."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from credence.inference.causal.heads.kept import PART, observed
from credence.inference.causal.heads.observed import Observed
from credence.inference.causal.heads.observing import KnownList, Observer
from credence.inference.causal.load import load_members
from credence.inference.training.errors import CheckpointDamaged, OtherSettings
from tests.unit.inference.causal.heads.routed_lists import a_list, untrained
from tests.unit.inference.causal.models import an_alpha

LISTS = [a_list(person, 3) for person in range(PART + 3)]


class Dies(Exception):
    """Something went wrong in the middle."""


class Counted:
    """An observer that counts what it is asked, and may die of it."""

    def __init__(self, observer: Observer, *, dies_at: int | None = None) -> None:
        self.asked = 0
        self._observer = observer
        self._dies_at = dies_at

    def ask(self, one: KnownList) -> Observed:
        if self.asked == self._dies_at:
            raise Dies
        self.asked += 1
        return self._observer.ask(one)


@pytest.fixture(scope="module")
def observer(tmp_path_factory: pytest.TempPathFactory) -> Observer:
    members = load_members(untrained(tmp_path_factory.mktemp("models")))
    return Observer(members, orders=2, alpha=an_alpha())


def test_a_run_that_died_goes_on_after_what_is_kept(observer: Observer, tmp_path: Path) -> None:
    whole = observed(LISTS, lambda: observer, None, identity="one")
    first = Counted(observer, dies_at=PART + 1)
    with pytest.raises(Dies):
        observed(LISTS, lambda: first, tmp_path, identity="one")
    rest, through = Counted(observer), list[int]()
    again = observed(LISTS, lambda: rest, tmp_path, identity="one", done=through.append)
    assert rest.asked == 3
    assert sum(through) == len(LISTS)
    for name, value in whole.tensors().items():
        assert torch.equal(value, again.tensors()[name]), name


def test_what_is_all_there_needs_no_models(observer: Observer, tmp_path: Path) -> None:
    there = observed(LISTS, lambda: observer, tmp_path, identity="one")

    def none() -> Observer:
        raise AssertionError("models were loaded")

    again = observed(LISTS, none, tmp_path, identity="one")
    assert torch.equal(there.hidden, again.hidden)


def test_what_other_models_said_is_refused(observer: Observer, tmp_path: Path) -> None:
    observed(LISTS[:2], lambda: observer, tmp_path, identity="one")
    with pytest.raises(OtherSettings, match="models, lists and orders"):
        observed(LISTS[:2], lambda: observer, tmp_path, identity="another")


def test_a_damaged_file_is_refused(observer: Observer, tmp_path: Path) -> None:
    observed(LISTS[:2], lambda: observer, tmp_path, identity="one")
    (path,) = tmp_path.glob("said-*")
    content = bytearray(path.read_bytes())
    content[-3] ^= 1
    path.write_bytes(content)
    with pytest.raises(CheckpointDamaged, match="checksum"):
        observed(LISTS[:2], lambda: observer, tmp_path, identity="one")


def test_nothing_to_ask_is_refused(observer: Observer) -> None:
    with pytest.raises(ValueError, match="no lists"):
        observed([], lambda: observer, None, identity="one")
