"""Errors as RFC 9457 problem details: every refusal says what is wrong, where, and what to do."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException as AnyHttpException
from starlette.responses import Response

from credence.app.api.examples import shown_as
from credence.app.api.fields import MEANINGS
from credence.app.not_explained import NotExplained
from credence.memory.errors import (
    Conflict,
    EncoderMismatch,
    NotFound,
    Refused,
    SchemaOutdated,
)

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 2  # a database that restarts is back within seconds
_DISK_FULL = "53100"  # SQLSTATE
_PLACES = frozenset({"body", "row", "query", "path", "header"})
_NO_OBJECT = frozenset({"model_type", "model_attributes_type", "dict_type"})
_IN_ISO = "2026-05-01T12:00:00Z"


class FieldError(BaseModel):
    """One field at fault."""

    field: str
    message: str
    fix: str


class Problem(BaseModel):
    """An error as RFC 9457 has it, with the fields at fault and what to do about each."""

    model_config = shown_as(
        {
            "type": "urn:credence:problem:invalid",
            "title": "Unprocessable Content",
            "status": 422,
            "detail": "rating: Input should be less than or equal to 5",
            "instance": "/v1/events",
            "errors": [
                {
                    "field": "rating",
                    "message": "Input should be less than or equal to 5",
                    "fix": "send a number from 0 to 5",
                }
            ],
        }
    )

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    instance: str = ""
    errors: list[FieldError] = []


class Unreadable(HTTPException):
    """The body cannot be read: of another media type, or no JSON.

    An HTTPException, which FastAPI lets through where it reads a body itself.
    """

    def __init__(self, status: int, error: FieldError) -> None:
        super().__init__(status, error.message)
        self.error = error


class NotReady(Exception):
    """The application waits for its database; the message says what is missing."""


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses=` of a route that may answer with these problems, besides those of all."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        status: {"description": HTTPStatus(status).phrase, "content": content}
        for status in sorted({401, 403, 413, 415, 421, 422, 500, 503, *statuses})
    }


def answer(
    request: Request | None,
    status: int,
    detail: str,
    *,
    kind: str | None = None,
    errors: Sequence[FieldError] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A problem as a response."""
    problem = Problem(
        type=f"urn:credence:problem:{kind}" if kind else "about:blank",
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        instance=request.url.path if request is not None else "",
        errors=list(errors),
    )
    return Response(
        problem.model_dump_json(), status, headers=dict(headers or {}), media_type=MEDIA_TYPE
    )


def status_of(error: Refused) -> int:
    """The HTTP status of a refusal."""
    if isinstance(error, NotFound):
        return 404
    if isinstance(error, (SchemaOutdated, EncoderMismatch)):
        return 503
    return 409 if isinstance(error, Conflict) else 422


def kind_of(error: Refused) -> str:
    """A refusal's name in a problem's `type`: UserNotFound is `user-not-found`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", type(error).__name__).lower()


def field_error(error: Refused) -> FieldError:
    """A refusal as the field at fault."""
    return FieldError(field=error.field, message=str(error), fix=error.fix)


def field_errors(found: Sequence[Any]) -> list[FieldError]:
    """What pydantic found, in our words where its own do not say what to do."""
    return [_field_error(error) for error in found]


def summary(errors: Sequence[FieldError]) -> str:
    """The first errors in one line."""
    first = "; ".join(f"{e.field}: {e.message}" if e.field else e.message for e in errors[:3])
    return first + (f"; and {len(errors) - 3} more" if len(errors) > 3 else "")


def install(app: FastAPI) -> None:
    """Answer every error of this application as a problem."""
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(Unreadable, _unreadable)
    app.add_exception_handler(AnyHttpException, _http)
    app.add_exception_handler(SQLAlchemyError, _database)
    app.add_exception_handler(NotReady, _not_ready)
    app.add_exception_handler(NotExplained, _not_explained)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    status = status_of(error)
    headers = {"Retry-After": str(RETRY_SECONDS)} if status == 503 else None
    return answer(
        request,
        status,
        str(error),
        kind=kind_of(error),
        errors=[field_error(error)],
        headers=headers,
    )


async def _not_explained(request: Request, error: Exception) -> Response:
    assert isinstance(error, NotExplained)
    is_off = error.cause == "off"
    return answer(
        request,
        409 if is_off else 503,
        f"{error}; {error.fix}",
        kind=f"explanations-{error.cause}",
        headers=None if is_off else {"Retry-After": str(RETRY_SECONDS)},
    )


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    errors = field_errors(error.errors())
    return answer(request, 422, summary(errors), kind="invalid", errors=errors)


async def _unreadable(request: Request, error: Exception) -> Response:
    assert isinstance(error, Unreadable)
    found = error.error
    return answer(request, error.status_code, summary([found]), kind="invalid", errors=[found])


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, AnyHttpException)
    detail = {
        404: f"nothing is served at {request.url.path}",
        405: f"{request.method} is not supported at {request.url.path}",
    }.get(error.status_code, str(error.detail))
    return answer(request, error.status_code, detail, headers=error.headers)


async def _database(request: Request, error: Exception) -> Response:
    """Away, full, or our own mistake; the last goes on to be logged as such."""
    if disk_full(error):
        return answer(
            request,
            507,
            "the database has no room left on its disk: nothing of this request was written",
            kind="disk-full",
        )
    if away(error):
        return unavailable(request, "the database cannot be reached right now; nothing was changed")
    raise error


def disk_full(error: Exception) -> bool:
    """Whether the database has no room left."""
    return getattr(getattr(error, "orig", None), "sqlstate", None) == _DISK_FULL


def away(error: Exception) -> bool:
    """Whether the database cannot be reached."""
    lost = isinstance(error, DBAPIError) and error.connection_invalidated
    return lost or isinstance(error, (OperationalError, InterfaceError, PoolTimeout))


async def _not_ready(request: Request, error: Exception) -> Response:
    return unavailable(request, str(error))


def unavailable(request: Request, detail: str) -> Response:
    """503: come back in a moment."""
    return answer(
        request, 503, detail, kind="unavailable", headers={"Retry-After": str(RETRY_SECONDS)}
    )


def _field_error(error: Mapping[str, Any]) -> FieldError:
    where = [_legible(str(part)) for part in error["loc"]]
    place, whole = (where[0] if where else ""), len(where) == 1
    if place in _PLACES:
        where = where[1:]
    context = error.get("ctx", {})
    where += [context["field"]] if "field" in context else []
    if place == "body" and not where:
        where = ["body"]
    message, fix = error["msg"], context.get("fix")
    if place == "body" and whole and error["type"] == "missing":
        message, fix = "no body was sent", "send a JSON object; an empty one is {}"
    elif error["type"] in _NO_OBJECT:
        message = "is no JSON object"
    elif error["type"].startswith("datetime_") and _lost_its_plus(error.get("input")):
        message = "has a space where the UTC offset begins"
        fix = f"write the + of the offset as %2B, or take Z, for example {_IN_ISO}"
    elif error["type"] == "string_pattern_mismatch" and context.get("pattern") in MEANINGS:
        message, fix = MEANINGS[context["pattern"]]
    return FieldError(
        field=".".join(where), message=message, fix=str(fix or _fix(error["type"], context))
    )


def _lost_its_plus(given: object) -> bool:
    """Whether a time lost the + of its offset on the way: in an address that stands for a space."""
    return isinstance(given, str) and re.search(r"\d \d\d:?\d\d$", given) is not None


def _legible(name: str) -> str:
    """A field's name as a client may have made it up: short, and without broken text."""
    return name[:200].encode(errors="backslashreplace").decode()


def _fix(kind: str, context: Mapping[str, Any]) -> str:
    """What to do about an error of pydantic's."""
    limits = {
        "string_too_long": "send at most {max_length} characters",
        "string_too_short": "send at least {min_length} character(s)",
        "too_long": "send at most {max_length}",
        "too_short": "send at least {min_length}",
        "greater_than_equal": "send a number of at least {ge}",
        "less_than_equal": "send a number of at most {le}",
        "enum": "send one of {expected}",
        "literal_error": "send one of {expected}",
    }
    if kind in limits:
        return limits[kind].format_map(context)
    if kind.startswith("datetime_"):
        return f"send a time in ISO 8601 with UTC offset, for example {_IN_ISO}"
    return {
        "missing": "add the field",
        "extra_forbidden": "leave the field out, or check its spelling",
        "timezone_aware": f"add the UTC offset, for example {_IN_ISO}",
        "finite_number": "send a finite number",
        "float_type": "send a number",
        "int_type": "send a whole number",
        "int_parsing": "send a whole number",
        "int_from_float": "send a whole number",
        "bool_type": "send true or false",
        "bool_parsing": "send true or false",
        "string_type": "send text, in quotes",
        "list_type": "send a list",
        "dict_type": "send a JSON object",
        "model_type": "send a JSON object",
        "model_attributes_type": "send a JSON object",
        "string_unicode": "send well-formed Unicode without lone surrogates",
    }.get(kind, "see the schema of the field at /docs")
