"""Whom to believe that a server is who it says, and what to say where nobody vouches for it."""

from __future__ import annotations

import ssl

_NOBODY_KNOWN = frozenset({18, 19, 20, 21})  # of OpenSSL's codes those that another file mends


class AuthoritiesUnreadable(Exception):
    """SSL_CERT_FILE names something that holds no certificates."""

    fix = "let SSL_CERT_FILE name a file of certificates in PEM form, or unset it"


def authorities() -> ssl.SSLContext:
    """Those of SSL_CERT_FILE or SSL_CERT_DIR, else the system's: the same for everything asked.

    Raises AuthoritiesUnreadable.
    """
    import httpx2  # noqa: PLC0415  every command loads this module, and few ask a server

    try:
        return httpx2.create_ssl_context()
    except (OSError, ssl.SSLError) as error:
        raise AuthoritiesUnreadable(f"the authorities cannot be read: {error}") from error


def refusal(error: BaseException) -> str | None:
    """What is wrong with a server's certificate, where that is what a connection failed at."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLCertVerificationError):
            says = f"its certificate was not accepted ({seen.verify_message})"
            if seen.verify_code in _NOBODY_KNOWN:
                says += "; SSL_CERT_FILE can name the file of the authorities that vouch for it"
            return says
        seen = seen.__cause__ or seen.__context__
    return None


def unreached(error: Exception) -> str:
    """Why a server gave no answer, to follow its name."""
    if isinstance(error, AuthoritiesUnreadable):
        return f"cannot be asked: {error}; {error.fix}"
    wrong = refusal(error)
    if wrong is not None:
        return f"is not trusted: {wrong}"
    return f"does not answer ({type(error).__name__})"
