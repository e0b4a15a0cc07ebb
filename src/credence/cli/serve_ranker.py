"""`credence serve-ranker`: ranking models as a process of their own, until stopped."""

from __future__ import annotations

from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from credence.app.loopback import is_loopback
from credence.cli.output import notices
from credence.cli.ports import bound
from credence.cli.refusals import Unusable, refusals

if TYPE_CHECKING:
    from credence.app.causal_ranker import CausalRanker
    from credence.app.causal_settings import CausalRankerSettings


class Device(StrEnum):
    """Where the model runs."""

    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"


def serve_ranker(
    *,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65535)] = 8001,
    model: Annotated[
        Path | None,
        typer.Option(
            help="Folder of the model; CREDENCE_RANKER_MODEL or the one that ships by default.",
            show_default=False,
        ),
    ] = None,
    device: Annotated[Device, typer.Option(help="auto takes a GPU if there is one.")] = Device.AUTO,
    batch: Annotated[int, typer.Option(help="Lists ranked in one pass.", min=1, max=1024)] = 64,
    wait_ms: Annotated[
        float, typer.Option(help="How long a list waits for company.", min=0, max=1000)
    ] = 2,
    queue: Annotated[
        int, typer.Option(help="Lists that may wait; more are refused.", min=1, max=100_000)
    ] = 256,
    no_keys: Annotated[
        bool,
        typer.Option("--no-keys", help="Listen beyond this machine although nobody needs a key."),
    ] = False,
) -> None:
    """Serve the routed model to APIs whose CREDENCE_RANKER_URL points here.

    Where CREDENCE_CAUSAL_ROUTER names language models, they are loaded too, and serve APIs whose
    CREDENCE_CAUSAL_URL points here; the options are those of the routed model alone. Told to stop,
    it is no longer ready, answers what waits, and ends.
    """
    with refusals(), ExitStack() as stack:
        from credence.app.ranker_service.batcher import Pace
        from credence.app.ranker_service.draining_server import DrainingServer
        from credence.app.ranker_service.service import RankingService
        from credence.app.ranker_service.web import create_service
        from credence.app.settings import Settings
        from credence.inference.devices import device_named
        from credence.inference.errors import ModelError
        from credence.inference.listwise.batch_ranking import BatchedLists
        from credence.inference.listwise.bundle import read, shipped

        settings = Settings()
        key, folder = settings.ranker_key, model or settings.ranker_model or shipped()
        if key is None and not no_keys and not is_loopback(host):
            raise Unusable(
                f"{host} can be reached from other machines and no key is needed",
                fix="set CREDENCE_RANKER_KEY, or say --no-keys if that is meant",
            )
        listening = stack.enter_context(bound(host, port))
        try:
            lists = BatchedLists(read(folder), device_named(device.value))
        except ModelError as error:
            raise Unusable(str(error), fix="see --model and --device") from error
        pace = Pace(largest=batch, wait_seconds=wait_ms / 1000, queue=queue)
        languages = None if settings.causal is None else _languages(settings.causal, stack)
        service = RankingService(lists, pace, languages=languages)
        web = DrainingServer(create_service(service, key=key), service, host=host, port=port)
        says = f"ranker http://{host}:{port}   model {lists.version} on {lists.device}"
        if languages is not None:
            says += f"   language models {', '.join(languages.models)}"
        notices().print(says)
        web.run(sockets=listening)


def _languages(told: CausalRankerSettings, stack: ExitStack) -> CausalRanker:
    """The language models, loaded and warm, until the stack ends. Raises ModelError."""
    from credence.app.causal_ranker import CausalRanker
    from credence.app.ranker_service.order_wire import must_be_nameable

    languages = CausalRanker.loaded(told)
    stack.callback(languages.close)
    must_be_nameable(languages.warm_up())
    return languages
