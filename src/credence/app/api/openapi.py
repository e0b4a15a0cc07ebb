"""The OpenAPI document: bodies that routes read by themselves, and the shared parts."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel

from credence.app.api.examples import with_nulls
from credence.app.api.problems import Problem

_REF = "#/components/schemas/{model}"
_TAGS = [
    {"name": "items", "description": "The catalogue that recommendations are made from."},
    {"name": "users", "description": "People: create, read, export, erase."},
    {"name": "events", "description": "What people did: an append-only log."},
    {"name": "recommendations", "description": "Ranked lists with the reasons that moved them."},
    {"name": "belief", "description": "What is believed of a person, its history, corrections."},
    {"name": "planner", "description": "What the planner decided, and why."},
    {"name": "health", "description": "For load balancers and monitoring."},
]
_read_by_routes: dict[str, type[BaseModel]] = {}


def body_of(*models: type[BaseModel]) -> dict[str, Any]:
    """`openapi_extra` of a route that reads its JSON body itself, in one of these forms."""
    _read_by_routes.update({model.__name__: model for model in models})
    refs = [{"$ref": _REF.format(model=model.__name__)} for model in models]
    schema = refs[0] if len(refs) == 1 else {"anyOf": refs}
    return {
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": schema}},
        }
    }


def install(app: FastAPI) -> None:
    """Complete the document of an application."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def _document(app: FastAPI) -> dict[str, Any]:
    made = get_openapi(
        title=app.title,
        version=app.version,
        summary=app.summary,
        description=app.description,
        routes=app.routes,
        tags=_TAGS,
    )
    components = made.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    models: list[type[BaseModel]] = [Problem, *_read_by_routes.values()]
    for model in models:
        schema = model.model_json_schema(ref_template=_REF)
        schemas |= {name: s for name, s in schema.pop("$defs", {}).items() if name not in schemas}
        schemas.setdefault(model.__name__, schema)
    for schema in schemas.values():
        if "examples" in schema:
            schema["examples"] = [with_nulls(example) for example in schema["examples"]]
    components["securitySchemes"] = {
        "bearer": {"type": "http", "scheme": "bearer"},
        "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    }
    made["security"] = [{}, {"bearer": []}, {"key": []}]
    return made
