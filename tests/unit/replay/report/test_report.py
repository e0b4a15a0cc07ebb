"""The report as a file: what stands in it, and that it needs nothing else."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from pathlib import Path

import pytest

from credence.assets.charts import charting_library
from credence.replay.errors import MalformedData
from credence.replay.exam.paper import FrozenExam, Negatives
from credence.replay.figures.draws import count_draws
from credence.replay.figures.errors import UnknownSystem
from credence.replay.figures.exam import count_exams
from credence.replay.metrics.measures import telling
from credence.replay.published import WARNING
from credence.replay.report.views import exam_views, standings
from credence.replay.report.write import write_report
from credence.replay.runner.folder import FinishedRun
from tests.unit.replay.figures.runs import (
    a_run,
    an_exam,
    answers,
    ranked,
    some_facts,
    write_beside,
)


def _run(
    folder: Path, *, domain: str = "reads", negatives: Negatives = Negatives.RELEASED, **more: bool
) -> FinishedRun:
    exam = an_exam(people=25, domain=domain, negatives=negatives)
    records = {
        name: answers(exam, skill=number, seed=number)
        for number, name in enumerate(("random", "bm25", "credence"))
    }
    times = {
        name: {p.user_id: 0.01 * (n + 1) for p in exam.papers} for n, name in enumerate(records)
    }
    return a_run(exam, records, folder=folder, seconds=times, **more)


def _html(runs: list[FinishedRun], out: Path, *, against: str | None = None) -> str:
    counted = count_exams(runs)
    write_report(counted, count_draws(counted), out, against=against)
    return out.read_text(encoding="utf-8")


def _body(html: str) -> str:
    return html[html.index("<body>") : html.index('<script type="application/json"')]


def test_the_report_asks_nothing_of_any_network(tmp_path: Path) -> None:
    html = _html([_run(tmp_path)], tmp_path / "r.html")

    assert "default-src 'none'" in html
    page = html.replace(charting_library(), "")
    assert not re.search(r"(?:src|href)=[\"'](?!#)", page)
    assert not re.search(r"url\(|@import|fetch\(|XMLHttpRequest", page)


def test_the_policy_admits_the_scripts_of_the_report_and_no_other(tmp_path: Path) -> None:
    html = _html([_run(tmp_path)], tmp_path / "r.html")

    admitted = re.findall(r"sha256-([A-Za-z0-9+/=]+)", html[: html.index("<title>")])
    scripts = re.findall(r"<script>(.*?)</script>", html, flags=re.DOTALL)
    digests = [base64.b64encode(hashlib.sha256(s.encode()).digest()).decode() for s in scripts]
    assert len(scripts) == 2
    assert digests == admitted


def test_everything_in_a_chart_stands_in_a_table(tmp_path: Path) -> None:
    run = _run(tmp_path)
    (one,) = count_exams([run])

    body = _body(_html([run], tmp_path / "r.html"))

    told = telling(run.exam.longest)
    for figure in (figure for figure in one.figures if figure.measure in told):
        value = figure.value
        assert f"{value.low:.3f}–{value.high:.3f}" in body
    for found in one.calibration.values():
        assert all(f"<td>{b.predicted:.3f}</td>" in body for b in found.bins)


def test_what_was_run_is_told(tmp_path: Path) -> None:
    run = _run(tmp_path)

    body = _body(_html([run], tmp_path / "r.html"))

    made = run.manifest
    for said in (made.command, made.commit, run.exam.sha256, made.donors, made.started_at):
        assert said in body
    assert "This run was not audited." in body


def test_an_audit_that_failed_is_seen_at_once(tmp_path: Path) -> None:
    finding = {"number": 3, "name": "no later item", "detail": "two are", "people": ["u1", "u2"]}
    run = replace(_run(tmp_path), audit=({**finding, "outcome": "failed"},))

    body = _body(_html([run], tmp_path / "r.html"))

    assert re.search(r"<dt>failed checks in 1 audited run</dt><dd>1</dd>", body)
    assert "audit: 1 failed" in body
    assert "two are" in body


def test_findings_that_no_audit_wrote_are_refused(tmp_path: Path) -> None:
    run = replace(_run(tmp_path), audit=({"outcome": "splendid"},))

    with pytest.raises(MalformedData, match=r"audit\.json"):
        _html([run], tmp_path / "r.html")


def test_a_run_for_plumbing_carries_a_banner(tmp_path: Path) -> None:
    real, plumbing = (
        _body(_html([_run(tmp_path / str(only), plumbing_only=only)], tmp_path / "r.html"))
        for only in (False, True)
    )

    assert "mean nothing here" not in real
    assert plumbing.count("mean nothing here") == 2  # over the report and over the exam


def test_a_run_of_simulated_people_carries_a_banner(tmp_path: Path) -> None:
    recorded, simulated = (
        _body(_html([_run(tmp_path / str(made_up), simulated=made_up)], tmp_path / "r.html"))
        for made_up in (False, True)
    )

    assert "people are simulated" not in recorded
    assert simulated.count("The people are simulated.") == 1


def test_published_figures_stand_under_their_warning(tmp_path: Path) -> None:
    body = _body(_html([_run(tmp_path)], tmp_path / "r.html"))

    published = body[body.index("What others published") :]
    assert published.index(WARNING) < published.index("MemRec")
    assert "<td>0.611</td>" in published


@pytest.mark.parametrize(
    ("domain", "negatives"), [("films", Negatives.RELEASED), ("reads", Negatives.NEAR)]
)
def test_an_exam_of_another_kind_has_no_published_figures(
    tmp_path: Path, domain: str, negatives: Negatives
) -> None:
    run = _run(tmp_path, domain=domain, negatives=negatives)

    assert "What others published" not in _body(_html([run], tmp_path / "r.html"))


def test_without_facts_the_report_says_that_it_has_no_breakdown(tmp_path: Path) -> None:
    run = _run(tmp_path / "r")
    without = _body(_html([run], tmp_path / "r.html"))
    write_beside(run.folder, facts=some_facts(run.exam))
    with_facts = _body(_html([run], tmp_path / "r.html"))

    assert "no people.jsonl" in without
    assert "no people.jsonl" not in with_facts
    assert "history short" in with_facts


def test_several_exams_have_a_page_and_a_link_each(tmp_path: Path) -> None:
    runs = [
        _run(tmp_path / f"{domain}{negatives}", domain=domain, negatives=negatives)
        for domain in ("reads", "books")
        for negatives in (Negatives.RELEASED, Negatives.NEAR)
    ]

    body = _body(_html(runs, tmp_path / "r.html"))

    links = re.findall(r'<li><a href="#([a-z0-9-]+)">', body)
    pages = re.findall(r'class="page" id="([a-z0-9-]+)"', body)
    assert sorted(links) == sorted(pages)
    assert {f"exam-{n}" for n in (1, 2, 3, 4)} < set(pages)


def test_the_pair_laid_side_by_side_can_be_chosen(tmp_path: Path) -> None:
    run = _run(tmp_path)

    best, chosen = (
        _body(_html([run], tmp_path / "r.html", against=against)) for against in (None, "random")
    )

    assert "Where <bdi>credence</bdi> and <bdi>bm25</bdi> differ most" in best
    assert "Where <bdi>credence</bdi> and <bdi>random</bdi> differ most" in chosen
    with pytest.raises(UnknownSystem):
        _html([run], tmp_path / "r.html", against="nobody")


def test_a_cost_that_is_not_known_is_shown_as_such_and_on_no_frontier(tmp_path: Path) -> None:
    exam = an_exam(people=5)
    records = {
        name: [replace(r, cost=0.125, unpriced=n) for r in answers(exam, skill=1, seed=0)]
        for n, name in enumerate(("priced", "unpriced"))
    }

    body = _body(_html([a_run(exam, records, folder=tmp_path)], tmp_path / "r.html"))

    took = body[body.index("What it took") :]
    rows = {name: took[took.index(f"<bdi>{name}</bdi>") :].split("</tr>")[0] for name in records}
    assert "<td>0.125</td><td>0.625</td>" in rows["priced"]
    assert "<td>yes</td>" in rows["priced"]
    assert '<td class="soft">–</td><td class="soft">–</td>' in rows["unpriced"]
    assert "0.125" not in rows["unpriced"]
    assert "<td>yes</td>" not in rows["unpriced"]


def test_times_are_told_for_what_they_are_and_draw_no_frontier(tmp_path: Path) -> None:
    html = _html([_run(tmp_path)], tmp_path / "r.html")

    assert "10 ms" in _body(html)
    assert "Quality against price" not in _body(html)
    assert "by the clock. Several people are asked at a time" in _body(html)


def test_what_an_order_changes_is_told_from_what_another_seed_does(tmp_path: Path) -> None:
    exams = [an_exam(people=5, order=order) for order in range(2)]
    alone = [replace(exam, seed=0, order_seed=exam.seed or None) for exam in exams]

    def body(told: list[FrozenExam]) -> str:
        runs = [
            a_run(exam, {"a": answers(exam, skill=1, seed=0)}, folder=tmp_path / exam.sha256)
            for exam in told
        ]
        return _body(_html(runs, tmp_path / "r.html"))

    assert "differ in their seed and not in their order seed alone" in body(exams)
    assert "in 2 orders" in body(alone)
    assert "differ in their seed" not in body(alone)
    assert "with another <code>--order-seed</code>" in body(alone[:1])


def test_a_system_alone_makes_a_report_without_differences(tmp_path: Path) -> None:
    exam = an_exam(people=5)
    run = a_run(exam, {"credence": answers(exam, skill=1, seed=0)}, folder=tmp_path)

    body = _body(_html([run], tmp_path / "r.html"))

    assert "differ most" not in body
    assert "Against" not in body


def test_a_system_that_only_failed_makes_a_report(tmp_path: Path) -> None:
    exam = an_exam(people=5)
    run = a_run(
        exam,
        {
            "credence": answers(exam, skill=1, seed=0),
            "llm": answers(exam, skill=0, seed=0, failing=1),
        },
        folder=tmp_path,
    )

    assert "<bdi>llm</bdi>: 5 of 5" in _body(_html([run], tmp_path / "r.html"))


def test_the_same_runs_give_the_same_bytes(tmp_path: Path) -> None:
    run = _run(tmp_path)

    assert _html([run], tmp_path / "a.html") == _html([run], tmp_path / "b.html")


def test_whole_catalogues_are_told_and_judged_by_the_first_ten(tmp_path: Path) -> None:
    exam = an_exam(people=40, length=300, negatives=Negatives.ALL)
    records = {
        "credence:found": ranked(exam, [2 + n % 8 for n in range(40)]),
        "credence": ranked(exam, [12 + n for n in range(40)]),
        "other": ranked(exam, [1, *[200] * 39]),
    }
    run = a_run(exam, records, folder=tmp_path)
    (view,) = exam_views(count_exams([run], reference="credence"), against=None)

    body = _body(_html([run], tmp_path / "r.html"))

    assert view.headlines == ("HR@10", "NDCG@10")
    assert view.by_quality[0] == "credence:found"
    (best, _) = standings([view])
    assert (best.system, best.better) == ("credence:found", {"HR@1": 1, "NDCG@5": 1})
    assert "<option>HR@10</option>" in body
    assert "<summary>HR@10, all" in body
