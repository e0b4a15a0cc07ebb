"""Ports of this machine: taken before anything slow is done, so that one in use is told at once."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from credence.cli.refusals import Unusable

_ABSENT = {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}  # an address of a kind that is not set up


@contextmanager
def bound(host: str, port: int) -> Iterator[list[socket.socket]]:
    """Sockets at every address of that name. They do not listen yet: whoever serves lets them,
    so that nobody connects before there is somebody to answer. Raises Unusable."""
    with ExitStack() as stack:
        try:
            sockets = _taken(host, port, stack)
        except (OSError, UnicodeError) as error:  # the latter for a name that can be none
            raise Unusable(
                f"port {port} of {host} cannot be listened on: {_why(error)}",
                fix="name another --port or --host",
            ) from error
        yield sockets


def _taken(host: str, port: int, stack: ExitStack) -> list[socket.socket]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    sockets: list[socket.socket] = []
    absent = OSError(errno.EADDRNOTAVAIL, "")
    for family, kind, protocol, _, address in dict.fromkeys(found):
        try:
            one = stack.enter_context(socket.socket(family, kind, protocol))
            if os.name == "posix":  # as every server has it: a port that was just left may be taken
                one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            one.bind(address)
        except OSError as error:
            if error.errno not in _ABSENT:
                raise
            absent = error
        else:
            sockets.append(one)
    if not sockets:
        raise absent
    return sockets


def _why(error: OSError | UnicodeError) -> str:
    if isinstance(error, UnicodeError):
        return "the name cannot be one"
    number = error.errno or 0  # below zero where a name has no address
    return os.strerror(number) if number > 0 else str(error.strerror)
