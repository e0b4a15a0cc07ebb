"""What the address of a ranking process may hold, said without showing any of it."""

from __future__ import annotations

from pydantic import AnyHttpUrl


def usable(url: AnyHttpUrl | None) -> AnyHttpUrl | None:
    """The address, if paths can be put at its end and the key be sent. Raises ValueError."""
    if url is not None and (url.username or url.password):
        raise ValueError(
            "the address holds a user or a password, which would be sent in the key's place; write "
            "it without, and give the key in CREDENCE_RANKER_KEY"
        )
    if url is not None and (url.query is not None or url.fragment is not None):
        raise ValueError(
            "the address holds a ? or a #, and paths are put at its end; write it without what "
            "follows, as in http://host:8001"
        )
    return url
