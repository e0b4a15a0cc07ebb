"""What is known of each person beside their answers, for breakdowns."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from credence.replay.errors import MalformedData

FACTS_FILE = "people.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonFacts:
    """One person of an exam, as seen by somebody who knows the answer."""

    user_id: str
    history: int  # events before the target
    popularity: int  # how many donors' histories hold the target
    leak: tuple[str, ...]  # how the question gives the target away, in words; empty: it does not
    instruction: str | None = None  # as the person was asked; for the report

    def line(self) -> str:
        """The facts as one line, the same bytes for the same facts."""
        row = {name: getattr(self, name) for name in self.__slots__}
        return json.dumps(row | {"leak": list(self.leak)}, sort_keys=True, ensure_ascii=False)


def read_facts(folder: Path) -> Mapping[str, PersonFacts] | None:
    """Facts by person; None where the run was made without.

    Raises MalformedData, with the line at fault.
    """
    path = folder / FACTS_FILE
    if not path.is_file():
        return None
    lines = path.read_text(encoding="utf-8", errors="surrogatepass").split("\n")
    facts = [_fact(path, n, line) for n, line in enumerate(lines, start=1) if line.strip()]
    return {fact.user_id: fact for fact in facts}


def _fact(path: Path, number: int, line: str) -> PersonFacts:
    try:
        row: dict[str, Any] = json.loads(line)
        return PersonFacts(
            user_id=str(row["user_id"]),
            history=int(row["history"]),
            popularity=int(row["popularity"]),
            leak=tuple(str(one) for one in row["leak"]),
            instruction=None if row.get("instruction") is None else str(row["instruction"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise MalformedData(
            f"{path}, line {number}: no facts about a person ({error!r}); delete the file to do "
            "without breakdowns, or run the exam again"
        ) from error
