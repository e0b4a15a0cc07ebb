"""What a model is told in each step: files with a version in their names."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from credence.planner.llm.asking import Prompt

_STRANGER = (
    "Nothing is known of this person so far: the data holds no history and no profile of them. Go "
    "by what they ask for, and where they ask for nothing by what most people would like."
)


@cache
def told(version: str, *, stranger: bool = False) -> Prompt:
    """The prompt of this version; for a stranger it says that nothing is known of them."""
    path = files("credence.replay.asking.prompts").joinpath(f"{version}.md")
    text = path.read_text("utf-8").strip()
    if stranger:
        return Prompt(version=f"{version}-stranger", text=f"{text}\n{_STRANGER}")
    return Prompt(version=version, text=text)
