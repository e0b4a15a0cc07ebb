"""The charting library (Apache ECharts), as `python -m scripts.vendor` wrote it."""

from __future__ import annotations

from importlib.resources import files


def charting_library() -> str:
    """The whole library as one script; it makes `echarts` global."""
    return (files(__name__) / "echarts.min.js").read_text(encoding="utf-8")


def charting_licence() -> str:
    """What must go along with a copy of the library."""
    folder = files(__name__)
    texts = ("NOTICE", "LICENSE", "LICENSE-d3")
    return "\n\n".join((folder / name).read_text(encoding="utf-8").strip() for name in texts)
