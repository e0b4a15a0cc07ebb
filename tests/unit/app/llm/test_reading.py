"""Answers in what models write, the worst of it included."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credence.app.adapters.llm.completion import (
    Completion,
    NoCompletion,
    paired,
    parsed_completion,
)
from credence.app.adapters.llm.found_json import objects_in, whole_object, without_thoughts
from credence.app.adapters.llm.reading import Reader, Unreadable
from credence.planner.llm.answers import RankerAnswer

READER = Reader(RankerAnswer)
SLOW = {
    "braces": "{" * 500_000,
    "starts": '{"' * 300_000,
    "keys": '{"a":' * 150_000,
    "lists": '{"a":[' * 150_000,
    "spaces": "{" + " " * 900_000,
    "many spaces": ("{" + " " * 100) * 9_000,
    "thoughts": "<think>" * 120_000,
    "ends": "</think>" * 120_000,
    "fences": "```" * 300_000,
    "open list": '{"a":[' + '{"":1},' * 120_000,
}


def completion(text: str, *, cut: bool = False) -> Completion:
    return Completion(text=text, cut=cut, refused=False, usage=None)


@pytest.mark.parametrize("text", SLOW.values(), ids=SLOW)
def test_text_made_to_be_slow_is_given_up(text: str) -> None:
    with pytest.raises(Unreadable):
        READER.read(completion(text))


def test_an_answer_after_much_that_only_looks_like_json_is_found() -> None:
    text = "a set such as {x} or {\n  y}, " * 5_000 + '{"order": ["a"]}'
    assert READER.read(completion(text)).order == ["a"]


def test_a_mark_of_a_thought_inside_of_an_answer_is_part_of_it() -> None:
    text = '```json\n{"order": ["<think>"]}\n```'
    assert READER.read(completion(text)).order == ["<think>"]


def test_a_closed_thought_is_never_the_answer() -> None:
    with pytest.raises(Unreadable):
        READER.read(completion('<think>{"order": ["a"]}</think> {"order": "none"}'))


def test_a_cut_answer_counts_if_it_is_whole() -> None:
    assert READER.read(completion('{"order": ["a"]}\n\n\n', cut=True)).order == ["a"]


def test_an_object_of_one_wrong_key_is_told_by_its_own_fault() -> None:
    with pytest.raises(Unreadable) as unreadable:
        READER.read(completion('{"order": "a"}'))
    assert unreadable.value.faults == ("order: Input should be a valid array",)
    assert not unreadable.value.formless


def test_missing_fields_look_as_if_the_form_had_not_been_told() -> None:
    with pytest.raises(Unreadable) as unreadable:
        READER.read(completion('{"labels": ["a"], "why": "b"}'))
    assert unreadable.value.formless


@given(st.text(alphabet='{}[]":,<>/thinka1`\n \\', max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    whole_object(text)
    objects_in(text)
    without_thoughts(text)
    try:
        READER.read(completion(text))
    except Unreadable as unreadable:
        assert unreadable.faults


@given(st.binary(max_size=200))
def test_any_bytes_are_a_completion_or_none(body: bytes) -> None:
    for sent in (body, b'{"choices":[{"message":{"content":"' + body + b'"}}]}'):
        try:
            completion = parsed_completion(sent)
        except NoCompletion:
            continue
        assert isinstance(completion.text, str)
        assert completion.text.encode().decode() == completion.text  # and can be stored


def test_whole_pairs_of_surrogates_stay() -> None:
    assert paired("a\ud83d\ude00\ud83d") == "a\U0001f600\ufffd"
