"""Settings of the language models: which roles they play, where they are, what they may cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Self

from pydantic import AnyHttpUrl, BaseModel, Field, SecretStr, field_validator, model_validator
from pydantic_settings import NoDecode

from credence.app import header_keys
from credence.app.adapters.llm.endpoint import Endpoint
from credence.app.adapters.llm.proxies import proxy_for
from credence.app.refused_setting import refused
from credence.app.token_prices import HOW_TO_WRITE, TokenPrice, prices_in
from credence.planner.llm.asking import Role

_ROLES = ", ".join(Role)
OF_A_ROLE = tuple(f"llm_{role}_{part}" for role in Role for part in ("base_url", "key", "model"))
_URLS = ("llm_base_url", *(name for name in OF_A_ROLE if name.endswith("_base_url")))
_OF_ALL = ("llm_base_url", "llm_key", "llm_model")
_KEYS = ("llm_key", *(name for name in OF_A_ROLE if name.endswith("_key")))
_LIMITS = ("llm_daily_budget", "llm_daily_tokens", "llm_rank_rise")


@dataclass(frozen=True, slots=True, kw_only=True)
class LlmSettings:
    """Plain values for the wiring. `daily_budget` only with a price for every model."""

    endpoints: Mapping[Role, Endpoint]  # of the roles that a model plays, at least one
    in_flight: int
    call_seconds: float
    run_seconds: float
    attempts: int
    reasoning_tokens: int
    looks: int
    daily_budget: float | None
    daily_tokens: int | None
    prices: Mapping[str, TokenPrice]
    share: int
    share_seconds: float
    rank_top: int
    rank_seconds: float
    rank_rise: int | None


def _url_of(role: str) -> Any:
    return Field(default=None, description=f"the {role}'s own server; unset: the one of all roles")


def _key_of(role: str) -> Any:
    return Field(
        default=None,
        description=f"the {role}'s own key; unset: the one of all roles, unless its server is "
        "its own",
    )


def _model_of(role: str) -> Any:
    return Field(default=None, description=f"the {role}'s own model; unset: the one of all roles")


class LlmVariables(BaseModel):
    """The variables that begin with CREDENCE_LLM_; without any base URL no model is asked."""

    llm_base_url: AnyHttpUrl | None = Field(
        default=None,
        description="server of language models that speaks the OpenAI protocol; unset: "
        "built-in parts do the work of every role without a server of its own",
    )
    llm_key: SecretStr | None = Field(
        default=None, description="key that this server asks for; unset: none"
    )
    llm_model: str | None = Field(default=None, description="model of all roles")
    llm_planner_base_url: AnyHttpUrl | None = _url_of("planner")
    llm_planner_key: SecretStr | None = _key_of("planner")
    llm_planner_model: str | None = _model_of("planner")
    llm_extractor_base_url: AnyHttpUrl | None = _url_of("extractor")
    llm_extractor_key: SecretStr | None = _key_of("extractor")
    llm_extractor_model: str | None = _model_of("extractor")
    llm_synthesizer_base_url: AnyHttpUrl | None = _url_of("synthesizer")
    llm_synthesizer_key: SecretStr | None = _key_of("synthesizer")
    llm_synthesizer_model: str | None = _model_of("synthesizer")
    llm_ranker_base_url: AnyHttpUrl | None = _url_of("ranker")
    llm_ranker_key: SecretStr | None = _key_of("ranker")
    llm_ranker_model: str | None = _model_of("ranker")
    llm_roles: Annotated[tuple[Role, ...], NoDecode] = Field(
        default_factory=lambda: tuple(Role),
        description="roles that a model plays, comma-separated; unset: planner, extractor, "
        "synthesizer and ranker",
    )
    llm_in_flight: int = Field(
        default=8,
        ge=1,
        le=256,
        description="calls to one server at a time by all processes of one command, those of the "
        "ranker counted apart",
    )
    llm_call_seconds: float = Field(
        default=60,
        gt=0,
        le=3600,
        allow_inf_nan=False,
        description="after which one call is given up",
    )
    llm_run_seconds: float = Field(
        default=180,
        gt=0,
        le=3600,
        allow_inf_nan=False,
        description="after which a planner run goes on with the built-in parts; longer than one "
        "call",
    )
    llm_attempts: int = Field(
        default=4,
        ge=1,
        le=10,
        description="calls for one answer after which none that failed is tried again; finding "
        "out what a server takes and asking again for a faulty answer come on top",
    )
    llm_reasoning_tokens: int = Field(
        default=0,
        ge=0,
        le=200_000,
        description="tokens that an answer may take besides its own, for models that reason first",
    )
    llm_looks: int = Field(
        default=2, ge=1, le=10, description="how often the planner may look at a person in one run"
    )
    llm_daily_budget: float | None = Field(
        default=None,
        gt=0,
        allow_inf_nan=False,
        description="US dollars that one tenant's calls may cost a day (UTC); unset: no limit",
    )
    llm_daily_tokens: int | None = Field(
        default=None,
        gt=0,
        le=10**15,
        description="tokens that one tenant's calls may take a day (UTC); unset: no limit",
    )
    llm_prices: Annotated[dict[str, TokenPrice], NoDecode] = Field(
        default_factory=dict,
        description="`model=input/cached/output` in US dollars per million tokens, "
        "comma-separated, or JSON; unset: the cost of calls is not known",
    )
    llm_share: int = Field(
        default=1, ge=1, le=50, description="people whose extractions may share one call"
    )
    llm_share_seconds: float = Field(
        default=0.05,
        gt=0,
        le=10,
        allow_inf_nan=False,
        description="that an extraction waits for others to share its call",
    )
    llm_rank_top: int = Field(
        default=20, ge=2, le=100, description="candidates that a model reorders at most"
    )
    llm_rank_seconds: float = Field(
        default=10,
        gt=0,
        le=600,
        allow_inf_nan=False,
        description="after which a recommendation goes out in the local ranker's order",
    )
    llm_rank_rise: int | None = Field(
        default=5,
        ge=0,
        le=1_000,
        description="places by which a model may raise or lower an item against the local "
        "ranker's order; empty: any",
    )

    @field_validator(*_OF_ALL, *OF_A_ROLE, *_LIMITS, mode="before")
    @classmethod
    def _empty_is_none(cls, value: object) -> object:
        return value.strip() or None if isinstance(value, str) else value

    @field_validator(*_URLS)
    @classmethod
    def _without_a_password(cls, value: AnyHttpUrl | None) -> AnyHttpUrl | None:
        if value is not None and (value.username or value.password):
            raise ValueError(
                "the address holds a user or a password; write it without, and give the key in "
                "the variable that ends in KEY"
            )
        return value

    @field_validator(*_KEYS)
    @classmethod
    def _fits_a_header(cls, value: SecretStr | None) -> SecretStr | None:
        fault = None if value is None else header_keys.fault_in(value.get_secret_value())
        if fault is not None:
            raise ValueError(f"the key {fault}")
        return value

    @field_validator("llm_roles", mode="before")
    @classmethod
    def _named_roles(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        named = [part.strip() for part in value.split(",") if part.strip()]
        for number, name in enumerate(named, 1):
            if name not in set(Role):
                raise ValueError(
                    f"role {number} of CREDENCE_LLM_ROLES is unknown; name some of {_ROLES}, "
                    "separated by commas"
                )
        if not named:
            raise ValueError(
                f"CREDENCE_LLM_ROLES is set but names no role; name some of {_ROLES}, or unset it; "
                "to ask no model unset CREDENCE_LLM_BASE_URL"
            )
        return tuple(role for role in Role if role in named)

    @field_validator("llm_prices", mode="before")
    @classmethod
    def _priced(cls, value: object) -> object:
        return dict(prices_in(value)) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _complete(self) -> Self:
        endpoints = self._endpoints()
        in_runs = any(role is not Role.RANKER for role in endpoints)
        if in_runs and self.llm_run_seconds <= self.llm_call_seconds:
            raise refused(
                "llm_run_seconds",
                "is not longer than CREDENCE_LLM_CALL_SECONDS, so that one call could take the "
                "time of a whole run, which asks several; set CREDENCE_LLM_RUN_SECONDS to three "
                "times CREDENCE_LLM_CALL_SECONDS or more, or lower the latter",
            )
        if self.llm_daily_budget is not None:
            if not self.llm_prices:
                raise refused(
                    "llm_prices",
                    "is unset, so that CREDENCE_LLM_DAILY_BUDGET could never be spent; {fix}",
                    fix=HOW_TO_WRITE,
                )
            for role, endpoint in endpoints.items():
                if endpoint.model not in self.llm_prices:
                    raise refused(
                        "llm_prices",
                        "has no price for the {role}'s model, which CREDENCE_LLM_DAILY_BUDGET "
                        "needs; {fix}",
                        role=role.value,
                        fix=HOW_TO_WRITE,
                    )
        return self

    @property
    def llm(self) -> LlmSettings | None:
        """What the wiring needs; None where no role has a server."""
        endpoints = self._endpoints()
        if not endpoints:
            return None
        return LlmSettings(
            endpoints=endpoints,
            in_flight=self.llm_in_flight,
            call_seconds=self.llm_call_seconds,
            run_seconds=self.llm_run_seconds,
            attempts=self.llm_attempts,
            reasoning_tokens=self.llm_reasoning_tokens,
            looks=self.llm_looks,
            daily_budget=self.llm_daily_budget,
            daily_tokens=self.llm_daily_tokens,
            prices=dict(self.llm_prices),
            share=self.llm_share,
            share_seconds=self.llm_share_seconds,
            rank_top=self.llm_rank_top,
            rank_seconds=self.llm_rank_seconds,
            rank_rise=self.llm_rank_rise,
        )

    def _endpoints(self) -> dict[Role, Endpoint]:
        found = {role: self._endpoint(role) for role in self.llm_roles}
        return {role: endpoint for role, endpoint in found.items() if endpoint is not None}

    def _endpoint(self, role: Role) -> Endpoint | None:
        """A key goes only where it was given for: the common one never to a role's own server."""
        url: AnyHttpUrl | None = getattr(self, f"llm_{role}_base_url")
        key: SecretStr | None = getattr(self, f"llm_{role}_key")
        name = "llm_base_url" if url is None else f"llm_{role}_base_url"
        if url is None:
            url, key = self.llm_base_url, key or self.llm_key
        if url is None:
            return None
        model: str | None = getattr(self, f"llm_{role}_model") or self.llm_model
        if model is None:
            raise refused(
                "llm_model",
                "is unset, and the {role} has a server; set CREDENCE_LLM_MODEL to a model that it "
                "serves, or CREDENCE_LLM_{upper}_MODEL",
                role=role.value,
                upper=role.upper(),
            )
        try:
            proxy = proxy_for(str(url))
        except ValueError as error:
            raise refused(name, "has no way to it: {why}", why=str(error)) from None
        return Endpoint(
            base_url=str(url).rstrip("/"),
            key=key,
            model=model,
            proxy=None if proxy is None else SecretStr(proxy),
        )
