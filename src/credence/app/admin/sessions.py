"""Who is signed in: a random token in a cookie, its hash and the name in the database."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.requests import Request
from starlette.responses import Response

from credence.memory.unit_of_work import unit_of_work

COOKIE = "credence_admin"
LINK_LASTS = timedelta(minutes=15)
_BYTES = 32


@dataclass(frozen=True, slots=True)
class Admin:
    """Somebody who is signed in: the name that the ledger gets, and the token that forms bear."""

    who: str
    csrf: str

    @property
    def actor(self) -> str:
        return f"admin:{self.who}"


async def open_session(who: str, *, engine: AsyncEngine, now: datetime, lasts: timedelta) -> str:
    """Remember somebody; gives the token for the cookie. Old sessions are swept out."""
    token = secrets.token_urlsafe(_BYTES)
    async with unit_of_work(engine) as uow:
        await uow.sign_ins.sweep(now)
        await uow.sign_ins.add(
            token_hash=_hash(token), kind="session", who=who, now=now, expires_at=now + lasts
        )
    return token


async def make_link(who: str, *, engine: AsyncEngine, now: datetime) -> str:
    """A token that signs somebody in, once."""
    token = secrets.token_urlsafe(_BYTES)
    async with unit_of_work(engine) as uow:
        await uow.sign_ins.add(
            token_hash=_hash(token), kind="link", who=who, now=now, expires_at=now + LINK_LASTS
        )
    return token


async def whose_link(token: str, *, engine: AsyncEngine, now: datetime) -> str | None:
    """Whom a link would sign in, without spending it; None if it opens nothing."""
    async with unit_of_work(engine) as uow:
        return await uow.sign_ins.whose(_hash(token), "link", now)


async def spend_link(token: str, *, engine: AsyncEngine, now: datetime) -> str | None:
    """Whom a link signs in; None if it was used, has expired, or never was."""
    async with unit_of_work(engine) as uow:
        return await uow.sign_ins.spend_link(_hash(token), now)


async def admin_of(request: Request, *, engine: AsyncEngine, now: datetime) -> Admin | None:
    """Who sends this request, if they are signed in."""
    token = request.cookies.get(COOKIE)
    if not token:
        return None
    async with unit_of_work(engine) as uow:
        who = await uow.sign_ins.whose(_hash(token), "session", now)
    return None if who is None else Admin(who, _csrf(token))


async def end_session(request: Request, *, engine: AsyncEngine) -> None:
    """Sign out: the token opens nothing any more, wherever it was copied to."""
    token = request.cookies.get(COOKIE)
    if token:
        async with unit_of_work(engine) as uow:
            await uow.sign_ins.end(_hash(token))


def set_cookie(response: Response, request: Request, token: str, *, lasts: timedelta) -> None:
    """For these pages alone, out of reach of scripts, not sent along by other sites' forms."""
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(lasts.total_seconds()),
        path=request.scope.get("root_path", "") or "/",
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )


def drop_cookie(response: Response, request: Request) -> None:
    """Take the cookie back."""
    response.delete_cookie(COOKIE, path=request.scope.get("root_path", "") or "/")


def _hash(token: str) -> bytes:
    """The token is long and random, so a plain hash of it can neither be guessed nor undone."""
    return hashlib.sha256(token.encode()).digest()


def _csrf(token: str) -> str:
    """Bound to the session, so that nobody else's form can bear it."""
    return hmac.new(token.encode(), b"forms of the admin pages", "sha256").hexdigest()
