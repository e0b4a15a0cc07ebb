"""Replays as admins see them: listed, opened, side by side, and shut off from everything else."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from credence.app.admin.sessions import make_link
from credence.app.bootstrap import Application
from credence.app.clock import utc_now
from credence.app.main import create_app_around
from credence.replay.shown.reader import ReplayFolder
from tests.unit.replay.figures.runs import an_exam
from tests.unit.replay.shown.studies import an_evolving_study, write_draws, write_study

REPLAYS = "/admin/t/default/replays"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "replay"
    made.mkdir()
    return made


@pytest_asyncio.fixture
async def browser(application: Application, folder: Path) -> AsyncIterator[httpx.AsyncClient]:
    """Signed in at a server that was told where replays lie."""
    app = create_app_around(application, replays=ReplayFolder(folder))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://credence") as made:
        token = await make_link("eve", engine=application.engine, now=utc_now())
        await made.post("/admin/sign-in/link", data={"token": token})
        yield made


async def page(browser: httpx.AsyncClient, path: str = "", **fields: str) -> str:
    answer = await browser.get(REPLAYS + path, params=fields)
    assert answer.status_code == 200, answer.text
    return answer.text


async def test_without_any_it_says_how_to_make_one(browser: httpx.AsyncClient) -> None:
    assert "make replay" in await page(browser)


async def test_a_server_that_was_handed_no_reader_says_so(signed_in: httpx.AsyncClient) -> None:
    assert "shown by <code>credence serve</code>" in await page(signed_in)
    assert (await signed_in.get(f"{REPLAYS}/@x")).status_code == 404
    assert (await signed_in.get(f"{REPLAYS}/@x/report")).status_code == 404
    assert (await signed_in.get(f"{REPLAYS}/compare?left=a&right=b")).status_code == 404


async def test_that_people_are_simulated_is_said_where_it_is_known(
    browser: httpx.AsyncClient, folder: Path
) -> None:
    figures = write_study(folder / "june") / "figures.json"
    recorded = [await page(browser), await page(browser, "/@june")]
    document = json.loads(figures.read_bytes())
    document["exams"][0]["simulated"] = True
    figures.write_text(json.dumps(document), encoding="utf-8")
    simulated = [await page(browser), await page(browser, "/@june")]
    for exam in document["exams"]:
        del exam["simulated"]
    figures.write_text(json.dumps(document), encoding="utf-8")
    older = [await page(browser), await page(browser, "/@june")]

    words = (">simulated people</span>", "Its people are simulated")
    for told in (recorded, older):
        assert not any(said in text for said, text in zip(words, told, strict=True))
    assert all(said in text for said, text in zip(words, simulated, strict=True))


async def test_a_study_is_listed_and_opened_with_its_figures(
    browser: httpx.AsyncClient, folder: Path
) -> None:
    write_study(folder / "june")

    listed, opened = await page(browser), await page(browser, "/@june")

    figures = json.loads((folder / "june" / "figures.json").read_bytes())["exams"][0]["figures"]
    best = next(
        f
        for f in figures
        if (f["system"], f["measure"], f["slice"]) == ("credence", "NDCG@5", "all")
    )
    for text in (listed, opened):
        assert f"{best['mean']:.3f}" in text
        assert f"[{best['low']:.3f}, {best['high']:.3f}]" in text
    assert "0123abc" in listed
    assert "credence replay run --exam films.json" in opened


async def test_a_report_runs_its_own_scripts_and_nothing_else(
    browser: httpx.AsyncClient, folder: Path
) -> None:
    study = write_study(folder / "june")

    answer = await browser.get(f"{REPLAYS}/@june/report")

    assert answer.status_code == 200
    assert answer.content == (study / "report.html").read_bytes()
    policy = dict(
        part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; ")
    )
    named = re.findall(r"'sha256-[^']+'", answer.text[:20_000].replace("&#39;", "'"))
    assert len(named) == 2
    assert policy["script-src"].split() == named
    assert policy["sandbox"] == "allow-scripts"
    assert policy["default-src"] == "'none'"
    assert answer.headers["cross-origin-opener-policy"] == "unsafe-none"


async def test_a_report_that_names_no_policy_may_run_nothing(
    browser: httpx.AsyncClient, folder: Path
) -> None:
    study = write_study(folder / "june")
    (study / "report.html").write_text("<script>alert(1)</script>", encoding="utf-8")

    answer = await browser.get(f"{REPLAYS}/@june/report")

    assert "script-src 'none'" in answer.headers["content-security-policy"]


async def test_nobody_reads_a_report_without_signing_in(
    application: Application, folder: Path
) -> None:
    write_study(folder / "june")
    transport = httpx.ASGITransport(create_app_around(application, replays=ReplayFolder(folder)))
    async with httpx.AsyncClient(transport=transport, base_url="http://credence") as stranger:
        answer = await stranger.get(f"{REPLAYS}/@june/report")

    assert answer.status_code == 303


@pytest.mark.parametrize(
    "name",
    ["..", ".", "%2e%2e", "..%2f..%2fetc", "%2fetc", "june%2f..", "nothing", "%00", "june%2fruns"],
)
async def test_only_listed_names_are_opened(
    browser: httpx.AsyncClient, folder: Path, name: str
) -> None:
    write_study(folder / "june")
    (folder.parent / "report.html").write_text("secret", encoding="utf-8")

    for rest in ("", "/report"):
        answer = await browser.get(f"{REPLAYS}/@{name}{rest}")
        assert answer.status_code == 404
        assert "secret" not in answer.text


async def test_two_systems_of_one_study_are_compared_person_by_person(
    browser: httpx.AsyncClient, folder: Path
) -> None:
    write_study(folder / "june")

    choose = await page(browser, "/compare", left="june", right="june")
    text = await page(
        browser, "/compare", left="june", right="june", ours="credence", theirs="bm25"
    )

    assert "Choose what to compare" in choose
    assert "paired" in text
    assert "the same 20 people sat the same exam" in text
    assert re.search(r'class="chip good">better', text)


async def test_draws_of_one_exam_are_told_apart_by_their_seeds(
    browser: httpx.AsyncClient, folder: Path
) -> None:
    write_study(folder / "alone")
    write_draws(folder / "june", first=an_exam(people=20), seeds=(0, 1, 2))
    write_draws(folder / "july", first=an_exam(people=20, seed=5), seeds=(1, 2))

    listed, opened = await page(browser), await page(browser, "/@june")
    compared = await page(browser, "/compare", left="june", right="july")
    alone = await page(browser, "/@alone")

    assert all(f"with instruction, seed {n}</h2>" in opened for n in (0, 1, 2))
    assert all(f"with instruction, seed {n}</span>" in listed for n in (0, 1, 2))
    assert [f", seed {n}</h2>" in compared for n in (0, 1, 2)] == [False, True, True]
    assert ", seed" not in alone
    path = folder / "june" / "figures.json"
    document = json.loads(path.read_bytes())
    document["exams"][2]["seed"] = 1
    path.write_text(json.dumps(document), encoding="utf-8")
    again = await page(browser, "/@june")
    assert f", seed 1, exam {document['exams'][2]['exam'][:12]}</h2>" in again


async def test_evolving_tastes_are_drawn_and_told_as_a_table(
    browser: httpx.AsyncClient, folder: Path
) -> None:
    an_evolving_study(folder / "moved")

    text = await page(browser, "/@moved")
    other = await page(browser, "/@moved", measure="HR@1")

    assert text.count('<svg class="lines" ') == 2
    assert "NDCG@5 before and after the change" in text
    assert "HR@1 before and after the change" in other
    assert "0.512" in text  # a mean of the table
    assert "6 steps [3, never]" in text
    assert (await browser.get(f"{REPLAYS}/@moved?measure=%3Cb%3E")).status_code == 200


async def test_damaged_and_hostile_folders_are_shown_as_such(
    browser: httpx.AsyncClient, folder: Path
) -> None:
    attack = "<script>alert(1)<bdi> \u202e &amp; %2e"
    broken = folder / attack
    broken.mkdir()
    (broken / "figures.json").write_text('{"exams": [{"title": "<img src=x>"}]}', encoding="utf-8")
    (folder / "cut").mkdir()
    (folder / "cut" / "figures.json").write_text('{"exa', encoding="utf-8")

    text = await page(browser)

    assert text.count("unreadable") == 2
    assert "cut/figures.json is not JSON" in text
    assert "<script>alert" not in text
    link = next(
        one for one in re.findall(r'href="([^"]*/replays/@[^"]*)"', text) if "script" in one
    )
    opened = await browser.get(link)
    assert opened.status_code == 200
    assert "<script>alert" not in opened.text
