"""API keys: who may call, and whose data they see."""

from __future__ import annotations

from collections.abc import Mapping
from hmac import compare_digest
from typing import Annotated

from fastapi import Depends, Request
from pydantic import SecretStr
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from credence.app.api.origins import refusal_of
from credence.app.api.problems import answer

DEFAULT_TENANT = "default"
_OPEN = frozenset(
    {"/admin", "/metrics", "/docs", "/docs/oauth2-redirect", "/redoc", "/openapi.json"}
)
STATIC_OF_DOCS = "/docs/static"  # scripts and styles of the documentation pages
_PAGES = "/admin/"  # which refuse other sites themselves, with a page
_OPEN_BELOW = (_PAGES, "/health/", f"{STATIC_OF_DOCS}/")  # admin pages have sessions
_REFUSED = (
    "this server needs an API key: send it as `Authorization: Bearer KEY` or `X-API-Key: KEY`"
)

_DIFFERENT = (
    "keys that differ were sent: send one, as `Authorization: Bearer KEY` or as `X-API-Key: KEY`"
)


class Access:
    """ASGI middleware: puts the tenant of a request's key into its scope, or answers 401.

    Without keys everybody is the tenant `default` but pages of other sites, and whoever asks for
    another machine unless any `any_host` will do. With keys everything needs one but health, the
    documentation, /metrics, whose figures name no person, and the admin pages, which ask for a
    session of their own; those open places have no tenant.
    """

    def __init__(
        self, app: ASGIApp, *, keys: Mapping[SecretStr, str], any_host: bool = False
    ) -> None:
        self._app = app
        self._any_host = any_host
        self._keys = [(key.get_secret_value().encode(), tenant) for key, tenant in keys.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if not self._keys:
            await self._without_keys(scope, receive, send)
            return
        if _is_open(_route_path(scope)):
            await self._app(scope, receive, send)
            return
        keys = _keys_in(Headers(scope=scope))
        tenant = self._tenant_of(keys.pop()) if len(keys) == 1 else None
        if tenant is None:
            wrong = _DIFFERENT if keys else _REFUSED
            refusal = answer(Request(scope), 401, wrong, headers={"WWW-Authenticate": "Bearer"})
            await refusal(scope, receive, send)
            return
        scope["tenant"] = tenant
        await self._app(scope, receive, send)

    async def _without_keys(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = refusal_of(scope, any_host=self._any_host)
        if refusal is not None and not (
            refusal[0] == 403 and _route_path(scope).startswith(_PAGES)
        ):
            await answer(Request(scope), *refusal)(scope, receive, send)
            return
        scope["tenant"] = DEFAULT_TENANT
        await self._app(scope, receive, send)

    def _tenant_of(self, given: bytes) -> str | None:
        """Compares with every key, so that the time taken tells nothing."""
        found = None
        for key, tenant in self._keys:
            if compare_digest(key, given):
                found = tenant
        return found


def tenant_of(request: Request) -> str:
    """The tenant that the key of this request opens."""
    tenant: str = request.scope["tenant"]
    return tenant


async def _tenant(request: Request) -> str:
    return tenant_of(request)


Tenant = Annotated[str, Depends(_tenant)]


def _is_open(path: str) -> bool:
    return path in _OPEN or path.startswith(_OPEN_BELOW)


def _route_path(scope: Scope) -> str:
    """The path as routes are matched: without the prefix that a proxy in front strips or keeps."""
    path: str = scope["path"]
    prefix: str = scope.get("root_path", "")
    return path.removeprefix(prefix) if path.startswith(f"{prefix}/") else path


def _keys_in(headers: Headers) -> set[bytes]:
    """All keys of a request: of two that differ none can be told to be meant."""
    found = {key.encode() for key in headers.getlist("x-api-key") if key}
    for given in headers.getlist("authorization"):
        scheme, _, token = given.partition(" ")
        if scheme.lower() == "bearer" and token.strip():
            found.add(token.strip().encode())
    return found
