"""Certificates that are not accepted: a setting to correct, and no matter of time."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager


class AuthoritiesUnreadable(Exception):
    """SSL_CERT_FILE or SSL_CERT_DIR names something that holds no certificates."""

    fix = "name a file in PEM form, or unset it"


@contextmanager
def authorities() -> Iterator[None]:
    """Where a transport is made, which reads those variables. Raises AuthoritiesUnreadable."""
    try:
        yield
    except (OSError, ssl.SSLError) as error:
        raise AuthoritiesUnreadable(
            f"SSL_CERT_FILE or SSL_CERT_DIR names no certificates that can be read ({error})"
        ) from error


def refusal(error: BaseException) -> str | None:
    """What is wrong with a server's certificate, where that is what a connection failed at."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLCertVerificationError):
            return (
                f"its certificate was not accepted ({seen.verify_message}); SSL_CERT_FILE can name "
                "the file of the authorities that vouch for it"
            )
        seen = seen.__cause__ or seen.__context__
    return None


def unreached(error: Exception) -> str:
    """Why a server gave no answer, to follow its name."""
    wrong = refusal(error)
    if wrong is not None:
        return f"is not trusted: {wrong}"
    return f"does not answer ({type(error).__name__})"
