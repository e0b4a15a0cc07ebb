"""Errors are pages: in people's words, with the menu, sealed, and promising nothing untrue."""

from __future__ import annotations

import logging

import httpx
import pytest
from sqlalchemy.exc import OperationalError, ProgrammingError

from credence.app.admin import desk
from credence.app.admin.acts import routes
from credence.app.bootstrap import Application
from credence.app.main import create_app_around
from tests.integration.app.shelf import believed

PEOPLE = "/admin/t/default/people"
ADA = f"{PEOPLE}/@ada"


def fails_with(error: Exception) -> object:
    """Something that can be called in place of anything."""

    async def failing(*_: object, **__: object) -> None:
        raise error

    return failing


async def test_an_unexpected_error_is_a_sealed_page_with_an_id_and_no_quotation(
    signed_in: httpx.AsyncClient,
    application: Application,
    caplog: pytest.LogCaptureFixture,
) -> None:
    confession = " ".join(["a", "private", "confession"])  # the log shows lines of code

    def broken() -> None:
        raise RuntimeError(confession)

    object.__setattr__(application.worker.context, "clock", broken)
    with caplog.at_level(logging.ERROR):
        answer = await signed_in.get(PEOPLE)

    assert answer.status_code == 500
    assert answer.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["cache-control"] == "no-store"
    number = answer.headers["x-request-id"]
    assert number in answer.text
    assert f"request {number} failed" in caplog.text
    assert "RuntimeError" in caplog.text
    assert "private" not in caplog.text + answer.text
    assert "not certain" not in answer.text


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (OperationalError("SELECT", {}, Exception("gone")), 503),
        (ProgrammingError("SELECT", {}, Exception("a private mistake")), 500),
        (KeyError("a private mistake"), 500),
    ],
)
async def test_of_a_form_that_failed_midway_nothing_is_promised(  # noqa: PLR0917
    client: httpx.AsyncClient,
    signed_in: httpx.AsyncClient,
    csrf: str,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    status: int,
) -> None:
    await believed(client)
    monkeypatch.setattr(routes, "put_right", fails_with(error))

    answer = await signed_in.post(
        f"{ADA}/chunks/1/pin", data={"csrf": csrf, "if_revision": "1", "reason": ""}
    )

    assert answer.status_code == status
    assert "not certain whether it was done" in answer.text
    assert "Nothing was changed" not in answer.text
    assert "private" not in answer.text


async def test_of_a_page_that_could_not_be_read_it_is_said_to_try_again(
    signed_in: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = OperationalError("SELECT", {}, Exception("gone"))
    monkeypatch.setattr(desk, "tenants_of", fails_with(gone))

    answer = await signed_in.get(PEOPLE)

    assert answer.status_code == 503
    assert "Try again in a moment" in answer.text
    assert "not certain" not in answer.text


@pytest.mark.parametrize(
    ("path", "told"),
    [
        (f"{PEOPLE}/@nobody", "There is nobody with the id nobody"),
        (f"{PEOPLE}/@%3Cb%3E%22", "There is nobody with the id &lt;b&gt;&#34;"),
        (f"{ADA}/chunks/99999", "There is no such belief about this person"),
        (f"{ADA}?revision=99", "There is no revision 99: the latest is 1."),
        ("/admin/t/default/catalogue/item?id=none", "The catalogue has no such item"),
    ],
)
async def test_what_does_not_exist_is_told_to_people_with_the_menu(
    client: httpx.AsyncClient, signed_in: httpx.AsyncClient, path: str, told: str
) -> None:
    await believed(client)

    answer = await signed_in.get(path)

    assert answer.status_code == 404
    assert told in answer.text
    for programs in ("/v1/", "CREDENCE_", "PUT ", "No active"):
        assert programs not in answer.text
    assert '<nav aria-label="Pages">' in answer.text
    assert f'class="button" href="{PEOPLE}"' in answer.text


async def test_failures_before_anybody_is_signed_in_have_no_menu(
    application: Application,
) -> None:
    transport = httpx.ASGITransport(create_app_around(application))
    async with httpx.AsyncClient(transport=transport, base_url="http://credence") as browser:
        answer = await browser.get("/admin/nothing")

    assert answer.status_code == 404
    assert "<nav" not in answer.text
    assert 'href="/admin/"' in answer.text
