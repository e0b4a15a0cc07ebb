"""Settings of causal language models in this process: which order the best candidates, and how."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Annotated, Any, Literal, Self

from pydantic import AnyHttpUrl, BaseModel, Field, field_validator, model_validator
from pydantic_settings import NoDecode

from credence.app import process_address
from credence.app.refused_setting import refused

MOST_TOKENS = 1_024  # of an explanation
_MOST_LONGEST = 1_048_576  # more than any model has positions for
_NAMES = ("head", "experts", "reward", "alpha", "base")
_MAY_BE_EMPTY = ("router", "url", "head", "reward", "alpha", "base", "rise")
_EMPTY = tuple(f"causal_{name}" for name in _MAY_BE_EMPTY)


@dataclass(frozen=True, slots=True, kw_only=True)
class CausalRankerSettings:
    """Plain values for the wiring; see `inference.causal.settings.CausalSettings`."""

    router: str
    head: Path | None
    experts: tuple[str, ...]
    reward: str | None
    alpha: Path | None
    base: str | None
    dtype: Literal["bf16", "fp16", "fp32"]
    device: Literal["auto", "cuda", "mps", "cpu"]
    top: int
    orders: int
    seconds: float
    rise: int | None
    longest: int  # tokens of a prompt and of what is written after it
    explanation_tokens: int  # 0: none are written

    def name_with(self, prompt: str) -> str:
        """Of the ranker: the model that decides alone or routes, and the prompt's version."""
        return f"{PurePath(self.router).name}-{prompt}"

    @property
    def models(self) -> tuple[str, ...]:
        """Their names: the router, its experts, the reward model."""
        reward = () if self.reward is None else (self.reward,)
        return tuple(PurePath(one).name for one in (self.router, *self.experts, *reward))


def _unset(what: str) -> Any:
    return Field(default=None, description=what)


class CausalVariables(BaseModel):
    """The variables that begin with CREDENCE_CAUSAL_; without a router nothing is loaded."""

    causal_url: AnyHttpUrl | None = _unset(
        "a `credence serve-ranker` process with language models, which orders the best candidates; "
        "unset: none"
    )
    causal_router: str | None = _unset(
        "causal language model that orders the best candidates, in this process: a folder, or a "
        "name in the local Hugging Face cache; the router of its experts, where there are any; "
        "unset: none"
    )
    causal_experts: Annotated[tuple[str, ...], NoDecode] = Field(
        default_factory=tuple,
        description="experts that it chooses among, comma-separated: models with the same "
        "tokenizer, or LoRA adapters on the base",
    )
    causal_head: Path | None = _unset("the router's weights head, a safetensors file")
    causal_reward: str | None = _unset("reward model that steers; unset: none")
    causal_alpha: Path | None = _unset("the alpha router that says how far, a safetensors file")
    causal_base: str | None = _unset("model that adapters sit on; unset: the router")
    causal_dtype: Literal["bf16", "fp16", "fp32"] = Field(
        default="bf16", description="numbers that the models compute with"
    )
    causal_device: Literal["auto", "cuda", "mps", "cpu"] = Field(
        default="auto", description="what they compute on; auto: the best that there is"
    )
    causal_top: int = Field(
        default=20, ge=2, le=100, description="candidates that they order at most"
    )
    causal_orders: int = Field(
        default=3,
        ge=1,
        le=16,
        description="orders in which each twenty candidates are named to them; the mean counts",
    )
    causal_seconds: float = Field(
        default=5,
        gt=0,
        le=600,
        allow_inf_nan=False,
        description="after which a recommendation goes out in the local ranker's order, and an "
        "explanation is given up",
    )
    causal_rise: int | None = Field(
        default=5,
        ge=0,
        le=100,
        description="places by which they may raise or lower an item against the local ranker's "
        "order; empty: any",
    )
    causal_longest: int = Field(
        default=4_096,
        ge=256,
        le=_MOST_LONGEST,
        description="tokens of a prompt, and of an explanation after it, for which room is made; "
        "what is longer gets no answer",
    )
    causal_explanation_tokens: int = Field(
        default=0,
        ge=0,
        le=MOST_TOKENS,
        description="tokens that an explanation in their words may have; 0: none are written",
    )

    @field_validator(*_EMPTY, mode="before")
    @classmethod
    def _empty_is_no_model(cls, value: object) -> object:
        return value.strip() or None if isinstance(value, str) else value

    @field_validator("causal_url")
    @classmethod
    def _of_a_language_process(cls, value: AnyHttpUrl | None) -> AnyHttpUrl | None:
        return process_address.usable(value)

    @field_validator("causal_experts", mode="before")
    @classmethod
    def _named_experts(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return tuple(part.strip() for part in value.split(",") if part.strip())

    @model_validator(mode="after")
    def _has_a_router(self) -> Self:
        given = [name for name in _NAMES if getattr(self, f"causal_{name}")]
        if self.causal_router is None and given:
            raise refused(
                "causal_router",
                "is unset and CREDENCE_CAUSAL_{other} is not; set it to the model that decides, "
                "or unset the others",
                other=given[0].upper(),
            )
        return self

    @model_validator(mode="after")
    def _are_in_one_place(self) -> Self:
        if self.causal_url is not None and self.causal_router is not None:
            raise refused(
                "causal_url",
                "is set and CREDENCE_CAUSAL_ROUTER is too; set the first for a process elsewhere "
                "that has the language models, or the second to load them into this one",
            )
        return self

    @property
    def causal(self) -> CausalRankerSettings | None:
        """What the wiring needs; None where no model is named."""
        if self.causal_router is None:
            return None
        return CausalRankerSettings(
            router=self.causal_router,
            head=self.causal_head,
            experts=self.causal_experts,
            reward=self.causal_reward,
            alpha=self.causal_alpha,
            base=self.causal_base,
            dtype=self.causal_dtype,
            device=self.causal_device,
            top=self.causal_top,
            orders=self.causal_orders,
            seconds=self.causal_seconds,
            rise=self.causal_rise,
            longest=self.causal_longest,
            explanation_tokens=self.causal_explanation_tokens,
        )
