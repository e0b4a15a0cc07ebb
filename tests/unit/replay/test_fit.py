"""The weights of the semantic ranker, fitted on training people."""

from __future__ import annotations

from typing import Any

from credence.replay.encoded import RememberedEncoder
from credence.replay.fit import fitted_document
from tests.unit.replay.worlds import a_domain, toy_encode


async def test_a_fit_is_the_same_twice_and_says_what_it_was_fitted_on() -> None:
    encoder = RememberedEncoder(toy_encode)

    async def fitted() -> dict[str, Any]:
        return await fitted_document([a_domain(40)], {}, encoder, toy_encode, seed=0, command="fit")

    once = await fitted()

    assert once == await fitted()
    assert once["with_instruction"]["history"] > 0
    assert once["without_instruction"]["instruction"] == 0
    assert set(once["provenance"]["training_choices"]["with_instruction"]) == {"toy"}
