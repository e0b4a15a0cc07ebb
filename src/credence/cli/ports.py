"""Ports of this machine: taken before anything slow is done, so that one in use is told at once."""

from __future__ import annotations

import os
import socket

from credence.cli.refusals import Unusable


def bound(host: str, port: int) -> socket.socket:
    """A socket that listens there. Raises Unusable."""
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family)
    except (OSError, UnicodeError) as error:  # the latter for a name that can be none
        raise Unusable(
            f"port {port} of {host} cannot be listened on: {_why(error)}",
            fix="name another --port or --host",
        ) from error


def _why(error: OSError | UnicodeError) -> str:
    if isinstance(error, UnicodeError):
        return "the name cannot be one"
    number = error.errno or 0  # below zero where a name has no address
    return os.strerror(number) if number > 0 else str(error.strerror)
