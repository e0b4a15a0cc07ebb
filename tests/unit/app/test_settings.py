"""API keys as the environment gives them."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from credence.app.settings import Settings


def keys(written: str) -> dict[str, str]:
    settings = Settings(_env_file=None, api_keys=written)  # type: ignore[call-arg,arg-type]
    return {key.get_secret_value(): tenant for key, tenant in settings.api_keys.items()}


def test_pairs_are_split_at_the_last_equals_sign() -> None:
    assert keys("c2VjcmV0MQ===acme, k2 = beta,") == {"c2VjcmV0MQ==": "acme", "k2": "beta"}


@pytest.mark.parametrize(
    ("written", "wrong"),
    [
        ("s3cret", "pair 1 of CREDENCE_API_KEYS has no equals sign"),
        ("s3cret=acme, =beta", "pair 2 of CREDENCE_API_KEYS has an empty key"),
        ("s3cret=", "pair 1 of CREDENCE_API_KEYS has an empty tenant"),
        ("s3cret=acme,s3cret=beta", "pair 2 of CREDENCE_API_KEYS repeats a key"),
        ("", "holds no pair"),
        (" , ", "holds no pair"),
    ],
)
def test_what_is_no_list_of_keys_is_refused_without_showing_any(written: str, wrong: str) -> None:
    with pytest.raises(ValidationError) as refused:
        keys(written)

    assert wrong in str(refused.value)
    assert "s3cret" not in str(refused.value)


def test_a_variable_that_is_set_but_empty_does_not_open_the_server(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CREDENCE_API_KEYS", "")

    with pytest.raises(ValidationError, match="holds no pair"):
        Settings(_env_file=None)  # type: ignore[call-arg]


def test_what_is_no_url_is_refused_without_showing_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CREDENCE_RANKER_URL", "me:s3cret@ranker:8001")
    with pytest.raises(ValidationError) as refused:
        Settings(_env_file=None)  # type: ignore[call-arg]

    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize("said", ["", "  "])
def test_what_is_set_but_empty_is_not_configured(
    said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    default = Settings(_env_file=None)  # type: ignore[call-arg]
    for name in (
        "DATA_DIR",
        "REPLAYS",
        "DATABASE_URL",
        "RANKER_MODEL",
        "RANKER_URL",
        "RANKER_KEY",
        "ADMIN_PASSWORD",
    ):
        monkeypatch.setenv(f"CREDENCE_{name}", said)

    assert Settings(_env_file=None) == default  # type: ignore[call-arg]
