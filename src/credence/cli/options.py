"""Options that several commands share."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import typer

Json: TypeAlias = Annotated[
    bool, typer.Option("--json", help="JSON alone on stdout; everything else goes to stderr.")
]
Url: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--url",
        help="Ask a running Credence, say http://127.0.0.1:8000. Without it the command opens the "
        "configured database itself.",
        show_default=False,
    ),
]
Key: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--key",
        envvar="CREDENCE_API_KEY",
        help="API key for --url; without --url, the key whose tenant is meant.",
        show_default=False,
    ),
]
