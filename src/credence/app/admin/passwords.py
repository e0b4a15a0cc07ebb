"""The admin password: kept as an Argon2 hash, checked off the event loop, tried only so often."""

from __future__ import annotations

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from pydantic import SecretStr

HASHED = "$argon2"  # how a hash begins
_PER_ADDRESS = parse("10 per minute")
_ALTOGETHER = parse("100 per minute")  # from however many addresses


class TooManyAttempts(Exception):
    """Somebody has guessed too often; wait a minute."""


class Password:
    """What the settings hold: a hash, or a password of which only the hash is kept from here on."""

    def __init__(self, configured: SecretStr) -> None:
        value = configured.get_secret_value()
        self._hash = value if value.startswith(HASHED) else hashed(value)

    def is_it(self, given: str) -> bool:
        """Whether that is the password. Takes some 50 ms of a core, on purpose."""
        try:
            return PasswordHasher().verify(self._hash, given)
        except (Argon2Error, InvalidHashError):
            return False


class Door:
    """Where passwords are tried: every try counts, the right one too."""

    def __init__(self, configured: SecretStr | None) -> None:
        self._configured = configured
        self._password: Password | None = None
        self._tries = MovingWindowRateLimiter(MemoryStorage())

    @property
    def has_password(self) -> bool:
        return self._configured is not None

    async def opens(self, given: str, *, address: str) -> bool:
        """Whether the password is right. Raises TooManyAttempts."""
        if self._configured is None:
            return False
        if not (
            self._tries.hit(_PER_ADDRESS, "from", address) and self._tries.hit(_ALTOGETHER, "all")
        ):
            raise TooManyAttempts
        if self._password is None:
            self._password = await asyncio.to_thread(Password, self._configured)
        return await asyncio.to_thread(self._password.is_it, given)


def hashed(password: str) -> str:
    """The hash to put into the settings in place of the password."""
    return PasswordHasher().hash(password)
