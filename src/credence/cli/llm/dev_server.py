"""`credence llm dev-server`: the whole path to a language model, without one."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Annotated

import typer
from rich.table import Table

from credence.app import header_keys
from credence.app.loopback import is_loopback
from credence.cli.output import results
from credence.cli.ports import bound
from credence.cli.refusals import Unusable, refusals


def dev_server(
    *,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65535)] = 8765,
    fault: Annotated[
        list[str] | None,
        typer.Option(
            help="What goes wrong: a fault's name, with =SHARE of the calls, as in 429=0.03; "
            "all=0.2 mixes all evenly. May be given often.",
            show_default=False,
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the draw of faults.")] = 0,
    latency_ms: Annotated[
        float, typer.Option(help="How long every call takes at least.", min=0, max=600_000)
    ] = 0,
    key: Annotated[
        str | None, typer.Option(help="Bearer key that callers need.", show_default=False)
    ] = None,
    no_json_schema: Annotated[
        bool, typer.Option("--no-json-schema", help="Refuse that response format, as some do.")
    ] = False,
    no_json_object: Annotated[
        bool, typer.Option("--no-json-object", help="Refuse that response format, as some do.")
    ] = False,
    faults: Annotated[
        bool, typer.Option("--faults", help="List the faults there are, and end.")
    ] = False,
) -> None:
    """Serve OpenAI's chat API for development. It is no language model.

    Its answers come from Credence's built-in extractor, synthesizer, policy and sentence encoder,
    which read the data of Credence's own prompts. To any other prompt it answers what it is. It
    shows that the path to a model works, also when things go wrong, and nothing about models.

    One call goes wrong as its header X-Dev-Fault says. Tokens are counted as four bytes each.
    """
    with refusals(), ExitStack() as stack:
        from pydantic import SecretStr

        from credence.app.llm_dev.brain import Brain, built_in
        from credence.app.llm_dev.desk import Manners
        from credence.app.llm_dev.faults import MEANINGS, Faults, UnknownFault, parsed_shares
        from credence.app.llm_dev.serving import server
        from credence.app.llm_dev.speech import MODEL
        from credence.app.llm_dev.web import build_app
        from credence.inference.encoder import BatchingEncoder, SentenceEncoder
        from credence.replay.asking.stand_in import minds

        if faults:
            results().print(_table({str(one): meaning for one, meaning in MEANINGS.items()}))
            return
        if key is None and not is_loopback(host):
            raise Unusable(
                f"{host} can be reached from other machines and no key is needed",
                fix="say --key, or listen on 127.0.0.1",
            )
        if key is not None and (wrong := header_keys.fault_in(key)) is not None:
            raise Unusable(f"--key {wrong.partition('; ')[0]}", fix=wrong.partition("; ")[2])
        try:
            drawn = Faults(parsed_shares(fault or ()), seed=seed)
        except UnknownFault as error:
            raise Unusable(str(error), fix="see --faults for the names there are") from error
        listening = stack.enter_context(bound(host, port))
        refused = {"json_schema": no_json_schema, "json_object": no_json_object}
        manners = Manners(
            refused_formats=frozenset(name for name, no in refused.items() if no),
            latency_seconds=latency_ms / 1000,
        )
        embed = BatchingEncoder(SentenceEncoder()).embed_phrases
        app = build_app(
            Brain({**built_in(embed).minds, **minds(embed)}),
            faults=drawn,
            manners=manners,
            key=SecretStr(key) if key is not None else None,
        )
        web = server(app, host=host, port=port)
        shown = f"[{host}]" if ":" in host else host
        results().print(f"CREDENCE_LLM_BASE_URL=http://{shown}:{port}/v1")
        results().print(f"CREDENCE_LLM_MODEL={MODEL}")
        web.run(sockets=listening)


def _table(meanings: dict[str, str]) -> Table:
    table = Table("fault", "what happens")
    for name, meaning in meanings.items():
        table.add_row(name, meaning)
    return table
