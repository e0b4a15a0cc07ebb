"""Servers whose certificates an authority of the test's own vouches for."""

from __future__ import annotations

import ssl
from pathlib import Path

import trustme


class Authority:
    """Vouches for servers to whoever reads `file`."""

    def __init__(self, folder: Path) -> None:
        self._made = trustme.CA()
        self.file = folder / "authority.pem"
        self._made.cert_pem.write_to_path(str(self.file))

    def server(self, *names: str) -> ssl.SSLContext:
        """What a server of these names speaks TLS with."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._made.issue_cert(*names).configure_cert(context)
        return context
