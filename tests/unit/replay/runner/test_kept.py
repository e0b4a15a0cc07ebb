"""What a run keeps of itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from credence.replay.errors import MalformedData
from credence.replay.runner.kept import read_object, schema_prefix, write_json


def test_the_prefix_of_schemas_is_drawn_once(tmp_path: Path) -> None:
    assert schema_prefix(tmp_path / "run") == schema_prefix(tmp_path / "run")
    assert schema_prefix(tmp_path / "run") != schema_prefix(tmp_path / "other")


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"prefix": 3}', '{"prefix": ""}'])
def test_a_damaged_memory_file_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "memory.json").write_text(text)

    with pytest.raises(MalformedData, match=r"memory\.json"):
        schema_prefix(tmp_path)


def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", {"\ud800": [1]})

    assert read_object(tmp_path / "a.json") == {"\ud800": [1]}
