"""The prompts of the roles, as files with a version in their names."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from credence.planner.llm.asking import Prompt, Role

_IN_USE = {
    Role.PLANNER: "planner-1",
    Role.EXTRACTOR: "extractor-1",
    Role.SYNTHESIZER: "synthesizer-1",
    Role.RANKER: "ranker-1",
}


@cache
def prompt_of(role: Role) -> Prompt:
    """The prompt in use for this role; its first line names the role."""
    return _read(_IN_USE[role])


@cache
def shared_prompt() -> Prompt:
    """The extractor's, for several people at once."""
    return _read("extractors-1")


@cache
def labels_prompt() -> Prompt:
    """The ranker's, where its answer is one label's token and not a text."""
    return _read("labels-1")


@cache
def explanation_prompt() -> Prompt:
    """Of whoever tells why an item was put to somebody, whose answer is a plain text."""
    return _read("explanation-1")


def _read(version: str) -> Prompt:
    path = files("credence.planner.llm.prompts").joinpath(f"{version}.md")
    return Prompt(version=version, text=path.read_text("utf-8").strip())
