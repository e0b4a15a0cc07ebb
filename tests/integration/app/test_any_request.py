"""Requests made up from the OpenAPI document: no crash, no answer off its schema."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis import Case, checks
from schemathesis.schemas import BaseSchema

from credence.app.main import create_app, server
from credence.app.settings import Settings
from tests.integration.app.shelf import BOOKS

_EACH = 8  # made-up requests for each of some thirty routes
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


@pytest.fixture(scope="module")
def described(address: str) -> BaseSchema:
    made: BaseSchema = schemathesis.openapi.from_url(f"{address}/openapi.json")
    return made


schema = schemathesis.pytest.from_fixture("described")


@schema.parametrize()
@settings(
    max_examples=_EACH,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_any_request_gets_an_answer_that_the_document_describes(case: Case) -> None:
    case.call_and_validate(checks=_CHECKS)


def _fill(base: str) -> None:
    with httpx.Client(base_url=base, timeout=60) as client:
        for key, (title, words, categories) in BOOKS.items():
            body = {"title": title, "description": words, "categories": categories}
            assert client.put(f"/v1/items/{key}", json=body).is_success
        assert client.put("/v1/users/ada", json={}).is_success
