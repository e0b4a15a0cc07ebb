"""`credence replay data`: recorded people checked, converted to Parquet, fetched."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from credence.cli.options import Json
from credence.cli.output import harmless, print_json, results, working
from credence.cli.refusals import Unusable, refusals

if TYPE_CHECKING:
    from credence.replay.data.convert import Converted

_FAILED = 1  # exit code: the data was read, and something about it is not as it should be
_NAMED = 5  # people at fault that are printed; JSON has them all


def data(
    folder: Annotated[
        Path, typer.Argument(help="Folder of a domain in InstructRec form, or of several.")
    ],
    *,
    out: Annotated[
        Path | None,
        typer.Option(help="Write the domains there as Parquet; a new folder.", show_default=False),
    ] = None,
    download: Annotated[
        list[str] | None,
        typer.Option(
            help="First fetch books, movietv, reads or yelp of the release into the folder; may be "
            "given several times.",
            show_default=False,
        ),
    ] = None,
    link: Annotated[
        str | None,
        typer.Option(
            "--from", help="Google Drive folder to fetch from.", show_default="the release's own"
        ),
    ] = None,
    without_broken: Annotated[
        bool, typer.Option("--without-broken", help="Convert without people who make no exam.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Read recorded people, check all that an exam rests on, and convert them to Parquet."""
    with refusals():
        from credence.replay.data.convert import read_all
        from credence.replay.data.download import download as fetch
        from credence.replay.data.release import LINK, PEOPLE

        if link is not None and not download:
            raise Unusable("--from says where to fetch from", fix="name a domain with --download")
        for domain in download or []:
            with working(f"fetching {harmless(domain)}"):
                fetch(domain, folder, link=link or LINK)
        with working("reading"):
            found = read_all(folder, out=out, without_broken=without_broken)
    missing = sorted(set(PEOPLE) - {one.checked.domain.name for one in found})
    if as_json:
        print_json({"domains": [_as_json(one) for one in found], "not_here": missing})
    else:
        for one in found:
            _show(one)
        if missing:
            results().print(
                f"of the release not here: {', '.join(missing)} (--download fetches them; {LINK})",
                soft_wrap=True,
            )
    if not all(one.checked.passed for one in found):
        raise typer.Exit(_FAILED)


def _as_json(one: Converted) -> dict[str, Any]:
    domain = one.checked.domain
    return {
        "domain": domain.name,
        "folder": str(one.folder),
        "people": len(domain.people),
        "items": len(domain.items),
        "interactions": _interactions(one),
        "left_out": [broken.user_id for broken in one.checked.broken],
        "passed": one.checked.passed,
        "findings": [
            {
                "check": finding.check,
                "passed": finding.passed,
                "says": finding.says,
                "people": list(finding.people),
            }
            for finding in one.checked.findings
        ],
        "out": None if one.out is None else str(one.out),
    }


def _show(one: Converted) -> None:
    domain, console = one.checked.domain, results()
    console.print(
        Text(
            f"{harmless(domain.name)}: {len(domain.people):,} people, {len(domain.items):,} items, "
            f"{_interactions(one):,} interactions",
            style="bold",
        )
    )
    for finding in one.checked.findings:
        mark = ("  ok    ", "green") if finding.passed else ("  FAILS ", "bold red")
        line = Text.assemble(mark, f"{finding.check}: {harmless(finding.says)}")
        console.print(line, soft_wrap=True)
        if not finding.passed and finding.people:
            named = ", ".join(harmless(person) for person in finding.people[:_NAMED])
            more = len(finding.people) - _NAMED
            console.print(Text(f"        {named}{f' and {more} more' if more > 0 else ''}"))
    if one.out is not None:
        console.print(Text(f"  written to {harmless(str(one.out))}"), soft_wrap=True)


def _interactions(one: Converted) -> int:
    return sum(len(person.history) for person in one.checked.domain.people)
