"""Tiny language models in a ranking process and in this one, and lists for them to order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import AnyHttpUrl, SecretStr

from credence.app.breaker import Breaker
from credence.app.causal_ranker import CausalRanker
from credence.app.causal_settings import CausalRankerSettings
from credence.app.ranker_service.order_client import OrderClient
from credence.app.remote_causal_ranker import RemoteCausalRanker
from credence.inference.routing.heads import save_alpha, save_head
from credence.memory.model import Action, Event, Item, SeenEvent
from credence.planner.counter import Shown
from tests.integration.app.shelf import BOOKS
from tests.integration.app.test_language_models import save
from tests.integration.ranker.processes import Process, a_folder, serving
from tests.unit.inference.causal.models import a_head, an_alpha

_PREFIX = "CREDENCE_CAUSAL_"
_DTYPE: Literal["fp32"] = "fp32"
_DEVICE: Literal["cpu"] = "cpu"


def made(folder: Path) -> CausalRankerSettings:
    """A router with two experts and a reward model, made on the spot."""
    save_head(a_head(2), folder / "head.safetensors")
    save_alpha(an_alpha(), folder / "alpha.safetensors")
    return CausalRankerSettings(
        router=save(folder / "router", 0),
        head=folder / "head.safetensors",
        experts=(save(folder / "films", 5), save(folder / "books", 6)),
        reward=save(folder / "reward", 7),
        alpha=folder / "alpha.safetensors",
        base=None,
        dtype=_DTYPE,
        device=_DEVICE,
        top=20,
        orders=3,
        seconds=120,
        rise=None,
        longest=4_096,
        explanation_tokens=0,
    )


def variables(told: CausalRankerSettings) -> Mapping[str, str]:
    """The environment of a process with these models."""
    return {
        f"{_PREFIX}ROUTER": told.router,
        f"{_PREFIX}EXPERTS": ",".join(told.experts),
        f"{_PREFIX}HEAD": str(told.head),
        f"{_PREFIX}REWARD": told.reward or "",
        f"{_PREFIX}ALPHA": str(told.alpha),
        f"{_PREFIX}DTYPE": told.dtype,
        f"{_PREFIX}DEVICE": told.device,
        f"{_PREFIX}ORDERS": str(told.orders),
        f"{_PREFIX}LONGEST": str(told.longest),
        f"{_PREFIX}EXPLANATION_TOKENS": str(told.explanation_tokens),
    }


@contextmanager
def serving_languages(
    folder: Path, told: CausalRankerSettings, *, port: int | None = None, key: str | None = None
) -> Iterator[Process]:
    """`credence serve-ranker` with these models and a tiny listwise one."""
    with serving(
        a_folder(folder / "listwise"), port=port, key=key, environment=variables(told)
    ) as process:
        yield process


def in_process(told: CausalRankerSettings) -> CausalRanker:
    return CausalRanker.loaded(told)


class Caller:
    """A ranker on a process."""

    def __init__(
        self,
        url: str,
        *,
        key: str | None = None,
        timeout: float = 60,
        rise: int | None = None,
        failures: int = 3,
        pause: float = 0,
    ) -> None:
        self.client = OrderClient(
            AnyHttpUrl(url), key=None if key is None else SecretStr(key), timeout=timeout
        )
        self.ranker = RemoteCausalRanker(
            self.client, most=20, rise=rise, breaker=Breaker(failures=failures, pause=pause)
        )


def a_list(number: int = 0, *, candidates: int = 6) -> Shown:
    """What `number`, a person who is told apart by their words, is shown."""
    titles = [title for title, _, _ in BOOKS.values()]
    seen = Event(
        seq=3,
        item_id="x",
        action=Action.REVIEW,
        rating=4.5,
        text=f"A frozen world, {number} times over. " * 40,
        metadata={"private": "never sent"},
        occurred_at=datetime(2026, 5, 1, 12, number % 60, tzinfo=UTC),
        recorded_at=datetime(2026, 5, 2, tzinfo=UTC),
    )
    return Shown(
        tenant="default",
        user_id=f"person-{number}",
        profile=f"They like profile {number}.",
        recent=(SeenEvent(event=seen, item_vector=None, title="A frozen world"),),
        session=(),
        instruction=f"instruction world {number}",
        candidates=tuple(
            Item(
                item_id=f"item-{(7 * at + number) % candidates:03}",
                title=f"{titles[(at + number) % len(titles)]} {at}",
                description="never shown",
                categories=("science fiction",),
            )
            for at in range(candidates)
        ),
    )
