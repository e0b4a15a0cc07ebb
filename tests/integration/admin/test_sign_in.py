"""Who gets in, how, for how long, and who does not."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import httpx
import psycopg
import pytest
import pytest_asyncio
from pydantic import SecretStr

from credence.app.admin.passwords import hashed
from credence.app.admin.sessions import LINK_LASTS, make_link, open_session
from credence.app.bootstrap import Application, assemble
from credence.app.clock import utc_now
from credence.app.main import create_app_around
from credence.app.settings import Settings
from credence.inference.encoder import SentenceEncoder

PASSWORD = "correct horse battery"
PEOPLE = "/admin/t/default/people"


@pytest.fixture
def settings() -> Settings:
    return Settings(_env_file=None, worker=False, admin_password=SecretStr(PASSWORD))  # type: ignore[call-arg]


@pytest_asyncio.fixture
async def browser(application: Application) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(create_app_around(application))
    async with httpx.AsyncClient(transport=transport, base_url="http://credence") as made:
        yield made


async def entered(browser: httpx.AsyncClient, password: str, **fields: str) -> httpx.Response:
    form = {"who": "eve", "password": password, **fields}
    return await browser.post("/admin/sign-in", data=form)


@asynccontextmanager
async def serving(
    settings: Settings, database: str, encoder: SentenceEncoder
) -> AsyncIterator[httpx.AsyncClient]:
    """A browser in front of an application with other settings."""
    app = assemble(settings, database, encoder)
    transport = httpx.ASGITransport(create_app_around(app))
    async with httpx.AsyncClient(transport=transport, base_url="http://credence") as browser:
        yield browser
    await app.close()


async def test_pages_send_whoever_is_not_signed_in_to_the_form_and_back(
    browser: httpx.AsyncClient,
) -> None:
    away = await browser.get(f"{PEOPLE}?order=id")
    assert away.status_code == 303
    form = await browser.get(away.headers["location"])
    assert 'name="next" value="/admin/t/default/people?order=id"' in form.text

    back = await entered(browser, PASSWORD, next=f"{PEOPLE}?order=id")
    assert (back.status_code, back.headers["location"]) == (303, f"{PEOPLE}?order=id")
    page = await browser.get(back.headers["location"])
    assert page.status_code == 200
    assert "eve" in page.text


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.example/", "//evil.example/", "/admin//evil.example", "/admin/\\evil", "x"],
)
async def test_signing_in_leads_to_no_other_site(
    browser: httpx.AsyncClient, elsewhere: str
) -> None:
    answer = await entered(browser, PASSWORD, next=elsewhere)

    assert (answer.status_code, answer.headers["location"]) == (303, "/admin/")


async def test_a_wrong_password_opens_nothing_and_is_not_shown(browser: httpx.AsyncClient) -> None:
    answer = await entered(browser, "wrong-guess")

    assert answer.status_code == 403
    assert "That is not the password" in answer.text
    assert "wrong-guess" not in answer.text
    assert "set-cookie" not in answer.headers


async def test_the_hash_of_a_password_does_in_its_place(
    database: str, encoder: SentenceEncoder
) -> None:
    chosen = Settings(
        _env_file=None,  # type: ignore[call-arg]
        worker=False,
        admin_password=SecretStr(hashed(PASSWORD)),
    )
    async with serving(chosen, database, encoder) as browser:
        assert (await entered(browser, hashed(PASSWORD))).status_code == 403
        assert (await entered(browser, PASSWORD)).status_code == 303


async def test_guessing_is_stopped_after_ten_tries_a_minute(browser: httpx.AsyncClient) -> None:
    answers = [await entered(browser, f"guess {i}") for i in range(10)]
    assert {answer.status_code for answer in answers} == {403}

    stopped = await entered(browser, PASSWORD)

    assert stopped.status_code == 429
    assert stopped.headers["retry-after"] == "60"


async def test_the_cookie_is_out_of_reach_and_its_token_is_stored_nowhere(
    browser: httpx.AsyncClient, database: str
) -> None:
    answer = await entered(browser, PASSWORD)
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Path=/admin" in cookie
    token = browser.cookies["credence_admin"]

    with psycopg.connect(database.replace("+psycopg", "")) as connection:
        rows = connection.execute("SELECT * FROM sign_ins").fetchall()
    assert len(rows) == 1
    assert token not in str(rows)
    assert token.encode() not in bytes(rows[0][0])


async def test_over_https_the_cookie_stays_there(application: Application) -> None:
    transport = httpx.ASGITransport(create_app_around(application))
    async with httpx.AsyncClient(transport=transport, base_url="https://credence") as browser:
        assert "Secure" in (await entered(browser, PASSWORD)).headers["set-cookie"]


async def test_signing_out_ends_the_session_for_every_copy_of_its_cookie(
    browser: httpx.AsyncClient,
) -> None:
    await entered(browser, PASSWORD)
    copied = browser.cookies["credence_admin"]
    page = (await browser.get(PEOPLE)).text
    found = re.search(r'name="csrf" value="([0-9a-f]+)"', page)
    assert found is not None

    left = await browser.post("/admin/sign-out", data={"csrf": found.group(1)})

    assert left.status_code == 303
    browser.cookies.set("credence_admin", copied)
    assert (await browser.get(PEOPLE)).status_code == 303


async def test_signing_out_needs_the_token_of_the_session(browser: httpx.AsyncClient) -> None:
    await entered(browser, PASSWORD)

    assert (await browser.post("/admin/sign-out")).status_code == 403
    assert (await browser.get(PEOPLE)).status_code == 200


async def test_a_session_ends_by_itself(
    browser: httpx.AsyncClient, application: Application
) -> None:
    long_ago = utc_now() - timedelta(hours=13)
    token = await open_session(
        "eve", engine=application.engine, now=long_ago, lasts=timedelta(hours=12)
    )
    browser.cookies.set("credence_admin", token)

    assert (await browser.get(PEOPLE)).status_code == 303


@pytest.mark.parametrize(
    ("form", "page"),
    [
        ("/@ada/chunks/3/reword", "/@ada/chunks/3#acts"),
        ("/@ada%20%25/revisions/2/undo", "/@ada%20%25?revision=2"),
        ("/@ada/erase", "/@ada/data"),
    ],
)
async def test_a_form_sent_after_the_session_ended_leads_back_to_its_page_and_says_so(
    browser: httpx.AsyncClient, form: str, page: str
) -> None:
    away = await browser.post(f"{PEOPLE}{form}", data={"reason": "asked by mail"})
    door = await browser.get(away.headers["location"])
    back = await entered(browser, PASSWORD, next=f"{PEOPLE}{page}")

    assert away.status_code == 303
    assert "You were signed out, and nothing was changed." in door.text
    assert f'name="next" value="{PEOPLE}{page}"' in door.text
    assert back.headers["location"] == f"{PEOPLE}{page}"


async def test_a_page_that_was_looked_at_too_late_says_nothing_of_a_form(
    browser: httpx.AsyncClient,
) -> None:
    away = await browser.get(PEOPLE)

    assert "signed out" not in (await browser.get(away.headers["location"])).text


async def test_a_link_signs_in_once_however_often_it_is_followed_at_a_time(
    application: Application,
) -> None:
    token = await make_link("mallory & co", engine=application.engine, now=utc_now())
    app = create_app_around(application)

    async def follow() -> int:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://credence") as browser:
            answer = await browser.post("/admin/sign-in/link", data={"token": token})
            return answer.status_code

    assert sorted(await asyncio.gather(*(follow() for _ in range(5)))) == [303, 403, 403, 403, 403]


async def test_looking_at_a_link_shows_a_button_and_spends_nothing(
    browser: httpx.AsyncClient, application: Application
) -> None:
    token = await make_link("mallory <b>& co", engine=application.engine, now=utc_now())

    looked = [await browser.get(f"/admin/sign-in/link?token={token}") for _ in range(2)]
    without = await browser.get(PEOPLE)
    foreign = await browser.post(
        "/admin/sign-in/link", data={"token": token}, headers={"origin": "https://evil.example"}
    )
    entered = await browser.post("/admin/sign-in/link", data={"token": token})

    for page in looked:
        assert page.status_code == 200
        assert "set-cookie" not in page.headers
        assert "mallory &lt;b&gt;&amp; co" in page.text
        assert f'name="token" value="{token}"' in page.text
        assert 'method="post" action="/admin/sign-in/link"' in page.text
    assert (without.status_code, foreign.status_code) == (303, 403)
    assert (entered.status_code, entered.headers["location"]) == (303, "/admin/")
    assert (await browser.get(PEOPLE)).status_code == 200


async def test_a_link_lasts_a_quarter_of_an_hour(
    browser: httpx.AsyncClient, application: Application
) -> None:
    before = utc_now() - LINK_LASTS
    token = await make_link("eve", engine=application.engine, now=before)

    looked = await browser.get(f"/admin/sign-in/link?token={token}")
    entered = await browser.post("/admin/sign-in/link", data={"token": token})

    for answer in (looked, entered):
        assert answer.status_code == 403
        assert "expired" in answer.text


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site", "origin": "https://evil.example"},
        {"sec-fetch-site": "same-site", "origin": "http://sibling.credence"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
    ],
)
async def test_forms_of_other_sites_are_refused_the_form_for_signing_in_too(
    browser: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    form = {"who": "eve", "password": PASSWORD}
    answer = await browser.post("/admin/sign-in", data=form, headers=headers)

    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("path", ["/admin/sign-in", PEOPLE, "/admin/nothing", "/admin/t/no/people"])
async def test_every_answer_forbids_what_browsers_need_not_do(
    browser: httpx.AsyncClient, path: str
) -> None:
    await entered(browser, PASSWORD)
    headers = (await browser.get(path)).headers

    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert headers["x-frame-options"] == "DENY"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"


async def test_static_files_are_kept_for_ever_under_addresses_that_change_with_them(
    browser: httpx.AsyncClient,
) -> None:
    page = (await browser.get("/admin/sign-in")).text
    address = re.search(r'href="(/admin/static/[0-9a-f]+/admin.css)"', page)
    assert address is not None
    answer = await browser.get(address.group(1))

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/css")
    assert "immutable" in answer.headers["cache-control"]
    other = re.sub(r"/static/[0-9a-f]+/", "/static/0123456789abcdef/", address.group(1))
    assert (await browser.get(other)).status_code == 404


async def test_unknown_tenants_and_pages_are_told_in_a_page(browser: httpx.AsyncClient) -> None:
    await entered(browser, PASSWORD)
    nobody = await browser.get("/admin/t/<script>alert(1)<%2Fscript>/people")
    missing = await browser.get("/admin/t/default/nothing")

    assert (nobody.status_code, missing.status_code) == (404, 404)
    assert "<script>alert" not in nobody.text
    assert "There is no such page" in missing.text


async def test_the_api_needs_its_key_though_the_pages_do_not(
    database: str, encoder: SentenceEncoder
) -> None:
    chosen = Settings(
        _env_file=None,  # type: ignore[call-arg]
        worker=False,
        api_keys={SecretStr("k"): "acme"},
        admin_password=SecretStr(PASSWORD),
    )
    async with serving(chosen, database, encoder) as browser:
        assert (await browser.get("/v1/users")).status_code == 401
        await entered(browser, PASSWORD)
        assert (await browser.get("/v1/users")).status_code == 401  # the cookie is none
        assert (await browser.get("/admin/t/acme/people")).status_code == 200
        assert (await browser.get(PEOPLE)).status_code == 404  # no such tenant here


async def test_without_a_password_the_form_says_how_to_get_in(
    database: str, encoder: SentenceEncoder
) -> None:
    chosen = Settings(_env_file=None, worker=False)  # type: ignore[call-arg]
    async with serving(chosen, database, encoder) as browser:
        form = await browser.get("/admin/sign-in")
        assert "credence admin link" in form.text
        assert 'name="password"' not in form.text
        assert (await entered(browser, "")).status_code == 403
