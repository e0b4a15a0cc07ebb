"""One scale of type, one of space, one set of colours: for the report and the admin pages."""

from __future__ import annotations

from importlib.resources import files


def tokens() -> str:
    """The custom properties of the style sheets, light and dark."""
    return (files(__name__) / "tokens.css").read_text(encoding="utf-8")
