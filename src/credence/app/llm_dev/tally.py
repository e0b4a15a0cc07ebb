"""What a development server was asked, in figures."""

from __future__ import annotations

from collections import Counter
from typing import Any

from credence.app.llm_dev.faults import NONE, Fault
from credence.app.llm_dev.tokens import Usage

_OTHER = "other"  # a prompt of no role


class Tally:
    """Calls by role and fault, and tokens; it holds no text. Tokens are counted as generated, also
    where the client left before they came."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Begin again at nothing."""
        self._calls: Counter[tuple[str, str]] = Counter()
        self._tokens: Counter[str] = Counter()

    def call(self, role: str | None, fault: Fault | None, usage: Usage | None) -> None:
        """One call; a call refused with a status has no usage."""
        self._calls[role or _OTHER, fault or NONE] += 1
        if usage is not None:
            self._tokens.update(
                {"in": usage.prompt, "cached": usage.cached, "out": usage.completion}
            )

    def figures(self) -> dict[str, Any]:
        """All figures, as JSON has them."""
        roles = sorted({role for role, _ in self._calls})
        return {
            "calls": self._calls.total(),
            "by_role": {
                role: {fault: n for (of, fault), n in sorted(self._calls.items()) if of == role}
                for role in roles
            },
            "tokens": {kind: self._tokens[kind] for kind in ("in", "cached", "out")},
        }
