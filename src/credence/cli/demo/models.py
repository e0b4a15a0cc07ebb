"""The development server beside the demo's own, in a thread."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from credence.cli.refusals import Unusable

_START_SECONDS = 60
_STOP_SECONDS = 5


@contextmanager
def dev_models() -> Iterator[tuple[str, str]]:
    """The base URL and the model's name of a server that plays every role without a model."""
    from credence.app.llm_dev.brain import built_in
    from credence.app.llm_dev.serving import server
    from credence.app.llm_dev.speech import MODEL
    from credence.app.llm_dev.web import build_app
    from credence.inference.encoder import BatchingEncoder, SentenceEncoder

    encoder = BatchingEncoder(SentenceEncoder())
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    web = server(build_app(built_in(encoder.embed_phrases)), host="127.0.0.1", port=0)
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    thread = threading.Thread(
        target=web.run, kwargs={"sockets": [listening]}, name="demo-models", daemon=True
    )
    thread.start()
    deadline = time.monotonic() + _START_SECONDS
    while not web.started and thread.is_alive() and time.monotonic() < deadline:
        time.sleep(0.02)
    if not web.started:
        raise Unusable(
            "the development server did not start", fix="run `credence llm dev-server` by itself"
        )
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/v1", MODEL
    finally:
        web.should_exit = True
        thread.join(_STOP_SECONDS)
        encoder.close()
