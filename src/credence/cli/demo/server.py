"""A real server inside the demo: its own embedded database, a free port, a thread."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from credence.cli.refusals import Unusable

_START_SECONDS = 120  # a first start makes a database and loads the encoder
_STOP_SECONDS = 15


@contextmanager
def serving(folder: Path, models: tuple[str, str] | None = None) -> Iterator[tuple[str, str]]:
    """Serve an empty database in `folder`; gives (URL of the API, URL of the database).

    `models` are base URL and name of a language model to ask, in place of any in the settings.

    The embedded Postgres is joined if it runs there already, and emptied either way; no database
    that somebody configured is ever touched. Raises EmbeddedPostgresFailed, Unusable.
    """
    from pydantic import AnyHttpUrl

    from credence.app.adapters import embedded_postgres
    from credence.app.llm_settings import OF_A_ROLE
    from credence.app.main import create_app, server
    from credence.app.settings import Settings
    from credence.replay.shown.reader import ReplayFolder

    database = embedded_postgres.start(folder / "postgres")
    _emptied(database)
    settings = Settings(database_url=None, data_dir=folder, api_keys={}, worker=True)
    settings = settings.model_copy(update={"causal_router": None, "causal_url": None})
    if models is not None:
        base_url, model = models
        common = {"llm_base_url": AnyHttpUrl(base_url), "llm_model": model, "llm_key": None}
        settings = settings.model_copy(update=common | dict.fromkeys(OF_A_ROLE))
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    replays = ReplayFolder(settings.replays)
    web = server(create_app(settings, replays=replays), host="127.0.0.1", port=port)
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)  # the progress bar is enough
    thread = threading.Thread(
        target=web.run, kwargs={"sockets": [listening]}, name="demo-server", daemon=True
    )
    thread.start()
    try:
        url = f"http://127.0.0.1:{port}"
        _wait_until_ready(url, thread)
        yield url, database
    finally:
        web.should_exit = True
        thread.join(_STOP_SECONDS)


def _emptied(database: str) -> None:
    """Drop everything in the demo's own database; migrations make it anew."""
    import psycopg

    from credence.memory.planner_threads import SCHEMA

    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE".encode())
        connection.execute("CREATE SCHEMA public")


def _wait_until_ready(url: str, server: threading.Thread) -> None:
    import httpx

    deadline = time.monotonic() + _START_SECONDS
    said = "it stopped before it listened"
    while server.is_alive() and time.monotonic() < deadline:
        try:
            answer = httpx.get(f"{url}/health/ready", timeout=5, trust_env=False)
        except httpx.TransportError as error:
            said = str(error)
        else:
            if answer.is_success:
                return
            said = answer.text
        time.sleep(0.1)
    raise Unusable(f"the demo's server is not ready: {said}", fix="run `credence doctor`")
