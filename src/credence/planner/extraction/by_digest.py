"""What was made of texts, remembered without the texts."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from hashlib import blake2b
from typing import Generic, TypeVar

T = TypeVar("T")


class ByDigest(Generic[T]):
    """A function of a text that remembers its latest answers by a digest of what was asked.

    So no words of a person stay in memory after they were erased, as long as none are in the
    answers. Of these the oldest goes where there would be more than `most`.
    """

    def __init__(self, made_of: Callable[[str], T], *, most: int) -> None:
        self._made_of = made_of
        self._most = most
        self._answers: OrderedDict[bytes, T] = OrderedDict()

    def __call__(self, text: str) -> T:
        key = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        if key in self._answers:
            return self._answers[key]
        answer = self._answers[key] = self._made_of(text)
        if len(self._answers) > self._most:
            self._answers.popitem(last=False)
        return answer
