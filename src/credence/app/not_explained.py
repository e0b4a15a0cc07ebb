"""Why there is no explanation, as whoever asked is told; no message quotes what anybody wrote."""

from __future__ import annotations

from typing import Literal

Cause = Literal["off", "busy", "late", "failed"]


class NotExplained(Exception):
    """There are no words for why an item was put to somebody; the list itself is as it was."""

    def __init__(self, cause: Cause, detail: str, *, fix: str) -> None:
        super().__init__(detail)
        self.cause = cause
        self.fix = fix


def off() -> NotExplained:
    """No language model here, or at the address named, is to write any."""
    return NotExplained(
        "off",
        "no language model writes explanations here",
        fix="set CREDENCE_CAUSAL_EXPLANATION_TOKENS to what an explanation may have, and name the "
        "models by CREDENCE_CAUSAL_ROUTER, or by CREDENCE_CAUSAL_URL a process that has them",
    )


def off_there() -> NotExplained:
    """The process that is asked for them writes none."""
    return NotExplained(
        "off",
        "the process at CREDENCE_CAUSAL_URL writes no explanations",
        fix="set CREDENCE_CAUSAL_ROUTER and CREDENCE_CAUSAL_EXPLANATION_TOKENS in the environment "
        "of `credence serve-ranker` there",
    )


def busy() -> NotExplained:
    """Too many lists and explanations wait before it."""
    return NotExplained(
        "busy",
        "the language models have too much before this explanation",
        fix="ask again in a moment",
    )


def late() -> NotExplained:
    """The time that anybody waits for language models is over."""
    return NotExplained(
        "late",
        "the language models took longer than CREDENCE_CAUSAL_SECONDS for this explanation",
        fix="ask again in a moment, lower CREDENCE_CAUSAL_EXPLANATION_TOKENS, or raise "
        "CREDENCE_CAUSAL_SECONDS",
    )


def failed(why: str) -> NotExplained:
    """They were asked and gave none."""
    return NotExplained(
        "failed",
        f"the language models gave no explanation: {why}",
        fix="see the log of the process that has them; `credence doctor` checks what it can",
    )
