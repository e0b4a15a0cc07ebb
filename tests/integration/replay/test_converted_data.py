"""The real data folder, where it lies beside the checkout, is the same in Parquet."""

from __future__ import annotations

from pathlib import Path

from credence.replay.data.convert import read_all
from credence.replay.loaders.instructrec import (
    load_domains,
    load_item_names,
    load_training_targets,
)
from tests.integration.replay.recorded import DATA, NEEDS_DATA

pytestmark = NEEDS_DATA


def test_every_domain_passes_its_checks_and_is_the_same_in_parquet(tmp_path: Path) -> None:
    made = read_all(DATA, out=tmp_path / "parquet", without_broken=False)

    assert [one.checked.domain.name for one in made if not one.checked.passed] == []
    assert load_domains(tmp_path / "parquet") == load_domains(DATA)
    assert load_training_targets(tmp_path / "parquet") == load_training_targets(DATA)
    assert load_item_names(tmp_path / "parquet", "reads") == load_item_names(DATA, "reads")
