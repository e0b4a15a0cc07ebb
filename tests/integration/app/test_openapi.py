"""The OpenAPI document says all there is to say about every route."""

from __future__ import annotations

import re
from typing import Any

import httpx
from jsonschema_rs import Draft202012Validator

from tests.integration.app.shelf import read

_METHODS = {"get", "put", "post", "patch", "delete"}


async def test_every_route_is_described_with_examples_that_fit_its_schemas(
    client: httpx.AsyncClient,
) -> None:
    document = await read(client, "/openapi.json")
    missing: list[str] = []
    operations = 0
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if method not in _METHODS:
                continue
            operations += 1
            name = f"{method.upper()} {path}"
            for field in ("summary", "description", "tags"):
                if not operation.get(field):
                    missing.append(f"{name}: no {field}")
            bodies = {"request": operation.get("requestBody", {}).get("content", {})}
            for status, response in operation["responses"].items():
                bodies[status] = response.get("content", {})
            for where, content in bodies.items():
                missing += [f"{name} {where}: {fault}" for fault in _faults(content, document)]
            if method in {"put", "patch"} and not bodies["request"]:
                missing.append(f"{name}: no request body")

    assert operations >= 25
    assert missing == []


async def test_every_route_declares_its_problems(client: httpx.AsyncClient) -> None:
    document = await read(client, "/openapi.json")
    for methods in document["paths"].values():
        for operation in methods.values():
            for status in ("401", "413", "422", "500"):
                content = operation["responses"][status]["content"]
                assert content.keys() == {"application/problem+json"}


def _faults(content: dict[str, Any], document: dict[str, Any]) -> list[str]:
    """What is wrong with the examples of a body."""
    faults = []
    for media_type, body in content.items():
        schema = body.get("schema", {})
        if "example" in body:
            continue
        options = [_resolved(part, document) for part in schema.get("anyOf", [schema])]
        for option in options:
            examples = option.get("examples", [])
            if not examples:
                faults.append(f"{media_type} has no example")
            validator = Draft202012Validator({**option, "components": document["components"]})
            faults += [
                f"{media_type} example: {error.message}"
                for example in examples
                for error in validator.iter_errors(example)
            ]
    return faults


def _resolved(schema: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in schema:
        return schema
    found: dict[str, Any] = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
    return found


async def test_the_documentation_pages_need_nothing_from_elsewhere(
    client: httpx.AsyncClient,
) -> None:
    for page in ("/docs", "/redoc"):
        text = (await client.get(page)).text
        linked = re.findall(r'(?:src|href)="([^"]+)"', text)
        assert linked
        for address in linked:
            assert address.startswith("/"), address
            assert (await client.get(address)).status_code == 200
