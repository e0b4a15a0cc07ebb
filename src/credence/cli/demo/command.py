"""`credence demo`: the whole path on one machine, with nothing to set up."""

from __future__ import annotations

import asyncio
import json
import shlex
import sys
import threading
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich.console import Console
from rich.text import Text

from credence.cli.api import user_path
from credence.cli.options import Json
from credence.cli.output import harmless, notices, print_json, results
from credence.cli.refusals import Unusable, refusals

if TYPE_CHECKING:
    from credence.cli.histories import Histories

_BELIEFS = 20  # of the person that are shown, strongest first
_RUNS = 6  # of the planner that are shown
_K = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the demo shows at its end, as the API answered it, and where it is served."""

    url: str
    database: str
    person: str
    instruction: str
    belief: dict[str, Any]
    runs: list[dict[str, Any]]
    recommendation: dict[str, Any]
    figures: dict[str, Any]


def demo(
    *,
    data: Annotated[
        Path | None,
        typer.Option(
            help="A folder in InstructRec form, in place of the demo's own people.",
            show_default=False,
        ),
    ] = None,
    person: Annotated[
        str | None, typer.Option(help="Whose belief to show.", show_default=False)
    ] = None,
    people: Annotated[int, typer.Option(help="At most so many people of a folder.", min=1)] = 40,
    items: Annotated[int, typer.Option(help="At most so many items of a folder.", min=1)] = 500,
    llm: Annotated[
        Literal["dev"] | None,
        typer.Option(
            help="dev: let the development server, which is no language model, play the planner, "
            "extractor, synthesizer and ranker over HTTP. Without it: the model of the settings, "
            "if any.",
            show_default=False,
        ),
    ] = None,
    serve: Annotated[
        bool | None,
        typer.Option(
            "--serve/--no-serve",
            help="Go on serving at the end, with a link to the admin pages. Left out: if somebody "
            "is looking on.",
            show_default=False,
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Stream people's histories through a real server and show what comes of one of them."""
    with refusals(), ExitStack() as stack:
        from credence.app.settings import Settings

        folder = Settings().data_dir / "demo"
        histories = _histories(data, person, people, items)
        told = _told(stack, folder, histories, person, llm=llm)
        if as_json:
            _print(told, folder)
            return
        _show(told, console=results())
        if sys.stdout.isatty() if serve is None else serve:
            _go_on_serving(told)
        else:
            results().print(_next(told.person, folder), soft_wrap=True)


def _print(told: Told, folder: Path) -> None:
    print_json(
        {
            "person": told.person,
            "instruction": told.instruction,
            "belief": told.belief,
            "planner_runs": told.runs,
            "recommendation": told.recommendation,
            "figures": told.figures,
            "data_dir": str(folder),
        }
    )


def _histories(data: Path | None, person: str | None, people: int, items: int) -> Histories:
    from credence.cli.histories import of_a_folder, of_the_demo

    now = datetime.now(UTC)
    if data is None:
        found = of_the_demo(now)
    else:
        found = of_a_folder(data, now=now, most_people=people, most_items=items, also=person)
    if person is not None and person not in found.people:
        raise Unusable(
            f"there is no person {person!r} in {found.name}",
            fix=f"name one of them, such as {', '.join(found.people[:5])}",
        )
    return found


def _told(
    stack: ExitStack, folder: Path, histories: Histories, person: str | None, *, llm: str | None
) -> Told:
    """Run the demo, whose server stays up until the stack is left. Raises EmbeddedPostgresFailed,
    Unusable."""
    from credence.app.settings import Settings
    from credence.cli.demo.models import dev_models
    from credence.cli.demo.progress import watched
    from credence.cli.demo.server import serving
    from credence.cli.demo.stream import looking_at

    shown = person or (histories.people[0] if histories.name == "demo" else histories.longest)
    console = notices()
    began = time.perf_counter()
    console.print(_opening(histories), soft_wrap=True)
    models = stack.enter_context(dev_models()) if llm == "dev" else None
    url, database = stack.enter_context(serving(folder, models))
    ready = time.perf_counter()
    console.print(f"server ready on {url} after {ready - began:.1f} s")
    look = looking_at(database, check_after=Settings().check_after)
    figures = asyncio.run(watched(url, histories, look, console=console))
    instruction = histories.instructions.get(shown, "")
    belief, runs, made = asyncio.run(_asked(url, shown, instruction))
    figures["seconds"] = {
        "start": round(ready - began, 1),
        **figures["seconds"],
        "all": round(time.perf_counter() - began, 1),
    }
    return Told(
        url=url,
        database=database,
        person=shown,
        instruction=instruction,
        belief=belief,
        runs=runs,
        recommendation=made,
        figures=figures,
    )


async def _asked(
    url: str, person: str, instruction: str
) -> tuple[dict[str, Any], list[dict[str, Any]], dict[str, Any]]:
    """Belief, planner runs and a recommendation, as any client would ask for them.

    The planner is asked for a last look first, so that nothing the person did is left out.
    """
    from credence.cli.api import connected, user_path

    async with connected(url, None, patient=True) as api:
        await api.post(user_path(person, "belief/advance"), {})
        belief = await api.get(user_path(person, "belief"))
        runs = await api.get(user_path(person, "planner-runs"), limit=_RUNS)
        made = await api.post(
            "/v1/recommendations",
            {"user_id": person, "instruction": instruction, "k": _K, "explain": True},
        )
    return belief, list(runs["runs"]), made


def _opening(histories: Histories) -> str:
    line = (
        f"{len(histories.items):,} items, {len(histories.people)} people, "
        f"{len(histories.events):,} events from {histories.name}"
    )
    if histories.people_left_out or histories.items_left_out:
        line += (
            f" (left out: {histories.people_left_out:,} people, "
            f"{histories.items_left_out:,} items; see --people and --items)"
        )
    return line


def _show(told: Told, *, console: Console) -> None:
    from credence.cli.view import belief_view, recommendation_view, runs_view

    seconds = told.figures["seconds"]
    console.print(Text(f"\nWhat is believed of {harmless(told.person)}\n", style="bold"))
    console.print(belief_view(told.belief, console=console, most=_BELIEFS))
    console.print(runs_view(told.runs, console=console))
    title = f'Recommended for "{told.instruction}"' if told.instruction else "Recommended"
    console.print(recommendation_view(told.recommendation, title=harmless(title), console=console))
    console.print(
        Text(
            f"{told.figures['events']} events, {told.figures['planner_runs']} planner runs and "
            f"{told.figures['beliefs']} beliefs in {seconds['all']} s.",
            style="bold",
        )
    )
    if not told.figures["caught_up"]:
        console.print(Text("The planner has not caught up: run `credence doctor`.", style="red"))


def _go_on_serving(told: Told) -> None:
    """Until somebody has seen enough."""
    from credence.cli.admin import made_link

    link = asyncio.run(made_link(told.database, who="demo", url=told.url))
    results().print(
        f"\nSee it in a browser (the link works once; `credence admin link` makes others):\n"
        f"  {link}\n"
        f"The API is described on {told.url}/docs. Ctrl-C ends the demo; its data stays.",
        soft_wrap=True,
    )
    with suppress(KeyboardInterrupt):
        threading.Event().wait()


def _next(person: str, folder: Path) -> str:
    here = "http://127.0.0.1:8000"
    ask = json.dumps({"user_id": person, "instruction": "a surprise", "k": 3, "explain": True})
    return f"""
How to go on
  look around      CREDENCE_DATA_DIR={shlex.quote(str(folder))} make serve
                   then open {here}/docs
  admin pages      CREDENCE_DATA_DIR={shlex.quote(str(folder))} .venv/bin/credence admin link
  ask as a client  curl -s {shlex.quote(here + user_path(person, "belief"))}
                   curl -s {here}/v1/recommendations \\
                     -H 'Content-Type: application/json' -d {shlex.quote(ask)}
  somebody else    make demo PERSON=...
  by models        make demo LLM=dev   (a stand-in; docs/models.md has real ones)
  real people      make demo DATA=folder   (a folder in InstructRec form)"""
