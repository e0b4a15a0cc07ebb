"""Addresses of servers, as somebody types them."""

from __future__ import annotations

from urllib.parse import urlsplit

from credence.cli.refusals import Unusable


def server_address(url: str) -> str:
    """The address without a slash at its end. Raises Unusable, which does not show it: it may hold
    a password."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # brackets that do not close, a port that there is not
        usable = False
    if not usable or parts.query or parts.fragment or not url.isprintable():
        raise Unusable(
            "--url is not the address of a server",
            fix="write it as http://127.0.0.1:8000, or https://host/prefix",
        )
    return url.rstrip("/")
