"""Beside the answers: what a reader of the report has to know of people and items."""

from __future__ import annotations

import json
from collections import Counter

from credence.replay.exam.leaks import leaks_of
from credence.replay.exam.paper import FrozenExam
from credence.replay.figures.facts import FACTS_FILE, PersonFacts
from credence.replay.runner.folder import ITEMS
from credence.replay.systems.system import Material


def write_facts(exam: FrozenExam, material: Material) -> None:
    """Facts of those who sit the exam, and the titles of all items they have to do with."""
    people = {person.user_id: person for person in material.encoded.domain.people}
    counts = Counter(
        item for story in material.donors.values() for item in {done.item_id for done in story}
    )
    lines, shown = [], set()
    for paper in exam.papers:
        person = people[paper.user_id]
        facts = PersonFacts(
            user_id=paper.user_id,
            history=len(person.history),
            popularity=counts[paper.target],
            leak=tuple(
                leak.value
                for leak in leaks_of(
                    person, paper.candidates, items=material.items, instructed=exam.instructed
                )
            ),
            instruction=person.instruction if exam.instructed else None,
        )
        lines.append(facts.line() + "\n")
        shown |= {*paper.candidates, *(done.item_id for done in person.history)}
    titles = {item_id: material.items[item_id].title for item_id in sorted(shown)}
    (material.folder / FACTS_FILE).write_text(
        "".join(lines), encoding="utf-8", errors="surrogatepass"
    )
    (material.folder / ITEMS).write_text(
        json.dumps(titles, ensure_ascii=False, indent=1) + "\n",
        encoding="utf-8",
        errors="surrogatepass",
    )
