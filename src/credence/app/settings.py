"""The only reader of the environment: parsed once, frozen, passed on as plain values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

from platformdirs import user_data_path
from pydantic import AnyHttpUrl, Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from credence.app import header_keys, postgres_address, process_address
from credence.app.causal_settings import CausalVariables
from credence.app.llm_settings import LlmSettings, LlmVariables
from credence.planner.llm.asking import Role

SHORTEST_PASSWORD = 8  # characters
_CENTURY = 36_500  # days; longer times lead out of the calendar
_MANY = 1_000_000_000  # more than anybody does, and few enough for every column
_PAIRS = "write key=tenant pairs, separated by commas"


class _Variables(BaseSettings):
    """All but those of the language models."""

    model_config = SettingsConfigDict(
        env_prefix="CREDENCE_",
        env_file=".env",
        env_file_encoding="utf-8",
        frozen=True,
        extra="ignore",
        hide_input_in_errors=True,  # a refused value may be a key
    )

    database_url: SecretStr | None = Field(
        default=None, description="Postgres 15+ with pgvector; unset: the embedded one"
    )
    data_dir: Path = Field(
        default_factory=lambda: user_data_path("credence"),
        description="folder of the embedded Postgres",
    )
    pool_size: int = Field(default=10, ge=1, le=200, description="database connections kept open")

    api_keys: Annotated[dict[SecretStr, str], NoDecode] = Field(
        default_factory=dict,
        description="`key=tenant` pairs, comma-separated; unset: no key needed, tenant `default`",
    )
    unknown_users: Literal["reject", "create"] = Field(
        default="reject", description="what to do with events of users never seen"
    )
    unknown_items: Literal["reject", "accept"] = Field(
        default="reject", description="what to do with events about items not in the catalogue"
    )

    impression_days: int = Field(
        default=30,
        ge=1,
        le=_CENTURY,
        description="days for which lists shown to nobody known are kept",
    )
    event_memory: int = Field(default=15, ge=1, le=200, description="events in the first tier")
    half_life_days: float = Field(
        default=365,
        ge=0.001,
        le=_CENTURY,
        allow_inf_nan=False,
        description="days after which evidence counts half",
    )
    policy: str = Field(
        default="adaptive",
        pattern=r"^(adaptive|never|fixed-[1-9]\d{0,8})$",
        description="planner policy: adaptive, fixed-K or never",
    )
    check_after: int = Field(
        default=3, ge=1, le=_MANY, description="events after which the planner looks at a person"
    )
    check_within_minutes: float = Field(
        default=10,
        gt=0,
        le=_CENTURY * 24 * 60,
        allow_inf_nan=False,
        description="minutes after which it looks at events, however few",
    )
    upkeep_days: int = Field(
        default=30,
        ge=1,
        le=_CENTURY,
        description="days without a look after which the planner looks anyway",
    )
    collaborative: bool = Field(
        default=True, description="learn about items from what people say and choose together"
    )
    least_people: int = Field(
        default=3,
        ge=2,
        le=_MANY,
        description="others who must stand behind what is told or used of an item",
    )
    admin_password: SecretStr | None = Field(
        default=None,
        min_length=SHORTEST_PASSWORD,
        description="password of the admin pages, or its hash by `credence admin hash`; unset: "
        "links by `credence admin link` alone",
    )
    admin_hours: float = Field(
        default=12,
        gt=0,
        le=24 * 30,
        allow_inf_nan=False,
        description="hours after which one must sign in again",
    )
    replays: Path = Field(
        default=Path("replay"), description="folder whose replays the admin pages show"
    )
    encoder_device: Literal["auto", "cpu", "cuda"] = Field(
        default="auto",
        description="what the sentence encoder computes on; auto: a GPU where there is one",
    )
    ranker: Literal["auto", "routed", "semantic"] = Field(
        default="auto",
        description="what orders candidates: the routed model, or the semantic ranker; auto: the "
        "routed model, the semantic ranker where its files cannot be used",
    )
    ranker_model: Path | None = Field(
        default=None, description="folder of a routed model; unset: the one that ships"
    )
    ranker_url: AnyHttpUrl | None = Field(
        default=None, description="a `credence serve-ranker` process; unset: ranked in process"
    )
    ranker_key: SecretStr | None = Field(
        default=None, description="key that the ranker process asks for; unset: none"
    )
    ranker_timeout_ms: int = Field(
        default=200, ge=1, le=60_000, description="after which the model in process answers instead"
    )
    worker: bool = Field(
        default=True,
        description="run the planner in the API process; `credence work` runs it anyway",
    )
    workers: int = Field(
        default=8,
        ge=1,
        le=64,
        description="people advanced at a time, by all processes of one command",
    )
    lease_seconds: float = Field(
        default=30,
        ge=0.1,
        le=24 * 60 * 60,
        allow_inf_nan=False,
        description="after which a crashed planner's people are taken over",
    )

    @field_validator(
        "data_dir",
        "replays",
        "database_url",
        "ranker_model",
        "ranker_url",
        "ranker_key",
        "admin_password",
        mode="before",
    )
    @classmethod
    def _empty_is_unset(cls, value: object, info: ValidationInfo) -> object:
        if not isinstance(value, str) or value.strip():
            return value
        assert info.field_name is not None
        return cls.model_fields[info.field_name].get_default(call_default_factory=True)

    @field_validator("database_url")
    @classmethod
    def _of_postgres(cls, value: SecretStr | None) -> SecretStr | None:
        return _without(postgres_address.fault_in, value)

    @field_validator("ranker_url")
    @classmethod
    def _of_a_ranking_process(cls, value: AnyHttpUrl | None) -> AnyHttpUrl | None:
        return process_address.usable(value)

    @field_validator("ranker_key")
    @classmethod
    def _fits_the_header(cls, value: SecretStr | None) -> SecretStr | None:
        return _without(header_keys.fault_in, value)

    @field_validator("api_keys", mode="before")
    @classmethod
    def _pairs(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        found: dict[str, str] = {}
        for number, pair in enumerate((p for p in value.split(",") if p.strip()), 1):
            key, equals, tenant = (part.strip() for part in pair.rpartition("="))
            wrong = _wrong(key, equals, tenant, known=key in found)
            if wrong is not None:
                raise ValueError(f"pair {number} of CREDENCE_API_KEYS {wrong}; {_PAIRS}")
            found[key] = tenant
        if not found:
            raise ValueError(f"CREDENCE_API_KEYS is set but holds no pair; {_PAIRS}, or unset it")
        return found

    @property
    def half_life(self) -> timedelta:
        return timedelta(days=self.half_life_days)


class Settings(  # pydantic lists the fields of the last base first
    CausalVariables, LlmVariables, _Variables
):
    """Every setting has a default that works on a bare machine; names begin with CREDENCE_."""

    @property
    def llm(self) -> LlmSettings | None:
        """What the wiring needs; the ranker's role is not played beside causal models."""
        told = super().llm
        if told is None or (self.causal_router is None and self.causal_url is None):
            return told
        others = {**told.endpoints}
        others.pop(Role.RANKER, None)
        return replace(told, endpoints=others) if others else None


def _without(fault_in: Callable[[str], str | None], value: SecretStr | None) -> SecretStr | None:
    """A secret with no such fault. Raises ValueError, which does not show it."""
    fault = None if value is None else fault_in(value.get_secret_value())
    if fault is not None:
        raise ValueError(fault)
    return value


def _wrong(key: str, equals: str, tenant: str, *, known: bool) -> str | None:
    """What is wrong with a pair, without naming it; a key may itself hold an equals sign."""
    if not equals:
        return "has no equals sign"
    if not key:
        return "has an empty key"
    if not tenant:
        return "has an empty tenant"
    if "/" in tenant or tenant in {".", ".."}:
        return "has a tenant that cannot be part of an address"
    if (fault := header_keys.fault_in(key)) is not None:
        return f"has a key that {fault}"
    return "repeats a key" if known else None
