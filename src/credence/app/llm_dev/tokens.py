"""How many tokens a text is said to have, and how many of them a cache would have held.

Both are stated simulations, with no tokenizer behind them: a token is four bytes of UTF-8,
rounded up, and cached is the longest beginning that a prompt shares with one of the last few
prompts of the same system message. Hosted servers cache in larger steps.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

_BYTES = 4  # a token
_REMEMBERED = 32  # prompts


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one call; `cached` are among `prompt`."""

    prompt: int
    cached: int
    completion: int


def count(text: str) -> int:
    """Tokens of a text."""
    return -(-len(_bytes(text)) // _BYTES)


def first(text: str, tokens: int) -> str:
    """The beginning of a text that has at most so many tokens."""
    return _bytes(text)[: tokens * _BYTES].decode(errors="ignore")


class PromptCache:
    """Remembers the last few prompts."""

    def __init__(self) -> None:
        self._seen: deque[tuple[str, bytes]] = deque(maxlen=_REMEMBERED)

    def cached(self, system: str, prompt: str) -> int:
        """Whole tokens at the beginning of this prompt that were there before; remembers it."""
        told = _bytes(prompt)
        shared = max((_shared(told, old) for of, old in self._seen if of == system), default=0)
        self._seen.append((system, told))
        return shared // _BYTES


def _shared(one: bytes, other: bytes) -> int:
    """Bytes that both begin with."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[:middle] == other[:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")
