"""The development server over real HTTP, as OpenAI's own client sees it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from openai import (
    AsyncOpenAI,
    AuthenticationError,
    BadRequestError,
    DefaultAsyncHttpxClient,
    omit,
)
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from pydantic import BaseModel, SecretStr

from credence.app.llm_dev.brain import WHAT_THIS_IS, Brain, built_in
from credence.app.llm_dev.desk import Manners
from credence.app.llm_dev.serving import listening
from credence.app.llm_dev.web import build_app
from credence.inference.encoder import BatchingEncoder, SentenceEncoder
from credence.planner.llm.answers import (
    ExtractorAnswer,
    PlannerAnswer,
    RankerAnswer,
    SynthesizerAnswer,
)
from credence.planner.llm.fence import document
from tests.integration.asked import caller, forget, stats
from tests.unit.app.llm_dev.documents import (
    MYSTERY,
    SPACE,
    a_chunk,
    an_event,
    to_extract,
    to_order,
    to_plan,
    to_write,
)

EXTRACTION = to_extract(an_event())


@pytest_asyncio.fixture(scope="module")
async def brain(encoder: SentenceEncoder) -> AsyncIterator[Brain]:
    batching = BatchingEncoder(encoder)
    yield built_in(batching.embed_phrases)
    batching.close()


@pytest_asyncio.fixture
async def url(brain: Brain) -> AsyncIterator[str]:
    async with listening(build_app(brain)) as found:
        yield found


@pytest_asyncio.fixture
async def client(url: str) -> AsyncIterator[AsyncOpenAI]:
    async with _client(url) as made:
        yield made


def _client(url: str, *, key: str = "none") -> AsyncOpenAI:
    direct = DefaultAsyncHttpxClient(trust_env=False)
    return AsyncOpenAI(base_url=url, api_key=key, max_retries=0, timeout=30, http_client=direct)


def _schema(role: str, form: type[BaseModel]) -> Any:
    named = {"name": f"credence_{role}", "schema": form.model_json_schema()}
    return {"type": "json_schema", "json_schema": named}


async def _asked(
    client: AsyncOpenAI, data: BaseModel, *, role: str, form: Any = omit, **more: Any
) -> ChatCompletion:
    told: ChatCompletion = await client.chat.completions.create(
        model="credence-dev",
        messages=[
            {"role": "system", "content": f"Role: {role}\nYou are asked to help."},
            {"role": "user", "content": document(data)},
        ],
        response_format=form,
        **more,
    )
    return told


def _content(completion: ChatCompletion) -> str:
    (choice,) = completion.choices
    assert choice.finish_reason == "stop"
    return choice.message.content or ""


async def test_the_extractor_reads_events(client: AsyncOpenAI) -> None:
    told = await _asked(client, EXTRACTION, role="-", form=_schema("extractor", ExtractorAnswer))

    topics = [p.topic for p in ExtractorAnswer.model_validate_json(_content(told)).proposals]
    assert "fast pacing" in topics


async def test_the_synthesizer_writes(client: AsyncOpenAI) -> None:
    told = await _asked(
        client, to_write(a_chunk()), role="-", form=_schema("synthesizer", SynthesizerAnswer)
    )

    sentences = SynthesizerAnswer.model_validate_json(_content(told)).sentences
    assert [s.rests_on for s in sentences] == [["c1"]]
    assert "fast pacing" in sentences[0].text


async def test_the_planner_chooses(client: AsyncOpenAI) -> None:
    data = to_plan(may_merge=(("c1", "c2"),), signals={"redundant": 1.0})

    told = await _asked(client, data, role="planner", form={"type": "json_object"})

    (step,) = PlannerAnswer.model_validate_json(_content(told)).steps
    assert (step.operation, step.targets) == ("consolidation", ["c1+c2"])


async def test_the_ranker_orders(client: AsyncOpenAI) -> None:
    data = to_order(MYSTERY, SPACE, instruction="a space opera")

    told = await _asked(client, data, role="ranker")

    assert RankerAnswer.model_validate_json(_content(told)).order == ["k2", "k1"]


async def test_to_any_other_prompt_it_says_that_it_is_no_language_model(
    client: AsyncOpenAI,
) -> None:
    told = await client.chat.completions.create(
        model="gpt", messages=[{"role": "user", "content": "Write a poem."}]
    )

    assert _content(told) == WHAT_THIS_IS
    (model,) = (await client.models.list()).data
    assert model.id == told.model == "credence-dev"
    assert "no language model" in model.model_dump()["description"]


async def _streamed(client: AsyncOpenAI, **more: Any) -> list[ChatCompletionChunk]:
    stream = await client.chat.completions.create(
        model="credence-dev",
        messages=[
            {"role": "system", "content": "Role: extractor"},
            {"role": "user", "content": document(EXTRACTION)},
        ],
        stream=True,
        **more,
    )
    return [chunk async for chunk in stream]


async def test_a_stream_has_the_same_text_and_ends_with_what_it_cost(client: AsyncOpenAI) -> None:
    whole = await _asked(client, EXTRACTION, role="extractor")

    chunks = await _streamed(client, stream_options={"include_usage": True})

    *spoken, last = chunks
    assert "".join(c.choices[0].delta.content or "" for c in spoken) == _content(whole)
    assert [c.choices[0].finish_reason for c in spoken][-2:] == [None, "stop"]
    assert len(spoken) > 3
    assert last.choices == []
    assert last.usage is not None
    assert whole.usage is not None
    assert last.usage.completion_tokens == whole.usage.completion_tokens
    assert {c.id for c in chunks} == {last.id}


async def test_a_stream_tells_its_cost_only_where_asked(client: AsyncOpenAI) -> None:
    assert all(chunk.usage is None for chunk in await _streamed(client))


async def test_usage_is_counted_in_bytes_and_a_shared_beginning_is_cached(
    client: AsyncOpenAI,
) -> None:
    first = await _asked(client, EXTRACTION, role="extractor")
    again = await _asked(client, EXTRACTION, role="extractor")
    other = await _asked(client, to_write(), role="synthesizer")

    assert first.usage and again.usage and other.usage
    size = len(_content(first).encode())
    assert first.usage.completion_tokens == -(-size // 4)
    assert first.usage.total_tokens == first.usage.prompt_tokens + first.usage.completion_tokens
    details = [told.usage and told.usage.prompt_tokens_details for told in (first, again, other)]
    cached = [detail.cached_tokens for detail in details if detail]
    assert cached[0] == cached[2] == 0
    assert cached[1] in (again.usage.prompt_tokens, again.usage.prompt_tokens - 1)


async def test_an_answer_longer_than_the_most_is_cut_off(client: AsyncOpenAI) -> None:
    whole = await _asked(client, EXTRACTION, role="extractor")

    cut = await _asked(client, EXTRACTION, role="extractor", max_completion_tokens=5)

    assert cut.choices[0].finish_reason == "length"
    assert cut.choices[0].message.content == _content(whole)[:20]


async def test_a_key_is_needed_where_there_is_one(brain: Brain) -> None:
    async with listening(build_app(brain, key=SecretStr("hunter2"))) as url:
        async with _client(url, key="wrong") as client:
            with pytest.raises(AuthenticationError):
                await _asked(client, EXTRACTION, role="extractor")
            with pytest.raises(AuthenticationError):
                await client.models.list()
        async with _client(url, key="hunter2") as client:
            assert _content(await _asked(client, EXTRACTION, role="extractor"))
        async with caller(url) as bare:
            assert (await bare.get("/health")).json()["status"] == "live"


@pytest.mark.parametrize("refused", ["json_schema", "json_object"])
async def test_a_format_may_be_refused_as_weak_servers_do(brain: Brain, refused: str) -> None:
    forms = {"json_schema": _schema("extractor", ExtractorAnswer)}
    forms["json_object"] = {"type": "json_object"}
    taken = next(form for name, form in forms.items() if name != refused)
    app = build_app(brain, manners=Manners(refused_formats=frozenset({refused})))

    async with listening(app) as url, _client(url) as client:
        with pytest.raises(BadRequestError, match=refused):
            await _asked(client, EXTRACTION, role="extractor", form=forms[refused])
        assert _content(await _asked(client, EXTRACTION, role="extractor", form=taken))
        assert _content(await _asked(client, EXTRACTION, role="extractor"))


@pytest.mark.parametrize("body", [b"{", b"{}", json.dumps({"model": "m", "messages": []}).encode()])
async def test_a_request_of_another_form_is_refused_as_openai_does(url: str, body: bytes) -> None:
    async with caller(url) as bare:
        headers = {"Content-Type": "application/json"}
        told = await bare.post("/v1/chat/completions", content=body, headers=headers)

    assert told.status_code == 400
    assert told.json()["error"]["type"] == "invalid_request_error"


async def test_figures_count_calls_by_role_and_fault_until_they_are_reset(
    client: AsyncOpenAI, url: str
) -> None:
    told = await _asked(client, EXTRACTION, role="extractor")
    await _asked(client, EXTRACTION, role="extractor", extra_headers={"X-Dev-Fault": "fenced"})
    await client.chat.completions.create(model="m", messages=[{"role": "user", "content": "Hello"}])

    before = await stats(url)
    await forget(url)
    after = await stats(url)

    assert before["calls"] == 3
    assert before["by_role"] == {"extractor": {"fenced": 1, "none": 1}, "other": {"none": 1}}
    assert told.usage is not None
    assert before["tokens"]["in"] > 2 * told.usage.prompt_tokens
    assert before["tokens"]["cached"] > 0
    assert before["tokens"]["out"] > 2 * told.usage.completion_tokens
    assert after == {"calls": 0, "by_role": {}, "tokens": {"in": 0, "cached": 0, "out": 0}}
