"""The proxy of the environment through which a server is reached, if any."""

from __future__ import annotations

from urllib.parse import urlsplit
from urllib.request import getproxies_environment, proxy_bypass

from credence.app.loopback import is_loopback


def proxy_for(url: str) -> str | None:
    """What HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY say of this address, in either case.

    This machine is reached without, whatever they say: a server beside Credence is the usual one.
    Raises ValueError for a proxy that cannot be used, in words that do not hold its password.
    """
    parts = urlsplit(url)
    given = getproxies_environment()
    proxy = given.get(parts.scheme) or given.get("all")
    if not proxy or is_loopback(parts.hostname or "") or proxy_bypass(parts.netloc):
        return None
    proxy = proxy if "://" in proxy else f"http://{proxy}"
    try:
        there = urlsplit(proxy)
        beyond = there.path.strip("/") or there.query or there.fragment  # perhaps of a password
        usable = there.scheme in ("http", "https") and bool(place_of(proxy)) and not beyond
    except ValueError:
        usable = False
    if not usable:
        name = f"{parts.scheme.upper()}_PROXY" if given.get(parts.scheme) else "ALL_PROXY"
        raise ValueError(
            f"{name} names no proxy that can be used: it begins with http:// or https://, has a "
            "host and ends with its port; in a password write # as %23, / as %2F, ? as %3F"
        )
    return proxy


def place_of(proxy: str) -> str | None:
    """A proxy's host and port, fit to be shown: without its user and password."""
    parts = urlsplit(proxy)
    if not parts.hostname:
        return None
    return parts.hostname if parts.port is None else f"{parts.hostname}:{parts.port}"
