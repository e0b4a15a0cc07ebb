"""The development server over HTTP."""

from __future__ import annotations

from hmac import compare_digest
from typing import Any

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import SecretStr
from starlette.responses import JSONResponse, Response

from credence.app.llm_dev.brain import WHAT_THIS_IS, Brain
from credence.app.llm_dev.delivery import Delivery, Ending, half, stayed
from credence.app.llm_dev.desk import Desk, Manners, Refusal
from credence.app.llm_dev.faults import HEADER, NONE, Fault, Faults, UnknownFault, fault_named
from credence.app.llm_dev.speech import MODEL, ChatRequest
from credence.app.llm_dev.wire import events, whole

ENDINGS = {Fault.STALL: Ending.STALLED, Fault.DROP: Ending.DROPPED}


def build_app(
    brain: Brain,
    *,
    faults: Faults | None = None,
    manners: Manners | None = None,
    key: SecretStr | None = None,
) -> FastAPI:
    """The web application around a brain; health and figures need no key.

    `faults` go wrong by themselves; a call's own header goes before them.
    """
    desk = Desk(brain, faults=faults, manners=manners)
    app = FastAPI(openapi_url=None, title="Credence's development server", description=WHAT_THIS_IS)
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(RequestValidationError, _malformed)

    def authorise(request: Request) -> None:
        if key is not None and not _knows(request, key):
            raise Refusal(401, "this server needs its key", kind="invalid_api_key")

    @app.post("/v1/chat/completions", dependencies=[Depends(authorise)])
    async def complete(asked: ChatRequest, request: Request) -> Response:
        """One answer of the model that this is not."""
        fault = _fault(request, desk)
        completion = await desk.complete(asked, fault)
        if fault is Fault.SLOW and not await stayed(request, desk.manners.slow_seconds):
            return Response()
        pieces, media_type = [whole(completion)], "application/json"
        if asked.stream:
            pieces = list(events(completion, shows_usage=asked.shows_usage))
            media_type = "text/event-stream"
        ending = ENDINGS.get(fault, Ending.WHOLE) if fault else Ending.WHOLE
        sent = pieces if ending is Ending.WHOLE else half(pieces)
        return Delivery(sent, media_type=media_type, ending=ending)

    @app.get("/v1/models", dependencies=[Depends(authorise)])
    async def models() -> dict[str, Any]:
        """The one name that this server goes by."""
        model = {"id": MODEL, "object": "model", "created": 0, "owned_by": "credence"}
        return {"object": "list", "data": [model | {"description": WHAT_THIS_IS}]}

    @app.get("/health")
    async def health() -> dict[str, str]:
        """Always 200 while the process runs."""
        return {"status": "live", "model": MODEL}

    @app.get("/stats")
    async def stats() -> dict[str, Any]:
        """Calls by role and fault, and tokens, since the start or the last reset."""
        return desk.tally.figures()

    @app.delete("/stats", status_code=204)
    async def reset() -> None:
        """Count from nothing again."""
        desk.tally.reset()

    return app


def _fault(request: Request, desk: Desk) -> Fault | None:
    """What goes wrong with this call: by its header, else by the server's shares."""
    named = request.headers.get(HEADER)
    if named is None:
        return desk.fault()
    try:
        return None if named == NONE else fault_named(named)
    except UnknownFault as error:
        raise Refusal(400, str(error), kind="invalid_request_error") from error


def _knows(request: Request, key: SecretStr) -> bool:
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    known = compare_digest(given.strip().encode(), key.get_secret_value().encode())
    return scheme.lower() == "bearer" and known


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    return _error(error.status, str(error), error.kind, error.headers)


async def _malformed(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    told = f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
    return _error(400, told, "invalid_request_error", {})


def _error(status: int, message: str, kind: str, headers: dict[str, str]) -> Response:
    told = {"message": message, "type": kind, "param": None, "code": kind}
    return JSONResponse({"error": told}, status, headers)
