"""The vendored library is the pinned one, goes along with its licences, and fits into a page."""

from __future__ import annotations

import hashlib
import json

import pytest
from scripts.vendor import __main__ as vendor

from credence.assets.charts import charting_library, charting_licence
from credence.replay.report.render import clip, compact, number, p_value, seconds, signed


@pytest.mark.parametrize("library", [vendor.CHARTS, vendor.PAGES], ids=lambda one: one.name)
def test_the_files_are_those_that_the_pinned_archive_held(library: vendor.Vendored) -> None:
    folder = vendor.ASSETS / library.folder
    source = json.loads((folder / library.source).read_text(encoding="utf-8"))

    assert (source["version"], source["integrity"]) == (library.version, library.integrity)
    assert set(source["sha256"]) == set(library.kept.values())
    for name, digest in source["sha256"].items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest, name


def test_the_licences_go_along() -> None:
    licence = charting_licence()

    assert "Apache License" in licence
    assert "The Apache Software Foundation" in licence
    assert "BSD" in licence


def test_the_library_can_stand_within_a_page() -> None:
    assert "</script" not in charting_library().lower()
    assert "<!--" not in charting_library()


def test_figures_are_written_as_a_reader_wants_them() -> None:
    assert (number(0.5), signed(-0.25), signed(0.25)) == ("0.500", "−0.250", "+0.250")
    assert (p_value(0.0002), p_value(0.0496)) == ("<0.001", "0.050")
    assert [compact(v) for v in (0, 12_400.4, 3.14159, -0.0021)] == [
        "0",
        "12,400",
        "3.14",
        "−0.0021",
    ]
    assert (seconds(0.02094), seconds(1.5)) == ("20.9 ms", "1.50 s")
    assert (clip("abc", 3), clip("abcd", 3)) == ("abc", "ab…")
    assert clip("x" * 400, 300) == f"{'x' * 300}… (100 more characters)"
