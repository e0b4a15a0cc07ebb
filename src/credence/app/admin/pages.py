"""The pages as one application, mounted below /admin; errors are pages too."""

from __future__ import annotations

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse, RedirectResponse, Response

from credence.app.admin import catalogue, people, replays, runs, sign_in, system
from credence.app.admin.acts import routes as acts
from credence.app.admin.desk import ForeignForm, NotSignedIn
from credence.app.admin.headers import PageHeaders
from credence.app.admin.links import Links
from credence.app.admin.passwords import Door
from credence.app.admin.person import routes as person
from credence.app.admin.rendering import rendered
from credence.app.admin.trying import routes as trying
from credence.app.api.problems import NotReady, field_errors, status_of, summary
from credence.app.api.serving import Serving
from credence.app.replays import Replays
from credence.app.settings import Settings
from credence.assets.admin import static_files
from credence.memory.errors import Refused

MOUNTED = "/admin"
_FOR_EVER = "public, max-age=31536000, immutable"


def pages(serving: Serving, settings: Settings, reader: Replays | None = None) -> FastAPI:
    """The admin pages around what is served; they share nothing with the API but that."""
    app = FastAPI(
        title="Credence admin",
        openapi_url=None,
        redirect_slashes=False,
        middleware=[Middleware(PageHeaders)],
    )
    app.state.serving = serving
    app.state.door = Door(settings.admin_password)
    app.state.replays = reader  # None: pages say that there is none
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
    app.add_api_route("/static/{digest}/{name}", _static, include_in_schema=False)
    for module in (sign_in, people, person, acts, trying, runs, catalogue, replays, system):
        app.include_router(module.router)
    return app


async def _static(digest: str, name: str) -> Response:
    found = static_files().get(name)
    if found is None or found.digest != digest:
        raise HTTPException(404)
    return Response(
        found.content, media_type=found.media_type, headers={"cache-control": _FOR_EVER}
    )


async def _to_sign_in(request: Request, _: Exception) -> Response:
    """Sign in, then go on; a form that was sent too late must be filled in again."""
    root = request.scope.get("root_path", "")
    going_on = ""
    if request.method == "GET":
        going_on = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    address = Links(root, "").sign_in(next=going_on)
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
    status = status_of(error)
    return _failure(request, status, _sentence(str(error)), _sentence(error.fix))


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    errors = field_errors(error.errors())
    fixes = "; ".join(dict.fromkeys(found.fix for found in errors if found.fix))
    return _failure(request, 422, _sentence(summary(errors)), _sentence(fixes))


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 404:
        return _failure(request, 404, "There is no such page", "Go to the list of people.")
    return _failure(request, error.status_code, _sentence(str(error.detail)), "")


async def _database(request: Request, _: Exception) -> Response:
    return _failure(
        request,
        503,
        "The database does not answer",
        "Nothing was changed. Try again in a moment.",
    )


async def _not_ready(request: Request, error: Exception) -> Response:
    return _failure(request, 503, "The server is not ready", _sentence(str(error)))


def _failure(request: Request, status: int, what: str, fix: str) -> Response:
    context = {
        "to": Links(request.scope.get("root_path", ""), ""),
        "title": what,
        "fix": fix,
        "status": status,
    }
    return HTMLResponse(rendered("failure.html.j2", context), status)


def _sentence(text: str) -> str:
    text = text.strip()
    return text[:1].upper() + text[1:] + ("" if not text or text.endswith((".", "!", "?")) else ".")
