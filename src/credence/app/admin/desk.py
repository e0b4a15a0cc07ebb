"""What every page stands on: who looks, at which tenant, when, and how a page is made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest
from typing import Annotated

from fastapi import Depends, Path, Request
from starlette.datastructures import UploadFile
from starlette.responses import HTMLResponse, RedirectResponse, Response

from credence.app.admin.links import Links
from credence.app.admin.rendering import rendered
from credence.app.admin.sessions import Admin, admin_of
from credence.app.admin.tenants import tenants_of
from credence.app.api.serving import App
from credence.app.bootstrap import Application
from credence.app.clock import utc_now
from credence.memory.errors import NotFound


class NotSignedIn(Exception):
    """The page is for people who are signed in; nobody is."""


class ForeignForm(Exception):
    """The form does not bear the session's token."""


class TenantNotFound(NotFound):
    """No tenant of that name."""

    def __init__(self, tenant: str) -> None:
        super().__init__(
            f"there is no tenant {tenant!r}",
            field="tenant",
            fix="choose one of those that the menu offers",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """One request of somebody who is signed in."""

    request: Request
    app: Application
    admin: Admin
    tenant: str
    tenants: Sequence[str]
    to: Links
    now: datetime

    def page(
        self, template: str, *, section: str, title: str, status: int = 200, **context: object
    ) -> Response:
        """A page of the menu's `section`. The context's names are the template's."""
        given = {"desk": self, "to": self.to, "section": section, "title": title, **context}
        return HTMLResponse(rendered(template, given), status)

    def back_to(self, address: str) -> Response:
        """After a form was acted on: a page that can be loaded again without acting twice."""
        return RedirectResponse(address, 303)


async def signed_in(request: Request, app: App) -> Admin:
    """Who is signed in. Raises NotSignedIn."""
    admin = await admin_of(request, engine=app.engine, now=utc_now())
    if admin is None:
        raise NotSignedIn
    return admin


async def check_form(request: Request, admin: Admin) -> None:
    """Whether the form bears the session's token. Raises ForeignForm."""
    given = (await request.form()).get("csrf", "")
    if isinstance(given, UploadFile) or not compare_digest(given.encode(), admin.csrf.encode()):
        raise ForeignForm


async def _desk(
    request: Request,
    app: App,
    admin: Annotated[Admin, Depends(signed_in)],
    tenant: Annotated[str, Path(max_length=200)],
) -> Desk:
    tenants = await tenants_of(app)
    if tenant not in tenants:
        raise TenantNotFound(tenant)
    desk = Desk(
        request=request,
        app=app,
        admin=admin,
        tenant=tenant,
        tenants=tenants,
        to=Links(request.scope.get("root_path", ""), tenant),
        now=app.worker.context.clock(),
    )
    request.state.desk = desk  # for the page that tells of an error
    return desk


async def _acting(request: Request, desk: Annotated[Desk, Depends(_desk)]) -> Desk:
    await check_form(request, desk.admin)
    return desk


At = Annotated[Desk, Depends(_desk)]  # for pages
Acting = Annotated[Desk, Depends(_acting)]  # for forms: the session's token is checked
