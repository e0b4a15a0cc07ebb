"""Data in a prompt: one JSON document between two marks that nothing inside can imitate."""

from __future__ import annotations

import json
import re
import unicodedata

from pydantic import BaseModel

OPENS, CLOSES = "<data>", "</data>"

# What looks like an angle bracket to a reader or, after a server's normalisation, to a tokenizer.
_BRACKETS = str.maketrans(
    dict.fromkeys("‹〈⟨〈＜﹤≺❮❬⧼˂ᐸ", "<")
    | dict.fromkeys("›〉⟩〉＞﹥≻❯❭⧽˃ᐳ", ">")
    | dict.fromkeys("［﹇⁅", "[")
    | dict.fromkeys("］﹈⁆", "]")
)
# Invisible, though no category says so: variation selectors, fillers, the grapheme joiner.
_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
# Marks of chat templates that are not angle brackets.
_TEMPLATE = re.compile(
    r"\[/?(?:INST|SYS|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_(?:CALLS|RESULTS|CONTENT)|IMG)\]",
    re.IGNORECASE,
)
_KEPT = frozenset("\n\t")


def document(model: BaseModel) -> str:
    """The user message that carries this data.

    Every angle bracket inside is written as a JSON escape, so no text can close the fence, open
    another one, or spell a token of a chat template; a reader of the JSON loses nothing.
    """
    body = json.dumps(model.model_dump(mode="json", exclude_none=True), ensure_ascii=False)
    return f"{OPENS}\n{escaped(body)}\n{CLOSES}"


def escaped(text: str) -> str:
    """With every angle bracket as a JSON escape."""
    return text.replace("<", "\\u003c").replace(">", "\\u003e")


def read_document(message: str) -> str | None:
    """The JSON of the last document in a message, or None if it has none."""
    end = message.rfind(CLOSES)
    start = message.rfind(OPENS, 0, max(end, 0))
    return message[start + len(OPENS) : end] if start >= 0 else None


def words(text: str, *, most: int) -> str:
    """A person's or a catalogue's words as data: bounded, and without what hides or imitates.

    Left out are control characters, invisible and direction-changing ones; look-alikes of angle
    brackets become angle brackets, which `document` escapes.
    """
    text = _UNSEEN.sub("", text[: 4 * most]).translate(_BRACKETS)
    if not text.isprintable():
        text = "".join(one for one in text if one in _KEPT or unicodedata.category(one)[0] != "C")
    seen = " ".join(_TEMPLATE.sub(" ", text).split())
    return seen if len(seen) <= most else seen[: most - 1].rstrip() + "…"
