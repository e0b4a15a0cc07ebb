from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from credence.app.bootstrap import assemble
from credence.app.settings import Settings
from credence.inference.encoder import SentenceEncoder
from credence.planner.counter import Ask
from credence.planner.recommend import recommend
from tests.integration.held import held_for_good
from tests.integration.memory.world import a_person_with_a_belief, an_event, record


async def test_no_database_session_waits_for_a_model(
    settings: Settings, database: str, encoder: SentenceEncoder
) -> None:
    """Over loading a catalogue, planner runs and a recommendation, at every pass of the encoder."""
    held: list[int] = []

    class Watched:
        name, dimension = encoder.name, encoder.dimension

        def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
            held.append(held_for_good(app.engine.pool))
            return encoder.encode(texts)

    app = assemble(settings.model_copy(update={"workers": 1}), database, Watched())
    person = await a_person_with_a_belief(app)
    await record(app, [an_event(text="Lyrical prose and a heist.") for _ in range(3)])
    await app.worker.advance(person, wait=timedelta(seconds=5))
    passes = len(held)
    await recommend(Ask(tenant="default", user_id="ada", instruction="a heist"), app.counter)
    await app.close()

    assert passes > 5
    assert len(held) > passes
    assert set(held) == {0}
