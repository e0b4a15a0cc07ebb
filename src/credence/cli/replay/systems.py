"""`credence replay systems`: what can be compared."""

from __future__ import annotations

from rich.table import Table

from credence.cli.options import Json
from credence.cli.output import print_json, results
from credence.cli.refusals import refusals


def systems(*, as_json: Json = False) -> None:
    """List the systems that `credence replay run` knows."""
    with refusals():
        from credence.replay.asking.named import ASKING
        from credence.replay.asking.roles import VANILLA_CAUSAL
        from credence.replay.asking.vanilla_causal import WHAT
        from credence.replay.believing.variant import HOW_TO_NAME, NAME
        from credence.replay.systems.named import NAMED

        told = {name: named.what for name, named in NAMED.items()}
        told |= {name: one.what for name, one in ASKING.items()}
        told[VANILLA_CAUSAL] = WHAT
        told[NAME] = "Credence as it serves: adaptive policy, routed ranker, all memory"
    if as_json:
        print_json({"systems": told, "variants": HOW_TO_NAME})
        return
    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 3, 0, 0))
    for name, what in told.items():
        table.add_row(name, what)
    results().print(table)
    results().print(f"\nVariants: {HOW_TO_NAME}.")
