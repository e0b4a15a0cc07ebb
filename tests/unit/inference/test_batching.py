from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from credence.inference import encoder as encoder_module
from credence.inference.encoder import BatchingEncoder, EncoderClosed

SLICE = 32


class GatedEncoder:
    """Rows that tell the texts apart; a pass waits for the gate and notes what it was given."""

    name = "gated"
    dimension = 2

    def __init__(self, *, is_open: bool = True) -> None:
        self.passes: list[list[str]] = []
        self.gate = threading.Event()
        self.begun = threading.Event()
        if is_open:
            self.gate.set()

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.passes.append(list(texts))
        self.begun.set()
        self.gate.wait(10)
        if "bad" in texts:
            raise ValueError("no vector for this")
        return np.array([row(text) for text in texts], dtype=np.float32)


def row(text: str) -> list[float]:
    return [float(len(text)), float(sum(map(ord, text)))]


async def busy(fake: GatedEncoder, batching: BatchingEncoder) -> asyncio.Task[NDArray[np.float32]]:
    """A pass that has begun and waits for the gate."""
    task = asyncio.create_task(batching.embed(["first"]))
    await asyncio.to_thread(fake.begun.wait, 10)
    return task


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_bulk_work_is_served_while_short_requests_never_cease() -> None:
    fake = GatedEncoder()
    batching = BatchingEncoder(fake)
    stop = asyncio.Event()

    async def keep_asking(who: int) -> None:
        while not stop.is_set():
            await batching.embed([f"short {who}"] * 20)  # no two go in one pass: some always wait

    callers = [asyncio.create_task(keep_asking(who)) for who in range(8)]
    await asyncio.sleep(0.01)
    before = len(fake.passes)
    try:
        rows = await asyncio.wait_for(batching.embed_bulk(["bulk"] * 3 * SLICE), timeout=60)
    finally:
        passes = fake.passes[before : len(fake.passes)]
        stop.set()
        await asyncio.gather(*callers)

    kinds = [texts[0].split()[0] for texts in passes]
    last_bulk = max(at for at, kind in enumerate(kinds) if kind == "bulk")
    assert rows.shape == (3 * SLICE, 2)
    assert last_bulk <= 7  # every second pass is bulk, but for the one under way
    batching.close()


async def test_a_short_request_waits_for_one_slice_of_bulk_work() -> None:
    fake = GatedEncoder(is_open=False)
    batching = BatchingEncoder(fake)
    bulk = asyncio.create_task(batching.embed_bulk(["bulk"] * 4 * SLICE))
    await asyncio.to_thread(fake.begun.wait, 10)
    short = asyncio.create_task(batching.embed(["short"]))
    await settled()
    fake.gate.set()
    await asyncio.gather(bulk, short)

    assert [texts[0] for texts in fake.passes] == ["bulk", "short", "bulk", "bulk", "bulk"]
    batching.close()


@pytest.mark.parametrize("count", [0, 1, SLICE, SLICE + 1, 5 * SLICE + 3])
async def test_each_text_gets_its_own_row_and_no_pass_exceeds_a_slice(count: int) -> None:
    fake = GatedEncoder()
    batching = BatchingEncoder(fake)
    texts = [f"text {number}" for number in range(count)]

    for asked in (batching.embed, batching.embed_bulk, batching.embed_phrases):
        rows = await asked(texts)
        assert rows.tolist() == [row(text) for text in texts]
        assert rows.shape == (count, 2)
    assert all(len(texts) <= SLICE for texts in fake.passes)
    batching.close()


async def test_what_waits_together_goes_in_one_pass() -> None:
    fake = GatedEncoder(is_open=False)
    batching = BatchingEncoder(fake)
    first = await busy(fake, batching)
    others = [asyncio.create_task(batching.embed([f"caller {n}"])) for n in range(8)]
    await settled()
    fake.gate.set()
    rows = await asyncio.gather(*others)
    await first

    assert len(fake.passes) == 2
    assert [found.tolist() for found in rows] == [[row(f"caller {n}")] for n in range(8)]
    batching.close()


async def test_requests_whose_caller_went_away_are_not_encoded() -> None:
    fake = GatedEncoder(is_open=False)
    batching = BatchingEncoder(fake)
    first = await busy(fake, batching)
    gone = asyncio.create_task(batching.embed_bulk(["gone"] * 3 * SLICE))
    stays = asyncio.create_task(batching.embed_bulk(["stays"]))
    await settled()
    gone.cancel()
    await asyncio.gather(gone, return_exceptions=True)
    fake.gate.set()
    await asyncio.gather(first, stays)

    assert fake.passes == [["first"], ["stays"]]
    batching.close()


async def test_a_failing_pass_fails_for_its_callers_alone_and_leaves_nothing_unretrieved() -> None:
    gc.collect()  # what other tests have left complains now
    await settled()
    complaints: list[object] = []
    loop = asyncio.get_running_loop()
    handler = loop.get_exception_handler()
    loop.set_exception_handler(lambda _, context: complaints.append(context))
    fake = GatedEncoder(is_open=False)
    batching = BatchingEncoder(fake)
    first = await busy(fake, batching)
    short = asyncio.create_task(batching.embed(["fine"]))
    bulk = asyncio.create_task(batching.embed_bulk(["bad"] * 3 * SLICE))
    later = asyncio.create_task(batching.embed_bulk(["later"]))
    await settled()
    fake.gate.set()
    with pytest.raises(ValueError, match="no vector"):
        await bulk
    rows = await asyncio.gather(first, short, later)
    del bulk
    gc.collect()
    await settled()
    loop.set_exception_handler(handler)

    assert [found.tolist() for found in rows] == [[row("first")], [row("fine")], [row("later")]]
    assert sum("bad" in texts for texts in fake.passes) == 1  # the rest of a failed request is moot
    assert complaints == []
    batching.close()


async def test_closing_fails_those_who_wait_and_those_who_come() -> None:
    fake = GatedEncoder(is_open=False)
    batching = BatchingEncoder(fake)
    first = await busy(fake, batching)
    waiting = [
        asyncio.create_task(batching.embed(["waits"])),
        asyncio.create_task(batching.embed_bulk(["waits"] * 2 * SLICE)),
        asyncio.create_task(batching.embed_phrases(["waits"])),
    ]
    await settled()
    fake.gate.set()
    batching.close()

    assert (await asyncio.wait_for(first, 5)).tolist() == [row("first")]
    for task in waiting:
        with pytest.raises(EncoderClosed, match="was closed"):
            await asyncio.wait_for(task, 5)
    with pytest.raises(EncoderClosed):
        await batching.embed(["late"])


async def test_a_phrase_forgotten_while_others_are_encoded_still_gets_its_row(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(encoder_module, "_REMEMBERED", 4)
    fake = GatedEncoder()
    batching = BatchingEncoder(fake)
    await batching.embed_phrases(["known"])
    fake.gate.clear()
    fake.begun.clear()
    crowd = asyncio.create_task(batching.embed_phrases([f"other {n}" for n in range(6)]))
    await settled()
    asked = asyncio.create_task(batching.embed_phrases(["known", "new", "known"]))
    await settled()
    fake.gate.set()
    await crowd

    assert (await asked).tolist() == [row("known"), row("new"), row("known")]
    batching.close()


async def test_phrases_in_use_outlive_older_ones_that_nobody_asks_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(encoder_module, "_REMEMBERED", 3)
    fake = GatedEncoder()
    batching = BatchingEncoder(fake)
    for phrases in (["topic", "idle", "third"], ["topic"], ["fourth"]):
        await batching.embed_phrases(phrases)
    fake.passes.clear()

    await batching.embed_phrases(["topic"])
    assert fake.passes == []
    await batching.embed_phrases(["idle"])
    assert fake.passes == [["idle"]]
    batching.close()


async def test_remembered_rows_hold_neither_the_batch_nor_the_words() -> None:
    batching = BatchingEncoder(GatedEncoder())
    answer = await batching.embed_phrases(["one", "two", "three"])
    answer[:] = 0  # the answer is the caller's own

    kept = batching._remembered
    assert all(held.base is None for held in kept.values())
    assert not {"one", b"one"} & set(kept)
    assert (await batching.embed_phrases(["two"])).tolist() == [row("two")]
    batching.close()
