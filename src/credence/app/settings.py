"""The only reader of the environment: parsed once, frozen, passed on as plain values."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

from platformdirs import user_data_path
from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


class Settings(BaseSettings):
    """Every setting has a default that works on a bare machine; names begin with CREDENCE_."""

    model_config = SettingsConfigDict(
        env_prefix="CREDENCE_",
        env_file=".env",
        env_file_encoding="utf-8",
        frozen=True,
        extra="ignore",
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

    event_memory: int = Field(default=15, ge=1, le=200, description="events in the first tier")
    half_life_days: float = Field(
        default=365, gt=0, description="days after which evidence counts half"
    )
    policy: str = Field(
        default="adaptive",
        pattern=r"^(adaptive|never|fixed-[1-9]\d*)$",
        description="planner policy: adaptive, fixed-K or never",
    )
    check_after: int = Field(
        default=3, ge=1, description="events after which the planner looks at a person"
    )
    worker: bool = Field(default=True, description="run the planner in the API process")
    workers: int = Field(default=8, ge=1, le=64, description="people advanced at a time")
    lease_seconds: float = Field(
        default=30, gt=0, description="after which a crashed planner's people are taken over"
    )

    @field_validator("api_keys", mode="before")
    @classmethod
    def _pairs(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        pairs = [pair.strip() for pair in value.split(",") if pair.strip()]
        if any("=" not in pair for pair in pairs):
            raise ValueError("CREDENCE_API_KEYS takes key=tenant pairs, separated by commas")
        return dict(pair.split("=", 1) for pair in pairs)

    @property
    def half_life(self) -> timedelta:
        return timedelta(days=self.half_life_days)
