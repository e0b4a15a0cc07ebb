"""The pages as one application, mounted below /admin; errors are pages too."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import Response

from credence.app.admin import catalogue, failures, people, replays, runs, sign_in, system
from credence.app.admin.acts import routes as acts
from credence.app.admin.failures import Unforeseen
from credence.app.admin.headers import PageHeaders
from credence.app.admin.passwords import Door
from credence.app.admin.person import routes as person
from credence.app.admin.shown import routes as shown
from credence.app.admin.trying import routes as trying
from credence.app.api.serving import Serving
from credence.app.replays import Replays
from credence.app.settings import Settings
from credence.assets.admin import static_files

_FOR_EVER = "public, max-age=31536000, immutable"


def pages(serving: Serving, settings: Settings, reader: Replays | None = None) -> FastAPI:
    """The admin pages around what is served; they share nothing with the API but that."""
    app = FastAPI(
        title="Credence admin",
        openapi_url=None,
        redirect_slashes=False,
        middleware=[Middleware(PageHeaders), Middleware(Unforeseen)],
    )
    app.state.serving = serving
    app.state.door = Door(settings.admin_password)
    app.state.replays = reader  # None: pages say that there is none
    failures.install(app)
    app.add_api_route("/static/{digest}/{name}", _static, include_in_schema=False)
    of_a_person = (person, acts, shown, trying, runs)
    for module in (sign_in, people, *of_a_person, catalogue, replays, system):
        app.include_router(module.router)
    return app


async def _static(digest: str, name: str) -> Response:
    found = static_files().get(name)
    if found is None or found.digest != digest:
        raise HTTPException(404)
    return Response(
        found.content, media_type=found.media_type, headers={"cache-control": _FOR_EVER}
    )
