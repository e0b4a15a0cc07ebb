"""From views to one HTML file: everything inlined, everything people wrote escaped."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from credence.assets.charts import charting_library, charting_licence
from credence.assets.looks import tokens

_SCRIPTS = ("drawing.js", "exam_charts.js", "walk_charts.js", "report.js")  # in this order
_A_LINE = 100  # characters
_LONGEST = 300  # characters of one text that people wrote


def render(context: Mapping[str, Any], charts: Mapping[str, Any], *, page: str) -> str:
    """The whole page, of the template `page`.

    A content security policy forbids every script but its own two.
    """
    environment = Environment(
        loader=PackageLoader(__package__),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.policies["json.dumps_kwargs"] = {"sort_keys": True, "allow_nan": False}
    environment.filters |= {
        "num": number,
        "signed": signed,
        "p": p_value,
        "clip": clip,
        "compact": compact,
        "seconds": seconds,
    }
    library = _script(charting_library())
    script = _script('"use strict";\n' + "".join(map(_template_text, _SCRIPTS)))
    return environment.get_template(page).render(
        context,
        charts=charts,
        style=tokens() + _template_text("report.css"),
        library=library,
        script=script,
        script_sources=" ".join(f"'sha256-{_digest(text)}'" for text in (library, script)),
        licence=charting_licence(),
    )


def number(value: float, digits: int = 3) -> str:
    """A figure with as many digits as its neighbours."""
    return f"{value:.{digits}f}"


def signed(value: float, digits: int = 3) -> str:
    """A difference, with a minus as wide as the plus."""
    return f"{value:+.{digits}f}".replace("-", "−")


def p_value(value: float) -> str:
    """A p, no smaller than is worth telling."""
    return "<0.001" if value < 0.001 else f"{value:.3f}"


def compact(value: float) -> str:
    """A figure of any size in three digits: 12,400, 3.14, 0.0021."""
    if value == 0:
        return "0"
    text = f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return text.replace("-", "−")


def seconds(value: float) -> str:
    """A time in the unit that suits it."""
    return f"{value:,.2f} s" if value >= 1 else f"{value * 1000:.3g} ms"


def clip(text: object, longest: int = _LONGEST) -> str:
    """The beginning of a text, with a word on how much is left out where there is room for one."""
    whole = str(text)
    if len(whole) <= longest:
        return whole
    if longest < _A_LINE:
        return f"{whole[: longest - 1]}…"
    return f"{whole[:longest]}… ({len(whole) - longest:,} more characters)"


def _template_text(name: str) -> str:
    return (files(__package__) / "templates" / name).read_text(encoding="utf-8")


def _script(text: str) -> str:
    """A script as it may stand between its tags: browsers hash it with plain line ends."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    if "</script" in plain.lower() or "<!--" in plain:
        raise ValueError("a script holds what would end its own element")
    return plain


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
