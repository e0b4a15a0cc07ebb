"""The report of people followed step by step."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from credence.assets.charts import charting_library
from credence.replay.asking.spent import Spent
from credence.replay.bootstrap import Interval
from credence.replay.evolving.figures.found import Found, found
from credence.replay.evolving.figures.tables import tables
from credence.replay.evolving.figures.writing import as_document
from credence.replay.evolving.folder import Study
from credence.replay.report.walks import walk_html
from credence.replay.shown.walked import evolving_of
from tests.unit.replay.evolving.test_calibration import a_claim, a_look
from tests.unit.replay.evolving.walks import a_step, a_study, a_walk

NEVER, FIXED, ADAPTIVE = "credence:never", "credence:fixed-3", "credence"
TOOK = Spent(calls=2, tokens_in=1_200, tokens_out=34, cost=0.25, fallbacks=1)
_KINDS = {"bars", "frontier", "forest", "course", "stacked", "reliability"}


def walked(*, spliced: bool = False, believing: bool = True, **changes: object) -> Study:
    splice = 6 if spliced else None
    ranks = {NEVER: [2, 4, 9, 2, 1, 3], FIXED: [1, 4, 6, 2, 1, 2], ADAPTIVE: [1, 3, 9, 1, 1, 2]}
    looks = (a_look(a_claim(0.3, 2, 1), a_claim(-0.4, 0, 1, chunk=2, confidence=0.8)),)
    return a_study(
        {
            system: [
                replace(
                    a_walk(user, of, splice=splice, operations=number),
                    believed=looks if believing and system != NEVER else (),
                )
                for user in "abc"
            ]
            for number, (system, of) in enumerate(ranks.items())
        },
        spliced=spliced,
        **changes,
    )


@pytest.fixture(scope="module")
def figures() -> Found:
    return found(walked(spliced=True))


def body(html: str) -> str:
    return html[html.index("<body>") : html.index('<script type="application/json"')]


def data(html: str) -> dict[str, Any]:
    drawn = re.search(r'<script type="application/json" id="data">(.*?)</script>', html, re.DOTALL)
    assert drawn is not None
    parts: dict[str, Any] = json.loads(drawn[1])["parts"]
    return parts


def test_it_opens_from_disk_and_admits_its_own_scripts_alone(figures: Found) -> None:
    html = walk_html(figures)

    admitted = re.findall(r"sha256-([A-Za-z0-9+/=]+)", html[: html.index("<title>")])
    scripts = re.findall(r"<script>(.*?)</script>", html, flags=re.DOTALL)
    digests = [base64.b64encode(hashlib.sha256(s.encode()).digest()).decode() for s in scripts]
    assert digests == admitted
    assert "default-src 'none'" in html
    page = html.replace(charting_library(), "")
    assert not re.search(r"(?:src|href)=[\"'](?!#)", page)
    assert not re.search(r"url\(|@import|fetch\(|XMLHttpRequest", page)


def test_every_chart_has_a_kind_that_is_drawn_and_data_of_its_own(figures: Found) -> None:
    html = walk_html(figures)

    charts = re.findall(r'data-chart="(\w+)" data-key="(\w+)"', body(html))
    assert {kind for kind, _ in charts} == _KINDS | {"change"}
    assert {key for _, key in charts} <= data(html).keys()
    for kind in {kind for kind, _ in charts}:
        assert re.search(rf"(function {kind}\(|const {kind} = )", html)


def test_what_the_charts_show_stands_in_tables(figures: Found) -> None:
    text = body(walk_html(figures))

    def told(value: Interval, way: str) -> str:
        if way == "plain":
            return f"{value.low:.3f}–{value.high:.3f}"
        return f"{value.low:+.3f} to {value.high:+.3f}".replace("-", "−")

    levels = [*figures.quality.values(), *figures.over_time.values(), *figures.before.values()]
    levels.append(tuple(one.level for of in figures.after.values() for one in of))
    plain = [level.value for of in levels for level in of]
    plain += [point.value for point in figures.frontier]
    signed = [one.value for one in figures.differences]
    for one in figures.calibration.values():
        for part in one.parts:
            plain += [
                part.error,
                *(score.brier for score in part.scores if "third" not in part.part),
            ]
            signed += [part.bias, *(b.interval for b in part.bins if b.interval is not None)]
    assert len(plain) > 30
    assert all(told(value, "plain") in text for value in plain)
    assert all(told(value, "signed") in text for value in signed)


def test_what_was_run_is_told(figures: Found) -> None:
    text, made = body(walk_html(figures)), figures.manifest

    for said in (made.command, made.commit, made.questions_sha256, made.others, made.started_at):
        assert f"{said}</" in text
    assert "0 of timelines, candidates and ties; 0 of resamples" in text


@pytest.mark.parametrize(("commit", "warned"), [("abc", False), ("abc-dirty-12", True), ("", True)])
def test_walks_of_code_that_is_no_commit_carry_a_banner(commit: str, warned: bool) -> None:
    text = body(walk_html(found(walked(commit=commit))))

    assert ("cannot be repeated exactly" in text) is warned


@pytest.mark.parametrize("stand_in", [False, True])
def test_answers_of_the_development_server_carry_a_banner(stand_in: bool) -> None:
    text = body(walk_html(found(walked(plumbing_only=stand_in))))

    assert ("mean nothing here" in text) is stand_in


@pytest.mark.parametrize("made_up", [False, True])
def test_walks_of_simulated_people_carry_a_banner(made_up: bool) -> None:
    figures = found(walked(simulated=made_up))

    assert ("people are simulated" in body(walk_html(figures))) is made_up
    assert ("people are simulated" in tables(figures)) is made_up
    assert evolving_of(as_document(figures)).simulated is made_up


def test_what_models_took_is_told_and_drawn_where_any_is_asked(figures: Found) -> None:
    asked = a_study(
        {
            "credence:llm-policy": [a_walk(user, [1, 2], spent=TOOK) for user in "ab"],
            NEVER: [a_walk(user, [2, 3]) for user in "ab"],
        }
    )

    html, without = walk_html(found(asked)), walk_html(figures)

    assert 'data-chart="frontier" data-key="tokens"' in body(html)
    price = data(html)["tokens"]["price"]
    assert price["values"] == {"credence:llm-policy": 1_234.0, NEVER: 0.0}
    assert price["frontier"]["HR@1"] == [NEVER, "credence:llm-policy"]
    assert "<td>1,200</td><td>34</td><td>0.2500</td><td>2</td>" in body(html)
    assert "tokens" not in data(without)
    assert "tokens" not in body(without)


def test_a_models_policy_is_among_those_drawn_at_first() -> None:
    names = (ADAPTIVE, "credence:fixed-1", FIXED, NEVER, "credence:llm-policy")
    study = a_study({name: [a_walk(user, [1, 2]) for user in "ab"] for name in names})

    chosen = data(walk_html(found(study)))["walk"]["chosen"]

    assert chosen == [ADAPTIVE, "credence:llm-policy", FIXED]


def test_without_a_change_there_is_no_page_of_one(figures: Found) -> None:
    real, spliced = body(walk_html(found(walked()))), body(walk_html(figures))

    assert 'id="change"' in spliced
    assert 'href="#change"' in spliced
    assert "Nobody’s taste changed like this" in spliced
    assert "#change" not in real
    assert 'id="change"' not in real
    assert "Nobody’s taste changed like this" not in real
    for html in (real, spliced):
        assert ("Looks after the change are left out" in html) is (html is spliced)
        links = re.findall(r'<li><a href="#([a-z]+)">', html)
        assert links == re.findall(r'class="page" id="([a-z]+)"', html)


def test_beliefs_that_were_not_kept_are_said_to_be_missing() -> None:
    html = walk_html(found(walked(believing=False)))

    assert "Not measured" in body(html)
    assert "reliability" not in data(html)


def test_of_every_system_it_is_told_what_any_look_changed_and_an_operation_only_once() -> None:
    looked = a_step(1, looked=("extraction",), unlooked=3)
    walks = [replace(a_walk(user, []), steps=(looked,)) for user in "ab"]

    text = body(walk_html(found(a_study({ADAPTIVE: walks, FIXED: walks}))))

    [table] = re.findall(r'aria-label="Places moved through a look">(.*?)</table>', text, re.DOTALL)
    rows = re.findall(r"<bdi>([^<]+)</bdi></th><td class=.text.><bdi>([^<]+)</bdi>", table)
    assert rows == [(ADAPTIVE, "any"), (FIXED, "any")]


def test_one_system_alone_makes_a_report() -> None:
    study = a_study({NEVER: [a_walk(user, [1, 3]) for user in "ab"]})

    assert "Each person against themselves" not in body(walk_html(found(study)))


def test_the_same_figures_give_the_same_bytes(figures: Found, tmp_path: Path) -> None:
    assert walk_html(figures) == walk_html(found(walked(spliced=True)))
