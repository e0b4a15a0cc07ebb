"""How a belief, planner runs and recommendations look on a terminal; plain when piped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from credence.cli.output import harmless, section

Body = Mapping[str, Any]  # JSON as the API answers it
_HALF = 8  # cells of a strength bar on each side of its middle
_EXCERPT = 32  # characters of a person's own words, or of a title
_LEAST = {"when": 10, "action": 8, "strength": 2 * _HALF + 1}  # columns that must not shrink


def belief_view(belief: Body, *, console: Console, most: int | None = None) -> RenderableType:
    """The three tiers of one person, with at most so many of the chunks, strongest first."""
    pending = belief["pending"]
    waiting = f", {pending} pending event{'s' * (pending > 1)}" if pending else ""
    profile = belief["profile"]
    narrative = (
        harmless(profile["narrative"]) if profile else "not written yet: too little is known"
    )
    chunks = sorted(belief["chunks"], key=lambda c: (-abs(c["strength"]), c["chunk_id"]))
    return Group(
        section(
            f"1  Event memory: the latest {len(belief['events'])} events",
            _events(belief["events"]),
            console=console,
        ),
        section(
            f"2  Preference memory: {len(chunks)} beliefs, revision {belief['revision']}{waiting}",
            _chunks(chunks, most),
            console=console,
        ),
        section("3  Profile memory", Text(narrative), console=console),
    )


def runs_view(runs: Sequence[Body], *, console: Console) -> RenderableType:
    """What the planner did and why, the latest first."""
    table = _table("when", "outcome", "operations", "why", "took")
    for run in runs:
        table.add_row(
            _moment(run["started_at"]),
            run["outcome"],
            ", ".join(run["operations"]) or "none",
            harmless(run["reason"]),
            f"{run['duration_ms']:.0f} ms",
        )
    return section("What the planner did and why", table, console=console)


def recommendation_view(made: Body, *, title: str, console: Console) -> RenderableType:
    """The list, each item with what raised and what lowered it, and how the list was routed."""
    rows: list[RenderableType] = []
    routing = made.get("routing") or {}
    parts = {part["item_id"]: part for part in routing.get("items", ())}
    for item in made["items"]:
        rows.append(
            Text.assemble(
                (f"{item['rank']:>2}  ", "dim"),
                (harmless(item["title"]), "bold"),
                (f"  {item['item_id']}  {item['score']:.2f}", "dim"),
            )
        )
        if item["item_id"] in parts:
            rows.append(_parts(parts[item["item_id"]]))
        rows += [_reason(reason) for reason in item["reasons"]]
    if not rows:
        rows.append(Text("nothing fits: no item passes the filters, or the catalogue is empty"))
    flags = f"; flags: {', '.join(made['flags'])}" if made["flags"] else ""
    rows.append(
        Text(
            f"{made['pool']} candidates ranked by {made['ranker']}; changes in nats{flags}",
            style="dim",
        )
    )
    if routing:
        rows.append(_routing(routing))
    return section(title, Group(*rows), console=console)


def bar(strength: float) -> str:
    """Strength in [-1, 1] as a bar that grows left for dislike and right for like."""
    cells = min(_HALF, round(abs(strength) * _HALF))
    empty, full = "·" * (_HALF - cells), "█" * cells
    blank = "·" * _HALF
    return f"{empty}{full}│{blank}" if strength < 0 else f"{blank}│{full}{empty}"


def _events(events: Sequence[Body]) -> RenderableType:
    if not events:
        return Text("nothing has been recorded")
    table = _table("when", "action", "rating", "item", "words")
    for event in events:
        rating = event["rating"]
        table.add_row(
            _moment(event["occurred_at"])[:10],
            event["action"],
            "" if rating is None else f"{rating:g}",
            _excerpt(event.get("title") or event["item_id"] or ""),
            _excerpt(event["text"]),
        )
    return table


def _chunks(chunks: Sequence[Body], most: int | None) -> RenderableType:
    if not chunks:
        return Text("nothing is believed yet")
    table = _table("strength", "", "sure", "belief", "kind", "for", "against")
    for chunk in chunks[:most]:
        strength = chunk["strength"]
        pin = " (pinned)" if chunk["pinned"] else ""
        table.add_row(
            Text(bar(strength), style="red" if strength < 0 else "green"),
            f"{strength:+z.2f}",
            f"{chunk['confidence']:.0%}",
            harmless(chunk["statement"]) + pin,
            harmless(chunk["category"]),
            str(chunk["supporting"]),
            str(chunk["contradicting"]),
        )
    if most is None or len(chunks) <= most:
        return table
    return Group(table, Text(f"and {len(chunks) - most} weaker ones", style="dim"))


def _parts(part: Body) -> Text:
    said = f"expert {part['expert_score']:.2f}, complement {part['complement_score']:.2f}"
    if part.get("heeded") is not None:
        said += f", heeded {part['heeded']:+.2f}"
    return Text(f"      {said}", style="dim")


def _routing(routing: Body) -> Text:
    weights = sorted(routing["weights"].items(), key=lambda one: (-one[1], one[0]))
    shares = ", ".join(f"{harmless(name)} {share:.0%}" for name, share in weights)
    alpha = routing["alpha"]
    steered = "" if alpha is None else f"; the reward model steers with alpha {alpha:.2f}"
    by = f"by {harmless(routing['model'])} " if routing.get("model") else ""
    return Text(
        f"routed {by}to the expert {harmless(routing['expert'])} ({shares}); "
        f"the complement's share is {routing['complement_share']:.0%}{steered}",
        style="dim",
    )


def _reason(reason: Body) -> Text:
    raised = reason["direction"] == "up"
    return Text.assemble(
        "      ",
        ("raised  " if raised else "lowered ", "green" if raised else "red"),
        f"{reason['change']:+.3f}  ",
        harmless(reason["text"]),
    )


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim", show_edge=False)
    for heading in headings:
        if heading in {"why", "belief", "operations", "item", "words"}:
            table.add_column(heading, overflow="fold")
        else:
            table.add_column(heading, no_wrap=True, min_width=_LEAST.get(heading, len(heading)))
    return table


def _moment(iso: str) -> str:
    return iso[:16].replace("T", " ")


def _excerpt(text: str) -> str:
    line = harmless(text)
    return line if len(line) <= _EXCERPT else line[: _EXCERPT - 1].rstrip() + "…"
