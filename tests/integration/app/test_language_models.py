"""Language models of the settings, loaded and served: they have the last word on a list."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from string import ascii_uppercase
from typing import Any

import httpx
import pytest
import pytest_asyncio
from transformers import PreTrainedModel

from credence.app.bootstrap import Application, assemble
from credence.app.causal_ranker import CausalRanker
from credence.app.main import create_app_around
from credence.app.settings import Settings
from credence.inference.encoder import SentenceEncoder
from credence.inference.routing.heads import save_alpha, save_head
from tests.integration.app.shelf import BOOKS, believed, read, sent
from tests.unit.inference.causal.models import a_head, a_tokenizer, an_alpha, tiny

PATH = "/v1/recommendations"
ASK: dict[str, Any] = {
    "user_id": "ada",
    "instruction": "a frozen world",
    "candidates": sorted(BOOKS),
    "explain": True,
}
_SIZE = 400  # tokens
_WORDS = sorted(
    {word for title, _, categories in BOOKS.values() for word in [*title.split(), *categories]}
    | {"Answer", ":", "label", "title", "profile", "instruction", "frozen", "world"}
)


def tiny_model(seed: int) -> PreTrainedModel:
    return tiny(seed=seed, vocab_size=_SIZE, max_position_embeddings=2048)


def save(folder: Path, seed: int) -> str:
    tiny_model(seed).save_pretrained(folder)
    words = [*ascii_uppercase, *(word for word in _WORDS if word not in ascii_uppercase)]
    a_tokenizer(words, _SIZE).save_pretrained(folder)
    return str(folder)


@pytest.fixture
def named(settings: Settings, tmp_path: Path) -> Settings:
    """The settings of a router with two experts and a reward model, made on the spot."""
    save_head(a_head(2), tmp_path / "head.safetensors")
    save_alpha(an_alpha(), tmp_path / "alpha.safetensors")
    experts = (save(tmp_path / "films", 5), save(tmp_path / "books", 6))
    return settings.model_copy(
        update={
            "causal_router": save(tmp_path / "router", 0),
            "causal_experts": experts,
            "causal_head": tmp_path / "head.safetensors",
            "causal_reward": save(tmp_path / "reward", 7),
            "causal_alpha": tmp_path / "alpha.safetensors",
            "causal_dtype": "fp32",
            "causal_device": "cpu",
            "causal_seconds": 120,
            "causal_rise": None,
        }
    )


@pytest_asyncio.fixture
async def served(
    named: Settings, database: str, encoder: SentenceEncoder
) -> AsyncIterator[Application]:
    assert named.causal is not None
    models = CausalRanker.loaded(named.causal)
    made = assemble(named, database, encoder, language_ranker=models)
    yield made
    await made.close()


def client_of(application: Application) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(create_app_around(application))
    return httpx.AsyncClient(transport=transport, base_url="http://credence")


async def test_they_order_the_best_and_the_trace_says_how(served: Application) -> None:
    local = replace(served, counter=replace(served.counter, reorder=None))
    async with client_of(served) as client, client_of(local) as without:
        await believed(client)
        plain = await sent(without, "POST", PATH, ASK)

        made = await sent(client, "POST", PATH, ASK)
        again = await sent(client, "POST", PATH, ASK)
        kept = await read(client, f"{PATH}/{made['impression_id']}")

    ids = [item["item_id"] for item in made["items"]]
    assert made["ranker"] == f"router-labels-1 over {plain['ranker']}"
    assert sorted(ids) == sorted(BOOKS)
    assert ids != [item["item_id"] for item in plain["items"]]
    assert ids == [item["item_id"] for item in again["items"]]
    routing = made["routing"]
    assert routing["weights"].keys() == {"films", "books"}
    assert 0 < routing["alpha"] < 1
    assert [part["item_id"] for part in routing["items"]] == ids
    assert kept["routing"] == routing
    assert made["flags"] == plain["flags"]
    assert {item["item_id"]: item["score"] for item in made["items"]} == pytest.approx(
        {item["item_id"]: item["score"] for item in plain["items"]}, abs=1e-5
    )


async def test_a_longer_list_than_they_order_ends_as_the_local_ranker_had_it(
    served: Application,
) -> None:
    assert served.language_ranker is not None
    served.language_ranker.most = 2
    local = replace(served, counter=replace(served.counter, reorder=None))
    async with client_of(served) as client, client_of(local) as without:
        await believed(client)

        plain = await sent(without, "POST", PATH, ASK)
        made = await sent(client, "POST", PATH, ASK)

    before, after = ([item["item_id"] for item in one["items"]] for one in (plain, made))
    assert after[2:] == before[2:]
    assert sorted(after[:2]) == sorted(before[:2])
    assert made["routing"]["weights"].keys() == plain["routing"]["weights"].keys()


async def test_a_question_that_is_too_long_for_them_leaves_the_local_order(
    settings: Settings, database: str, encoder: SentenceEncoder, tmp_path: Path
) -> None:
    short = tiny(vocab_size=_SIZE, max_position_embeddings=64)
    short.save_pretrained(tmp_path / "short")
    a_tokenizer([*ascii_uppercase], _SIZE).save_pretrained(tmp_path / "short")
    chosen = settings.model_copy(
        update={
            "causal_router": str(tmp_path / "short"),
            "causal_dtype": "fp32",
            "causal_device": "cpu",
            "causal_seconds": 120,
        }
    )
    assert chosen.causal is not None
    models = CausalRanker.loaded(chosen.causal)
    application = assemble(chosen, database, encoder, language_ranker=models)
    async with client_of(application) as client:
        await believed(client)
        made = await sent(client, "POST", PATH, ASK)
    await application.close()

    assert "degraded" in made["flags"]
    assert " over " not in made["ranker"]
    assert sorted(item["item_id"] for item in made["items"]) == sorted(BOOKS)
