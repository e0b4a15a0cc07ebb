"""The pages that document the API, with scripts that are installed here and not on a CDN.

Their functions belong to the module and take the application from the request: FastAPI remembers
every function that it was given as a route, and with one that holds an application, all of that.
"""

from __future__ import annotations

from fastapi import FastAPI
from fastapi.openapi.docs import (
    get_redoc_html,
    get_swagger_ui_html,
    get_swagger_ui_oauth2_redirect_html,
)
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.staticfiles import StaticFiles

from credence.app.api.access import STATIC_OF_DOCS

_REDIRECT = "/docs/oauth2-redirect"


def install(app: FastAPI) -> None:
    """Serve the pages of an application that was made without any."""
    app.mount(STATIC_OF_DOCS, StaticFiles(packages=[("fastapi_offline", "static")]))
    app.add_api_route("/docs", _swagger, include_in_schema=False)
    app.add_api_route(_REDIRECT, _redirect, include_in_schema=False)
    app.add_api_route("/redoc", _redoc, include_in_schema=False)


async def _swagger(request: Request) -> HTMLResponse:
    root = _root(request)
    return get_swagger_ui_html(
        openapi_url=f"{root}{request.app.openapi_url}",
        title=f"{request.app.title} - Swagger UI",
        oauth2_redirect_url=f"{root}{_REDIRECT}",
        swagger_js_url=f"{root}{STATIC_OF_DOCS}/swagger-ui-bundle.js",
        swagger_css_url=f"{root}{STATIC_OF_DOCS}/swagger-ui.css",
        swagger_favicon_url=f"{root}{STATIC_OF_DOCS}/favicon.png",
    )


async def _redirect(_: Request) -> HTMLResponse:
    return get_swagger_ui_oauth2_redirect_html()


async def _redoc(request: Request) -> HTMLResponse:
    root = _root(request)
    return get_redoc_html(
        openapi_url=f"{root}{request.app.openapi_url}",
        title=f"{request.app.title} - ReDoc",
        redoc_js_url=f"{root}{STATIC_OF_DOCS}/redoc.standalone.js",
        redoc_favicon_url=f"{root}{STATIC_OF_DOCS}/favicon.png",
        with_google_fonts=False,
    )


def _root(request: Request) -> str:
    return str(request.scope.get("root_path", ""))
