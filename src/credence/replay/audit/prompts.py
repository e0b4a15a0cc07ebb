"""5. A prompt that claims patterns were found when memory is empty."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from credence.replay.audit.evidence import Evidence
from credence.replay.audit.finding import Finding, Mistake
from credence.replay.errors import MalformedData
from credence.replay.runner.folder import FinishedRun, system_file

PROMPTS = "prompts"  # {"user_id", "memory": entries shown, "prompt": all of its text} a line
_MISTAKE = Mistake(5, "no prompt claims to know a person it knows nothing of")
_CLAIM = re.compile(
    r"(?<!\bno )(?<!any )\b(patterns?|habits?) "
    r"(were |was |have been |has been )?(found|identified|observed|detected)"
    r"|\b(based on|according to|given|considering) (your|their|the user'?s|this person'?s|his|her)"
    r" (known |past |previous |earlier |long-term )?(preferences|tastes?|histor(y|ies)|behaviou?r)"
    r"|(?<!\bno )(?<!any )\b(learned|learnt|remembered|identified) "
    r"(preferences|patterns|tastes|habits)"
    r"|\b(often|usually|always|tends to|consistently) (likes?|prefers?|chooses?|enjoys?|picks?)\b",
    re.IGNORECASE,
)


def prompts(evidence: Evidence) -> Finding:
    """Prompts about people without a memory hold none of the phrases that claim one."""
    run = evidence.run
    if run is None:
        return _MISTAKE.out_of_place("no run was given")
    asked = sorted(s for s, records in run.records.items() if any(r.tokens_in for r in records))
    logged = {system: path for system in run.records if (path := _log(run, system)).is_file()}
    silent = [system for system in asked if system not in logged]
    if not logged and not silent:
        return _MISTAKE.out_of_place("no system of this run asks a language model")
    blank = [
        (user_id, prompt)
        for path in logged.values()
        for user_id, memory, prompt in _logged(path, evidence)
        if not memory
    ]
    claiming = [user_id for user_id, prompt in blank if _CLAIM.search(prompt)]
    if claiming:
        return _MISTAKE.made(f"{len(claiming)} of {len(blank)} prompts without memory", claiming)
    if silent:
        return _MISTAKE.noted(f"no prompts were kept of {', '.join(silent)}")
    return _MISTAKE.absent(f"{len(blank)} prompts without memory claim none")


def _log(run: FinishedRun, system: str) -> Path:
    return run.folder / PROMPTS / f"{system_file(system)}.jsonl"


def _logged(path: Path, evidence: Evidence) -> Iterator[tuple[str, int, str]]:
    """Person, entries of memory and text of each prompt; the history is the memory by default."""
    text = path.read_text(encoding="utf-8", errors="surrogatepass")
    for number, line in enumerate(text.split("\n"), start=1):
        if not line:
            continue
        try:
            row = json.loads(line)
            user_id, prompt = str(row["user_id"]), str(row["prompt"])
            person = evidence.people.get(user_id)
            history = 0 if person is None else len(person.history)
            yield user_id, int(row.get("memory", history)), prompt
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise MalformedData(
                f"{path}, line {number}: no prompt with user_id and prompt ({error!r}); delete the "
                "file to do without this check, or run the exam again"
            ) from error
