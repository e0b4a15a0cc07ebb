"""The admin password: kept as an Argon2 hash, checked off the event loop, tried only so often."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from ipaddress import IPv6Address, IPv6Network, ip_address

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from pydantic import SecretStr

HASHED = "$argon2"  # how a hash begins
_WINDOW = 60.0  # seconds in which tries are counted
_FROM_ONE = 10  # tries of one sender
_ALTOGETHER = 100  # of however many senders
_OWN_BITS = 64  # of an IPv6 address: a household or a server has all addresses below them


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


class Tries:
    """The tries of the last minute. A try that is refused counts for nothing, so that one sender
    uses up no more than ten of the hundred that all have, and no more than these are kept."""

    def __init__(self, timer: Callable[[], float] = time.monotonic) -> None:
        self._timer = timer
        self._last: deque[tuple[float, str]] = deque()

    def __len__(self) -> int:
        return len(self._last)

    def count(self, address: str) -> None:
        """One more from there. Raises TooManyAttempts."""
        now, sender = self._timer(), _sender(address)
        while self._last and self._last[0][0] <= now - _WINDOW:
            self._last.popleft()
        of_sender = sum(1 for _, other in self._last if other == sender)
        if of_sender >= _FROM_ONE or len(self._last) >= _ALTOGETHER:
            raise TooManyAttempts
        self._last.append((now, sender))


class Door:
    """Where passwords are tried: every try counts, the right one too."""

    def __init__(self, configured: SecretStr | None) -> None:
        self._configured = configured
        self._password: Password | None = None
        self._tries = Tries()

    @property
    def has_password(self) -> bool:
        return self._configured is not None

    async def opens(self, given: str, *, address: str) -> bool:
        """Whether the password is right. Raises TooManyAttempts."""
        if self._configured is None:
            return False
        self._tries.count(address)
        if self._password is None:
            self._password = await asyncio.to_thread(Password, self._configured)
        return await asyncio.to_thread(self._password.is_it, given)


def hashed(password: str) -> str:
    """The hash to put into the settings in place of the password."""
    return PasswordHasher().hash(password)


def _sender(address: str) -> str:
    """Whom an address stands for, however many of a network somebody has."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(IPv6Network((int(found), _OWN_BITS), strict=False))
