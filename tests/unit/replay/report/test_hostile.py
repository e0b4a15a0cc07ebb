"""What people wrote is shown as text, wherever it stands in the report."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from credence.replay.evolving.figures.found import found
from credence.replay.figures.draws import count_draws
from credence.replay.figures.exam import count_exams
from credence.replay.figures.facts import PersonFacts
from credence.replay.report.walks import write_walk_report
from credence.replay.report.write import write_report
from tests.unit.replay.evolving.walks import a_step, a_study, a_walk
from tests.unit.replay.figures.runs import a_run, an_exam, answers, failed, redrawn, write_beside

HOSTILE = (
    "<script>alert(1)</script>",
    "</script><script>alert(2)</script>",
    "<!--<script>",
    '"><img src=x onerror=alert(3)>',
    "{{ 7 * 7 }}{% raw %}",
    "\u202eright to left שלום كتاب",
    "\x00\x1b[31m\ud800",
    "x" * 10_000,
)


class _Page(HTMLParser):
    """Elements, attributes and text of a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.links: list[str] = []
        self.ids: list[str] = []
        self.text: list[str] = []
        self.scripts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]
        self.ids += [value or "" for name, value in attrs if name == "id"]

    def handle_data(self, data: str) -> None:
        (self.scripts if self.tags and self.tags[-1] == "script" else self.text).append(data)
        if self.tags and self.tags[-1] == "script":
            self.tags.append("after-script")


def _read(out: Path) -> _Page:
    page = _Page()
    page.feed(out.read_text(encoding="utf-8"))
    page.close()
    return page


def _report(folder: Path, text: str) -> Path:
    """A report in which `text` stands everywhere where a person, a system or a file can put it."""
    exam = an_exam(people=4, domain=text)
    first, *rest = exam.papers
    exam = replace(exam, papers=(replace(first, user_id=text), *rest))
    hostile = [replace(one, operations={text: 1}) for one in answers(exam, skill=3, seed=2)]
    records = {
        "credence": answers(exam, skill=0, seed=1),
        text[:60]: [failed(exam.papers[0], text), *hostile[1:]],  # files are named for systems
    }
    run = a_run(exam, records, folder=folder)
    manifest = replace(
        run.manifest,
        command=text,
        commit=text,
        donors=text,
        versions={text: text},
        settings={text: text},
        started_at=text,
    )
    finding = {"number": 1, "name": text, "outcome": "failed", "detail": text, "people": [text]}
    write_beside(
        folder,
        facts=[
            PersonFacts(
                user_id=paper.user_id, history=1, popularity=1, leak=(text,), instruction=text
            )
            for paper in exam.papers
        ],
        titles={item: text for paper in exam.papers for item in paper.candidates},
        beliefs={"credence": {p.user_id: {"chunks": [{"statement": text}]} for p in exam.papers}},
    )
    drawn = [redrawn(exam, seed=1), replace(exam, seed=2, papers=exam.papers[1:])]
    others = [
        a_run(one, {"credence": answers(one, skill=0, seed=1)}, folder=folder / str(one.seed))
        for one in drawn
    ]
    run = replace(run, manifest=manifest, audit=(finding,))
    counted = count_exams([run, *others], reference="credence")
    out = folder / "report.html"
    write_report(counted, count_draws(counted), out)
    return out


def _walk_report(folder: Path, text: str) -> Path:
    """A report of walks in which `text` stands wherever a file or a command can put it."""
    folder.mkdir()
    walks = [replace(a_walk(f"{text}{n}", [n, 2, 3]), operations={text: 1}) for n in (1, 4)]
    step = a_step(1, looked=(text,), unlooked=2)
    walked = {"credence": [replace(walk, steps=(*walk.steps, step)) for walk in walks]}
    study = a_study(
        walked,
        domain=text,
        command=text,
        commit=text,
        questions_sha256=text,
        data_sha256=text,
        others=text,
        versions={text: text},
        settings={text: text},
        started_at=text,
    )
    return write_walk_report(found(study), folder)


@pytest.mark.parametrize("made", [_report, _walk_report], ids=["exams", "walks"])
@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_adds_no_element_and_no_attribute(
    tmp_path: Path, text: str, made: Callable[[Path, str], Path]
) -> None:
    harmless, hostile = (
        _read(made(tmp_path / name, said))
        for name, said in (("harmless", "quiet words"), ("hostile", text))
    )

    assert hostile.tags == harmless.tags
    assert hostile.attributes == harmless.attributes
    assert hostile.links == harmless.links
    assert "NaN" not in hostile.scripts[0]


@pytest.mark.parametrize("text", HOSTILE[:6], ids=range(6))
def test_hostile_text_is_there_to_be_read(tmp_path: Path, text: str) -> None:
    page = _read(_report(tmp_path / "run", text))

    assert sum(part.count(text) for part in page.text) > 20
    (data, *_scripts) = page.scripts
    assert json.loads(data)["domains"] == [text]


def test_a_text_of_any_length_is_cut_and_says_so(tmp_path: Path) -> None:
    text = "".join(_read(_report(tmp_path / "run", "x" * 10_000)).text)

    assert "x" * 2_001 not in text
    assert "… (9,700 more characters)" in text


def test_text_of_people_stands_in_its_own_direction(tmp_path: Path) -> None:
    html = _report(tmp_path / "run", HOSTILE[5]).read_text(encoding="utf-8")
    body = html[html.index("<body>") : html.index('<script type="application/json"')]

    outside = re.sub(r"<bdi>.*?</bdi>|<pre>.*?</pre>|<code>.*?</code>", "", body, flags=re.DOTALL)

    attributes = re.sub(r'"[^"]*"', "", outside)
    assert HOSTILE[5] not in attributes
