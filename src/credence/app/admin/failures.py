"""What goes wrong, as pages: in words for people, with the menu where somebody is signed in."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from credence.app.admin.desk import Desk, ForeignForm, NotSignedIn
from credence.app.admin.forms import page_of_form
from credence.app.admin.links import Links
from credence.app.admin.rendering import rendered, sentence
from credence.app.api.origins import READING
from credence.app.api.problems import NotReady, away, disk_full, field_errors, status_of, summary
from credence.app.fault import where
from credence.memory.errors import (
    ChunkNotFound,
    ItemNotFound,
    ItemNotShown,
    RecommendationNotFound,
    Refused,
    RevisionNotFound,
    UserNotFound,
)

log = logging.getLogger(__name__)
_AGAIN = "Try again in a moment."
_IN_WORDS: Mapping[type[Refused], tuple[str, str]] = {
    ChunkNotFound: (
        "There is no such belief about this person",
        "Look among what is believed, now or at an earlier revision.",
    ),
    ItemNotFound: ("The catalogue has no such item", "Search the catalogue for it."),
    ItemNotShown: ("That item is not on this list", "Choose one of those that the list shows."),
    RecommendationNotFound: (
        "This person was shown no such list",
        "Look among the lists that they were shown.",
    ),
}
_UNCERTAIN = "It is not certain whether it was done: look before you repeat it."


class Unforeseen:
    """ASGI middleware: what nobody expected becomes a page that names the request's id.

    The log gets the same id, the kinds of error and the lines of code, but not the errors'
    messages, which may quote what a person wrote.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = False

        async def noticed(message: Message) -> None:
            nonlocal began
            began = True
            await send(message)

        try:
            await self._app(scope, receive, noticed)
        except Exception as error:
            if began:
                raise  # too late for a page: the connection must break
            request = Request(scope)
            number = request.state.request_id
            log.error("request %s failed\n%s", number, where(error))  # noqa: TRY400
            page = _failure(
                request,
                500,
                "Something went wrong on our side",
                f"{_uncertain(request)} The log says more of request {number}.".strip(),
            )
            await page(scope, receive, send)


def install(app: FastAPI) -> None:
    """Answer every error of these pages with a page."""
    for kind, shown in (
        (NotSignedIn, _to_sign_in),
        (ForeignForm, _foreign),
        (Refused, _refused),
        (RequestValidationError, _invalid),
        (HTTPException, _http),
        (SQLAlchemyError, _database),
        (NotReady, _not_ready),
    ):
        app.add_exception_handler(kind, shown)


async def _to_sign_in(request: Request, _: Exception) -> Response:
    """Sign in, then go on; a form that was sent too late must be filled in again."""
    root = request.scope.get("root_path", "")
    if request.method == "GET":
        going_on = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        address = Links(root, "").sign_in(next=going_on)
    else:
        page = page_of_form(request)
        address = Links(root, "").sign_in(next=page, late="1" if page else None)
    if request.headers.get("hx-request"):
        return Response(status_code=204, headers={"hx-redirect": address})
    return RedirectResponse(address, 303)


async def _foreign(request: Request, _: Exception) -> Response:
    return _failure(
        request,
        403,
        "This form is not of your session",
        "Nothing was changed. Go back, load the page again, and send the form once more.",
    )


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    what, fix = _told(request, error)
    return _failure(request, status_of(error), what, fix)


def _told(request: Request, error: Refused) -> tuple[str, str]:
    """What is wrong and what to do, for somebody who reads pages and sends no requests."""
    if isinstance(error, UserNotFound):
        return (
            f"There is nobody with the id {request.path_params.get('user_id', '')}",
            "They may have been erased, or belong to another tenant. "
            "Look for them among the people.",
        )
    if isinstance(error, RevisionNotFound):
        return sentence(str(error)), "Choose one of those that the slider offers."
    return _IN_WORDS.get(type(error)) or (sentence(str(error)), sentence(error.fix))


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    errors = field_errors(error.errors())
    fixes = "; ".join(dict.fromkeys(found.fix for found in errors if found.fix))
    return _failure(request, 422, sentence(summary(errors)), sentence(fixes))


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 404:
        return _failure(request, 404, "There is no such page", "Go to the list of people.")
    page = page_of_form(request) if error.status_code == 405 else None
    if page is not None:  # the address of a form that was refused, loaded again
        return RedirectResponse(page, 303)
    return _failure(request, error.status_code, sentence(str(error.detail)), "")


async def _database(request: Request, error: Exception) -> Response:
    """Away, full, or our own mistake; the last goes on to be logged as such."""
    if disk_full(error):
        what = "The database has no room left on its disk"
        return _failure(request, 507, what, _uncertain(request))
    if away(error):
        return _failure(request, 503, "The database does not answer", _uncertain(request) or _AGAIN)
    raise error


async def _not_ready(request: Request, error: Exception) -> Response:
    return _failure(request, 503, "The server is not ready", sentence(str(error)))


def _uncertain(request: Request) -> str:
    """A form may have been acted on before something failed, so nothing is promised of it."""
    return "" if request.method in READING else _UNCERTAIN


def _failure(request: Request, status: int, what: str, fix: str) -> Response:
    desk: Desk | None = getattr(request.state, "desk", None)
    context = {
        "desk": desk,
        "to": desk.to if desk else Links(request.scope.get("root_path", ""), ""),
        "section": "",
        "title": what,
        "fix": fix,
        "status": status,
    }
    return HTMLResponse(rendered("failure.html.j2", context), status)
