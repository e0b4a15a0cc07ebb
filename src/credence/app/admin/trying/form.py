"""The form of a try: what was typed, kept as it is, and what it asks for."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Any
from urllib.parse import urlencode

from starlette.datastructures import ImmutableMultiDict

from credence.app.admin.trying.rankers import RANKERS
from credence.app.api.fields import LONGEST_ID
from credence.memory.lifecycle.correction import STRONGEST
from credence.planner.what_if import WhatIf

MOST_CANDIDATES = 200
MOST_SHOWN = 100
LONGEST_INSTRUCTION = 2_000  # characters: it travels in the address
_MOST_ALTERED = 500
_STRENGTH = "strength-"
_NUMBER = re.compile(r"[0-9]{1,9}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a field; `anchor` is the id of its input."""

    anchor: str
    label: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """The fields as they came."""

    instruction: str = ""
    candidates: str = ""
    k: str = "10"
    off: tuple[str, ...] = ()
    strengths: Mapping[str, str] = field(default_factory=dict)  # by what follows "strength-"
    counts: str = "correction"
    ranker: str = ""
    revision: str = ""
    same: bool = False
    find: str = ""
    page: int = 1
    unranked: bool = False  # the beliefs alone are asked for

    @classmethod
    def of(cls, fields: ImmutableMultiDict[str, Any]) -> Typed:
        """Empty fields count as not given; of a field given twice the last one holds.

        The page is one of the beliefs found by certain words: for other words it is the first.
        """
        query = ImmutableMultiDict(
            [(name, value) for name, value in fields.multi_items() if isinstance(value, str)]
        )
        page = query.get("page", "").strip()
        find = _found_by(query.get("find", ""))
        of_these = _found_by(query.get("page_of", find)) == find
        return cls(
            instruction=query.get("instruction", "").replace("\r\n", "\n"),
            candidates=query.get("candidates", "").replace("\r\n", "\n"),
            k=query.get("k", "").strip() or "10",
            off=tuple(dict.fromkeys(one.strip() for one in query.getlist("off") if one.strip())),
            strengths={
                name.removeprefix(_STRENGTH): value.strip()
                for name, value in query.items()
                if name.startswith(_STRENGTH) and value.strip()
            },
            counts="learnt" if query.get("counts") == "learnt" else "correction",
            ranker=query.get("ranker", "").strip(),
            revision=query.get("revision", "").strip(),
            same=bool(query.get("same")),
            find=find,
            page=max(1, int(page)) if of_these and _NUMBER.fullmatch(page) else 1,
            unranked=bool(query.get("unranked")),
        )

    @property
    def altered(self) -> bool:
        """Whether any field asks what if."""
        return bool(self.off or self.strengths or self.ranker or self.revision)

    def query(self, *, altered: bool = True) -> str:
        """The fields that say something, as a query that brings this try back."""
        asked = {
            "instruction": self.instruction,
            "candidates": self.candidates,
            "k": "" if self.k == "10" else self.k,
        }
        pairs = [(name, value) for name, value in asked.items() if value]
        if altered:
            pairs += [("off", one) for one in self.off]
            pairs += [(_STRENGTH + one, value) for one, value in self.strengths.items()]
            if self.strengths and self.counts == "learnt":
                pairs.append(("counts", self.counts))
            changed = {"ranker": self.ranker, "revision": self.revision}
            changed["same"] = "on" if self.same else ""
            pairs += [(name, value) for name, value in changed.items() if value]
        return urlencode(pairs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a form without problems asks for."""

    instruction: str
    candidates: tuple[str, ...] | None
    repeated: int  # lines that named a candidate once more
    k: int
    ranker: str  # "": the one in use
    revision: int | None  # None: the belief as it is
    same: bool


class Reader:
    """Reads fields one by one and gathers what is wrong with them."""

    def __init__(self, typed: Typed) -> None:
        self.typed = typed
        self.problems: list[Problem] = []

    def wanted(self, *, latest: int) -> Wanted:
        """All but what concerns chunks; that needs the belief of the revision asked for."""
        typed = self.typed
        if len(typed.instruction) > LONGEST_INSTRUCTION:
            self._wrong(
                "instruction", "Instruction", f"takes at most {LONGEST_INSTRUCTION:,} characters"
            )
        if "\0" in typed.instruction:
            self._wrong("instruction", "Instruction", "holds a NUL character: remove it")
        lines = [line.strip() for line in typed.candidates.split("\n")]
        named = [line for line in lines if line]
        once = tuple(dict.fromkeys(named))
        if len(named) > MOST_CANDIDATES:
            self._wrong(
                "candidates",
                "Candidates",
                f"takes at most {MOST_CANDIDATES} lines, and {len(named):,} are given; the API "
                "takes up to 1,000",
            )
        elif wrong := [i for i in once if len(i) > LONGEST_ID or _CONTROL.search(i)]:
            self._wrong(
                "candidates",
                "Candidates",
                f"line {named.index(wrong[0]) + 1} is no item id: an id has at most {LONGEST_ID} "
                "characters and no control characters",
            )
        if typed.ranker and typed.ranker not in RANKERS:
            self._wrong("ranker", "Ranker", "is none of those offered")
        return Wanted(
            instruction=typed.instruction.strip(),
            candidates=once or None,
            repeated=len(named) - len(once),
            k=self._whole("k", "How many", typed.k, low=1, high=MOST_SHOWN) or 10,
            ranker=typed.ranker,
            revision=self._whole("revision", "Revision", typed.revision, low=0, high=latest),
            same=typed.same,
        )

    def what_if(self, believed: Callable[[int], bool]) -> WhatIf:
        """What is changed about chunks, of which those that are believed may be."""
        typed = self.typed
        if len(typed.off) + len(typed.strengths) > _MOST_ALTERED:
            self._wrong("beliefs", "Beliefs", f"at most {_MOST_ALTERED} can be changed at once")
            return WhatIf()
        off = [found for one in typed.off if (found := self._chunk(one, "off", believed))]
        strengths = {}
        for one, value in typed.strengths.items():
            chunk_id = self._chunk(one, "strength", believed)
            strength = _decimal(value)
            if strength is None or not -STRONGEST <= strength <= STRONGEST:
                self._wrong(
                    _STRENGTH + one,
                    f"Strength of belief {one[:12]}",
                    f"takes a number from {-STRONGEST:g} (dislike) to {STRONGEST:g} (like), or "
                    "nothing to leave it as it is",
                )
            elif chunk_id is not None:
                strengths[chunk_id] = strength
        return WhatIf(off=frozenset(off), strengths=strengths, stated=typed.counts == "correction")

    def refused(self, anchor: str, message: str) -> None:
        """A refusal that only trying could bring."""
        self._wrong(anchor, _LABELS.get(anchor, "This try"), message)

    def _chunk(self, one: str, prefix: str, believed: Callable[[int], bool]) -> int | None:
        if _NUMBER.fullmatch(one) and believed(int(one)):
            return int(one)
        when = f"at revision {self.typed.revision}" if self.typed.revision else "now"
        self._wrong(
            f"{prefix}-{one}",
            "Switched off" if prefix == "off" else "Strength",
            f"there is no belief {one[:40]!r} of this person {when}: take it out",
        )
        return None

    def _whole(self, name: str, label: str, value: str, *, low: int, high: int) -> int | None:
        if not value:
            return None
        if _NUMBER.fullmatch(value) and low <= int(value) <= high:
            return int(value)
        self._wrong(name, label, f"takes a whole number from {low} to {high}")
        return None

    def _wrong(self, anchor: str, label: str, message: str) -> None:
        self.problems.append(Problem(anchor, label, message))


_LABELS = {"instruction": "Instruction", "candidates": "Candidates", "ranker": "Ranker"}


def _found_by(find: str) -> str:
    return find.strip().replace("\0", "")[:200]


def _decimal(value: str) -> float | None:
    try:
        number = float(value.replace(",", ".").replace("\N{MINUS SIGN}", "-"))
    except ValueError:
        return None
    return number if isfinite(number) else None


def told(problems: Sequence[Problem], most: int = 8) -> tuple[Sequence[Problem], int]:
    """The first few, and how many more there are."""
    return problems[:most], max(0, len(problems) - most)
