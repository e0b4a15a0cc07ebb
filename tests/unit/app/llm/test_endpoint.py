"""Addresses of models."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from credence.app.adapters.llm.endpoint import Endpoint


@pytest.mark.parametrize(
    "url",
    [
        "localhost:11434/v1",
        "ftp://host/v1",
        "http://",
        "https://me:sesame@host/v1",
        "https://host/v1?key=sesame",
    ],
)
def test_an_address_that_is_none_or_holds_a_key_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(ValueError, match="of a model") as error:
        Endpoint(base_url=url, key=None, model="m")
    assert "sesame" not in str(error.value)


def test_a_key_is_not_shown() -> None:
    shown = repr(Endpoint(base_url="http://host/v1", key=SecretStr("sesame"), model="m"))
    assert "sesame" not in shown
