"""Figures as pages print them."""

from __future__ import annotations

_MINUS = "\N{MINUS SIGN}"


def signed(value: float, digits: int = 2) -> str:
    """A figure with its sign, the minus as wide as the plus."""
    text = f"{value:+.{digits}f}"
    return "0." + "0" * digits if float(text) == 0 else text.replace("-", _MINUS)


def nought(value: float) -> bool:
    """Whether it is printed as 0.00, and so is neither for nor against."""
    return signed(value) == signed(0.0)


def count(value: int) -> str:
    """A whole number, in groups of three."""
    return f"{value:,}".replace("-", _MINUS)


def percent(value: float) -> str:
    """A share of 1."""
    return f"{100 * value:.0f}%"


def milliseconds(value: float) -> str:
    """A duration in the unit that reads best."""
    if value < 1_000:
        return f"{value:.0f} ms" if value >= 1 else f"{value:.2g} ms"
    seconds = value / 1_000
    return f"{seconds:.1f} s" if seconds < 60 else f"{seconds / 60:.1f} min"
