"""Which model is asked, where, and within which limits."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from urllib.parse import urlsplit

from pydantic import SecretStr


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One model behind one OpenAI-compatible address, such as http://localhost:11434/v1."""

    base_url: str
    key: SecretStr | None  # None for a server that asks for none
    model: str
    proxy: SecretStr | None = None  # its address, with its user and password; None: the direct way

    def __post_init__(self) -> None:
        """An address is logged by HTTP clients, so it may hold no secret. Raises ValueError."""
        parts = urlsplit(self.base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("the address of a model begins with http:// or https://")
        if parts.username or parts.password or parts.query:
            raise ValueError("a key has no place in the address of a model")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much time, memory and patience a question may take."""

    call_seconds: float = 60.0  # for one HTTP call, from its start to the last byte
    question_seconds: float = inf  # that a question has in all, where that is less
    attempts: int = 4  # calls for one answer after which nothing that failed is tried again
    reasoning_tokens: int = 0  # that a model may take beyond those of its answer
    first_wait: float = 0.5  # seconds; doubled after every attempt
    longest_wait: float = 30.0  # seconds between two attempts
    most_bytes: int = 1_000_000  # of a response, as sent and as decompressed
