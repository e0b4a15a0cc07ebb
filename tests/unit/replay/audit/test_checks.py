"""The audit as a whole."""

from __future__ import annotations

import json
from pathlib import Path

from credence.replay.audit.checks import audited, write_audit
from credence.replay.audit.finding import Outcome
from credence.replay.exam.paper import Negatives
from tests.unit.replay.audit.sittings import clean, clean_run


def test_all_eleven_mistakes_are_looked_for_in_order() -> None:
    found = audited(clean())

    assert [finding.number for finding in found] == list(range(1, 12))
    assert len({finding.name for finding in found}) == 11


def test_nothing_fails_in_a_clean_run(tmp_path: Path) -> None:
    for negatives in (Negatives.RELEASED, Negatives.POPULARITY, Negatives.NEAR):
        found = audited(clean_run(tmp_path, clean(negatives)))

        assert [finding for finding in found if finding.outcome is Outcome.FAILED] == []


def test_what_was_found_is_kept_in_the_folder_of_the_run(tmp_path: Path) -> None:
    found = audited(clean_run(tmp_path))

    write_audit(found, tmp_path, answers={"credence": "0123"})

    kept = json.loads((tmp_path / "audit.json").read_text(encoding="utf-8"))
    assert kept["answers"] == {"credence": "0123"}
    assert kept["findings"] == [finding.as_json() for finding in found]
    assert [path.name for path in tmp_path.glob("*.partial")] == []
