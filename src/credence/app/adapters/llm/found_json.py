"""JSON objects in what a model wrote around them."""

from __future__ import annotations

import json
import re
from typing import Any

Object = dict[str, Any]

_START = re.compile(r'\{\s*["}]')
_THOUGHT = re.compile(r"<(/?)(?:think|thinking|thought|reasoning)>", re.IGNORECASE)
_MOST_EFFORT = 20_000_000  # characters looked at; text made to be slow to read is given up


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")


# Weak models put line breaks into strings: strict=False takes them.
_DECODER = json.JSONDecoder(parse_constant=_no_number, strict=False)


def whole_object(text: str) -> Object | None:
    """The object that the text is, but for white space and a markdown fence around it."""
    text = text.strip()
    if text.startswith("```"):
        text = text.partition("\n")[2].removesuffix("```").strip()
    try:
        value, end = _DECODER.raw_decode(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) and end == len(text) else None


def objects_in(text: str) -> list[Object]:
    """The objects that stand in the text, in order, without those inside of others.

    Takes time in proportion to the text, however it is made.
    """
    found: list[Object] = []
    effort, at = _MOST_EFFORT, 0
    while effort > 0 and (start := _START.search(text, at)) is not None:
        try:
            value, at = _DECODER.raw_decode(text, start.start())
        except json.JSONDecodeError as error:
            effort -= error.pos  # counting lines for the error looks at all before it
            at = start.start() + 1
        except (ValueError, RecursionError):
            effort -= len(text)
            at = start.start() + 1
        else:
            found.append(value)
    return found


def without_thoughts(text: str) -> tuple[str, str]:
    """What stands outside of thoughts, and what a thought without an end holds.

    An end without a beginning ends a thought that the chat template began.
    """
    outside: list[str] = []
    at, thinking = 0, False
    for tag in _THOUGHT.finditer(text):
        if tag[1]:
            if not thinking:
                outside.clear()
            at, thinking = tag.end(), False
        elif not thinking:
            outside.append(text[at : tag.start()])
            at, thinking = tag.end(), True
    if thinking:
        return "".join(outside), text[at:]
    return "".join([*outside, text[at:]]), ""
