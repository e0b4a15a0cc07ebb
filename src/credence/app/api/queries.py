"""What may follow the ? of an address: what the route reads, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute


async def only_known_parameters(request: Request) -> None:
    """Refuse what the route would not read, as bodies refuse unknown fields: a misspelt `limit`
    would else be no limit. Raises RequestValidationError."""
    if not request.scope["query_string"]:
        return
    route = request.scope.get("route")
    if not isinstance(route, APIRoute):
        return
    known = tuple(_aliases(route.dependant))
    unknown = [name for name in request.query_params if name not in known]
    if unknown:
        raise RequestValidationError([_unknown(name, known) for name in unknown])


def _aliases(dependant: Dependant) -> Iterator[str]:
    """Of a function's parameters, and of those of what it depends on."""
    yield from (field.alias for field in dependant.query_params)
    for inner in dependant.dependencies:
        yield from _aliases(inner)


def _unknown(name: str, known: tuple[str, ...]) -> dict[str, object]:
    meant = get_close_matches(name, known, n=1)
    rather = f"leave it out: the address takes {', '.join(known) or 'no parameters'}"
    return {
        "loc": ("query", name),
        "type": "unknown_parameter",
        "msg": "is no parameter of this address",
        "ctx": {"fix": f"write {meant[0]}, or {rather}" if meant else rather},
    }
