"""Signing in, by password or by a link that works once, and out."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from pydantic import StringConstraints
from starlette.responses import HTMLResponse, RedirectResponse, Response

from credence.app.admin.desk import check_form, signed_in
from credence.app.admin.links import Links
from credence.app.admin.passwords import Door, TooManyAttempts
from credence.app.admin.rendering import rendered
from credence.app.admin.sessions import (
    Admin,
    drop_cookie,
    end_session,
    open_session,
    set_cookie,
    spend_link,
    whose_link,
)
from credence.app.admin.tenants import tenants_of
from credence.app.api.fields import NO_CONTROL
from credence.app.api.serving import App
from credence.app.bootstrap import Application
from credence.app.clock import utc_now

router = APIRouter()

Name = Annotated[str, StringConstraints(max_length=80, strip_whitespace=True, pattern=NO_CONTROL)]


def door(request: Request) -> Door:
    held: Door = request.app.state.door
    return held


@router.get("/")
async def start(request: Request, app: App) -> Response:
    """To the people of the first tenant, for whoever is signed in."""
    await signed_in(request, app)
    first = (await tenants_of(app))[0]
    return RedirectResponse(Links(_root(request), first).people(), 303)


@router.get("/sign-in")
async def ask(request: Request, next: str = "", late: bool = False) -> Response:
    """The form; `late` says that another form was sent after its session had ended."""
    wrong = "You were signed out, and nothing was changed. Sign in, then do it again."
    return _form(request, following=_own(request, next), wrong=wrong if late else "")


@router.get("/sign-in/link")
async def look_at_link(request: Request, app: App, token: str = "") -> Response:
    """A link from `credence admin link` or `make demo`, as a button. Nothing is spent by looking:
    programs that read mail and chat look at links too."""
    who = await whose_link(token, engine=app.engine, now=utc_now())
    if who is None:
        return _spent(request)
    context = {"to": Links(_root(request), ""), "who": who, "token": token, "title": "Sign in"}
    return HTMLResponse(rendered("link.html.j2", context))


@router.post("/sign-in/link")
async def by_link(request: Request, app: App, token: Annotated[str, Form()] = "") -> Response:
    """The link is spent by this."""
    who = await spend_link(token, engine=app.engine, now=utc_now())
    if who is None:
        return _spent(request)
    return await _signed_in(request, app, who, _own(request, ""))


@router.post("/sign-in")
async def by_password(
    request: Request,
    app: App,
    who: Annotated[Name, Form()] = "",
    password: Annotated[str, Form(max_length=1_000)] = "",
    next: Annotated[str, Form(max_length=4_000)] = "",
) -> Response:
    """Check the password; every try counts against the sender's ten a minute."""
    address = request.client.host if request.client else ""
    following = _own(request, next)
    try:
        right = await door(request).opens(password, address=address)
    except TooManyAttempts:
        refused = _form(
            request,
            who=who,
            following=following,
            wrong="Too many tries. Wait a minute, or use a link from `credence admin link`.",
            status=429,
        )
        refused.headers["retry-after"] = "60"
        return refused
    if not right:
        wrong = "That is not the password."
        return _form(request, who=who, following=following, wrong=wrong, status=403)
    return await _signed_in(request, app, who or "admin", following)


@router.post("/sign-out")
async def leave(
    request: Request, app: App, admin: Annotated[Admin, Depends(signed_in)]
) -> Response:
    """The session ends here, wherever its cookie was copied to."""
    await check_form(request, admin)
    await end_session(request, engine=app.engine)
    gone = RedirectResponse(Links(_root(request), "").sign_in(), 303)
    drop_cookie(gone, request)
    return gone


async def _signed_in(request: Request, app: Application, who: str, following: str) -> Response:
    lasts = timedelta(hours=app.settings.admin_hours)
    token = await open_session(who, engine=app.engine, now=utc_now(), lasts=lasts)
    welcome = RedirectResponse(following, 303)
    set_cookie(welcome, request, token, lasts=lasts)
    return welcome


def _spent(request: Request) -> Response:
    return _form(
        request,
        wrong="This link was used already or has expired. Make another one with "
        "`credence admin link`, or use the password.",
        status=403,
    )


def _form(
    request: Request,
    *,
    who: str = "",
    following: str = "",
    wrong: str = "",
    status: int = 200,
) -> Response:
    context = {
        "to": Links(_root(request), ""),
        "who": who,
        "next": following,
        "wrong": wrong,
        "has_password": door(request).has_password,
        "title": "Sign in",
    }
    return HTMLResponse(rendered("sign_in.html.j2", context), status)


def _own(request: Request, address: str) -> str:
    """The address, if it is one of these pages; else where they begin."""
    root = _root(request)
    inside = address.startswith(f"{root}/") and not address.startswith("//")
    return address if inside and "\\" not in address and "//" not in address else f"{root}/"


def _root(request: Request) -> str:
    root: str = request.scope.get("root_path", "")
    return root
