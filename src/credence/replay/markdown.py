"""How figures stand in Markdown, and what has to be said of some."""

from __future__ import annotations

from credence.replay.bootstrap import SURE, Interval

PLUMBING = (
    "**Quality figures of systems that ask a language model mean nothing here**: the answers came "
    "from the development server, which stands in for a model and knows nothing."
)
SIMULATED = (
    "**The people are simulated**: they were made up, and so are all figures of them, which tell "
    "that the parts work together and nothing about real people."
)
_MARKS = str.maketrans({mark: f"\\{mark}" for mark in r"\|<[]*`"})


def as_text(words: str) -> str:
    """Words that end no line and no cell of a table, and are neither markup nor an element."""
    return " ".join(words.split()).translate(_MARKS)


def plain(value: Interval) -> str:
    """A mean with its interval."""
    return f"{value.mean:.3f} [{value.low:.3f}, {value.high:.3f}]"


def gap(value: Interval, *, sure: bool | None = None) -> str:
    """A difference with its interval, in bold where it is `sure`; where that is not said, because
    nothing was tested, where the interval leaves out 0."""
    if sure is None:
        sure = value.above_zero or value.below_zero
    mark = "**" if sure else ""
    return f"{mark}{value.mean:+.3f}{mark} [{value.low:+.3f}, {value.high:+.3f}]"


def apart(value: Interval, p: float) -> tuple[str, str]:
    """A difference of two systems and its corrected p, which alone says whether there is one."""
    return gap(value, sure=p < SURE), f"{p:.3f}"
