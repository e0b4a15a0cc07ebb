"""Requests made up from the OpenAPI document: no crash, no answer off its schema."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, checks
from schemathesis.core.result import Ok

from credence.app.main import create_app, server
from credence.app.settings import Settings
from tests.integration.app.shelf import BOOKS, READING

_BOUNDED = settings(
    max_examples=8,  # for each of some thirty routes
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
_CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]


@pytest.fixture(scope="module")
def address(postgres: str, template: str) -> Iterator[str]:
    """A server of its own, in a thread, with the planner at work."""
    from tests.integration.conftest import copied

    with copied(postgres, template) as url, socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()  # whoever connects while it starts will wait
        chosen = Settings(_env_file=None, database_url=url)  # type: ignore[call-arg,arg-type]
        serving = server(create_app(chosen), host="127.0.0.1", port=0)
        thread = threading.Thread(target=serving.run, kwargs={"sockets": [listening]})
        thread.start()
        base = f"http://127.0.0.1:{listening.getsockname()[1]}"
        try:
            _fill(base)
            yield base
        finally:
            serving.should_exit = True
            thread.join()


def test_any_request_gets_an_answer_that_the_document_describes(address: str) -> None:
    schema = schemathesis.openapi.from_url(f"{address}/openapi.json")
    operations = [r.ok() for r in schema.get_all_operations() if isinstance(r, Ok)]
    faults: list[str] = []
    for operation in operations:

        @_BOUNDED
        @given(case=operation.as_strategy())
        def answered(case: Case[Any]) -> None:
            aimed(case).call_and_validate(checks=_CHECKS)

        try:
            answered()
        except Exception as fault:  # noqa: BLE001  all routes are tried before one is blamed
            faults.append(f"{operation.label}: {fault}")
    assert len(operations) >= 25
    assert not faults, "\n\n".join(faults)


def aimed(case: Case[Any]) -> Case[Any]:
    """The request at a person and at chunks that exist, but for erasure: made-up ids miss them."""
    if "user_id" in case.path_parameters and case.method != "DELETE":
        case.path_parameters["user_id"] = "ada"
    if isinstance(case.path_parameters.get("chunk_id"), int):
        case.path_parameters["chunk_id"] %= 8
    return case


def _fill(base: str) -> None:
    with httpx.Client(base_url=base, timeout=60) as client:
        for key, (title, words, categories) in BOOKS.items():
            body = {"title": title, "description": words, "categories": categories}
            assert client.put(f"/v1/items/{key}", json=body).is_success
        assert client.put("/v1/users/ada", json={}).is_success
        assert client.post("/v1/events", json={"events": READING}).is_success
        assert client.post("/v1/users/ada/belief/advance").is_success
