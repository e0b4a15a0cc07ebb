"""From the text of a completion to an answer of the form asked for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Generic

from pydantic import ValidationError

from credence.app.adapters.llm.completion import Completion, paired
from credence.app.adapters.llm.found_json import (
    Object,
    objects_in,
    whole_object,
    without_thoughts,
)
from credence.planner.llm.asking import AnswerT

_MOST_FAULTS = 10
_MOST_TRIED = 20  # objects in one text, the last ones


class Unreadable(Exception):
    """A completion holds no answer of the form asked for."""

    def __init__(self, why: str, *, faults: tuple[str, ...] = (), formless: bool = False) -> None:
        super().__init__(why)
        self.why = why  # in our words alone
        self.faults = faults or (why,)  # for the model; they may name what it wrote
        self.formless = formless  # as if the model had not been given the form


def unbegun() -> Unreadable:
    """All tokens that an answer may have were spent before it began."""
    return Unreadable(
        "it was cut off before it began; a model that reasons first needs more "
        "CREDENCE_LLM_REASONING_TOKENS",
        faults=("it was cut off before it began; reason less",),
    )


class Reader(Generic[AnswerT]):
    """Reads completions as answers of one form."""

    def __init__(self, form: type[AnswerT]) -> None:
        self._form = form

    def read(self, completion: Completion) -> AnswerT:
        """The answer that the completion holds; of several, the last. Raises Unreadable.

        An answer that was cut off counts only if it is whole.
        """
        if not completion.text.strip():
            if completion.cut:
                raise unbegun()
            raise Unreadable("it was empty")
        if completion.cut:
            return self._whole(completion.text)
        missed: Unreadable | None = None
        for objects in _views(completion.text):
            for one in reversed(objects[-_MOST_TRIED:]):
                try:
                    return self._valid(one)
                except Unreadable as unreadable:
                    missed = missed or unreadable
        raise missed or Unreadable("it held no JSON object", formless=True)

    def _whole(self, text: str) -> AnswerT:
        whole = whole_object(text)
        if whole is None:
            raise Unreadable("it was cut off for its length; it must be briefer")
        return self._valid(whole)

    def _valid(self, found: Object) -> AnswerT:
        """The object as an answer; one inside a single key, such as the form's name, counts."""
        try:
            return self._form.model_validate_json(_dumped(found))
        except ValidationError as error:
            inner = next(iter(found.values())) if len(found) == 1 else None
            if not isinstance(inner, dict):
                raise _of_another_form(error) from error
        try:
            return self._form.model_validate_json(_dumped(inner))
        except ValidationError as error:
            raise _of_another_form(error) from error


def _views(text: str) -> Iterator[list[Object]]:
    """The objects in a text, from the surest reading of it to the boldest."""
    whole = whole_object(text)
    if whole is not None:
        yield [whole]
        return
    spoken, thought = without_thoughts(text)
    yield objects_in(spoken)
    yield objects_in(thought)


def _dumped(found: Object) -> str:
    try:
        return paired(json.dumps(found, ensure_ascii=False, allow_nan=False))
    except ValueError as error:
        raise Unreadable("it held a number too large") from error
    except RecursionError as error:
        raise Unreadable("it was nested too deeply") from error


def _of_another_form(error: ValidationError) -> Unreadable:
    wrong = error.errors(include_url=False, include_context=False, include_input=False)
    return Unreadable(
        "it was of another form",
        faults=tuple(
            f"{'.'.join(map(str, one['loc'])) or 'the answer'}: {one['msg']}"
            for one in wrong[:_MOST_FAULTS]
        ),
        formless=any(one["type"] == "missing" for one in wrong),
    )
