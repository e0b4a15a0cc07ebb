"""What a server that asks for no key refuses, since any web page can have a browser send requests
to this machine."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import urlsplit

from starlette.types import Scope

from credence.app.loopback import is_loopback

READING = frozenset({"GET", "HEAD", "OPTIONS"})
_OTHER_NAME = (
    "this server needs no key, so it answers to the names of this machine alone, such as 127.0.0.1 "
    "or localhost; set CREDENCE_API_KEYS, or start it with --no-keys where others may ask it too"
)
_OTHER_SITE = (
    "this server needs no key, so it takes nothing from pages of other sites; send it without a "
    "browser, or set CREDENCE_API_KEYS"
)


def refusal_of(scope: Scope, *, any_host: bool) -> tuple[int, str] | None:
    """Status and reason if a page of another site may be behind the request; else None.

    By what browsers say of a request's origin, which a client that is none leaves out; and by the
    name that it was sent to: a page's own name may come to lead to this machine.
    """
    host, origin, site = _told(scope)
    if not any_host and host is not None and not _names_this_machine(host):
        return 421, _OTHER_NAME
    if scope["method"] in READING:
        return None
    return (403, _OTHER_SITE) if _from_elsewhere(host, origin, site) else None


def from_elsewhere(scope: Scope) -> bool:
    """Whether a browser says that a page of another site sends this; no browser says nothing."""
    return _from_elsewhere(*_told(scope))


def _told(scope: Scope) -> tuple[bytes | None, bytes | None, bytes | None]:
    """The headers Host, Origin and Sec-Fetch-Site."""
    host = origin = site = None
    for name, value in scope["headers"]:
        if name == b"host":
            host = value
        elif name == b"origin":
            origin = value
        elif name == b"sec-fetch-site":
            site = value
    return host, origin, site


@lru_cache(maxsize=64)
def _names_this_machine(host: bytes) -> bool:
    try:
        return is_loopback(urlsplit(f"//{host.decode('latin-1')}").hostname or "")
    except ValueError:
        return False


def _from_elsewhere(host: bytes | None, origin: bytes | None, site: bytes | None) -> bool:
    if site is not None:
        return site not in {b"same-origin", b"none"}
    return origin is not None and origin.partition(b"://")[2] != (host or b"")
