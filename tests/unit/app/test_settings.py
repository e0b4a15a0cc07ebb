"""Settings as the environment gives them: what is refused, and that no secret is shown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

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


@pytest.mark.parametrize("far", ["999999", "1e12", "inf", "nan", "-1", "0", "9" * 5_000])
@pytest.mark.parametrize(
    "name",
    [
        "IMPRESSION_DAYS",
        "HALF_LIFE_DAYS",
        "UPKEEP_DAYS",
        "LEASE_SECONDS",
        "ADMIN_HOURS",
        "LLM_CALL_SECONDS",
        "LLM_RUN_SECONDS",
        "LLM_SHARE_SECONDS",
        "LLM_RANK_SECONDS",
    ],
)
def test_a_time_that_leads_out_of_the_calendar_is_refused_by_name(
    name: str, far: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"CREDENCE_{name}", far)

    with pytest.raises(ValidationError) as refused:
        Settings(_env_file=None)  # type: ignore[call-arg]
    assert [fault["loc"] for fault in refused.value.errors()] == [(name.lower(),)]


@pytest.mark.parametrize("far", ["1e12", "inf", "nan", "0"])
def test_minutes_may_be_many_but_not_more_than_a_century(
    far: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDENCE_CHECK_WITHIN_MINUTES", far)

    with pytest.raises(ValidationError, match="check_within_minutes"):
        Settings(_env_file=None)  # type: ignore[call-arg]


def test_the_longest_times_can_be_reckoned_with() -> None:
    longest = Settings(
        _env_file=None,  # type: ignore[call-arg]
        upkeep_days=36_500,
        half_life_days=36_500,
        check_within_minutes=36_500 * 24 * 60,
    )

    now = datetime.now(UTC)
    assert now - timedelta(days=longest.upkeep_days) < now - longest.half_life + timedelta(days=1)
    assert now - timedelta(minutes=longest.check_within_minutes) < now


@pytest.mark.parametrize(
    ("written", "wrong"),
    [
        ("postgresql://u:s3@kret@host/db", "write @ in the password as %40"),
        ("postgresql://u:p@s3kret/x@host/db", "write @ in the password as %40"),
        ("postgresql://u:s3kret@host:abc/db", "its port is no number"),
        ("postgresql://u:s3kret@host:99999/db", "ports go from 1 to 65535"),
        ("postgresql://u:s3kret@host/db?foo=bar", "option"),
        ("s3kret", "is not a URL"),
        ("sqlite:///s3kret.db", "Postgres"),
        ("mysql://u:s3kret@host/db", "Postgres"),
    ],
)
def test_what_is_no_database_url_is_refused_without_showing_it(written: str, wrong: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Settings(_env_file=None, database_url=written)  # type: ignore[call-arg,arg-type]

    assert wrong in str(refused.value)
    assert "kret" not in str(refused.value)
    assert [fault["loc"] for fault in refused.value.errors()] == [("database_url",)]


@pytest.mark.parametrize(
    "written",
    [
        "postgresql://u:s3%40kret@host:5432/db?sslmode=require&options=-csearch_path%3Dx",
        "postgres://host/db",
        "postgresql+psycopg://u@[::1]:5/db",
        "postgresql://postgres:@/postgres?host=/tmp/folder",
        "postgresql://somebody@server:p@host:5432/db?application_name=a@b",
    ],
)
def test_every_way_to_write_the_url_of_a_postgres_is_taken(written: str) -> None:
    settings = Settings(_env_file=None, database_url=written)  # type: ignore[call-arg,arg-type]

    assert settings.database_url is not None
    assert settings.database_url.get_secret_value() == written


@pytest.mark.parametrize("key", ["s3kr\u201ct", "s3kr\u00e9t", "s3k\x07ret"])
def test_keys_that_no_header_can_carry_are_refused_without_showing_them(key: str) -> None:
    with pytest.raises(ValidationError, match="no header can carry") as refused:
        keys(f"{key}=acme")
    assert "s3k" not in str(refused.value)
    with pytest.raises(ValidationError, match="ranker_key") as refused:
        Settings(_env_file=None, ranker_key=key)  # type: ignore[call-arg,arg-type]
    assert "s3k" not in str(refused.value)


def test_a_key_with_a_space_at_its_end_is_refused_where_it_would_never_match() -> None:
    with pytest.raises(ValidationError, match="ends with a space"):
        Settings(_env_file=None, ranker_key="s3kret ")  # type: ignore[call-arg,arg-type]
