"""Training lists kept in little memory come out as they went in."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from credence.inference.listwise.case import ListCase, lists_of
from credence.inference.listwise.corpus import CHUNKS, EVENTS, CorpusBuilder
from tests.unit.inference.listwise.worlds import a_full_list, a_stirred_network, same

HALF = 2e-3  # what half precision leaves of a number of about 1


def kept_of(case: ListCase) -> ListCase:
    """What a corpus should keep: the newest events and the chunks believed most firmly."""
    firm = np.argsort(-np.abs(case.strengths * case.confidences), kind="stable")[:CHUNKS]
    newest = slice(EVENTS)
    return replace(
        case,
        keep_events=case.keep_events[:, newest],
        keep_chunks=case.keep_chunks[:, firm],
        **{n: getattr(case, n)[firm] for n in ("chunks", "strengths", "confidences")},
        **{
            n: getattr(case, n)[newest]
            for n in (
                *("events", "attitudes", "voices", "event_words"),
                *("company", "followed", "followed_soon"),
            )
        },
    )


def test_lists_come_back_to_half_precision_and_within_the_limits() -> None:
    sizes = [(0, 0), (CHUNKS, EVENTS), (CHUNKS + 9, EVENTS + 5), (3, 2)]
    cases = [
        a_full_list(chunks=chunks, events=events, asked=bool(seed % 2), seed=seed)
        for seed, (chunks, events) in enumerate(sizes)
    ]
    builder = CorpusBuilder()
    for number, case in enumerate(cases):
        builder.add(case, number)
    corpus = builder.build()
    index = torch.tensor([2, 0, 3, 1])

    found = corpus.lists(index)

    assert len(corpus) == 4
    assert corpus.chosen.tolist() == [0, 1, 2, 3]
    assert same(found, lists_of([kept_of(cases[at]) for at in index.tolist()]), within=HALF)


def test_of_many_chunks_those_are_kept_that_are_believed_most_firmly() -> None:
    case = a_full_list(chunks=CHUNKS + 2)
    strengths = np.full(CHUNKS + 2, 0.5)
    strengths[3], strengths[7] = 0.01, -0.9
    confidences = np.full(CHUNKS + 2, 0.5)
    confidences[5] = 0.001
    builder = CorpusBuilder()

    builder.add(replace(case, strengths=strengths, confidences=confidences), 0)

    kept = builder.build().lists(torch.tensor([0]))
    assert kept.strengths[0, 0] == pytest.approx(-0.9)
    assert float(kept.strengths.min()) == pytest.approx(-0.9)
    assert 0.01 not in kept.strengths[0].round(decimals=3).tolist()
    assert float(kept.confidences.min()) == pytest.approx(0.5)


def test_a_vector_that_occurs_often_is_kept_once() -> None:
    case, builder = a_full_list(candidates=4, chunks=1, events=2), CorpusBuilder()
    for _ in range(5):
        builder.add(case, 0)
    other = replace(a_full_list(candidates=4, chunks=1, events=2, seed=5), centre=case.centre)
    builder.add(other, 0)

    table = builder.build().table

    # nothing; then 4 candidates and what is said of them, 2 events thrice, a chunk, and two or
    # three vectors of the whole list
    assert len(table) == 1 + (4 + 4 + 6 + 1 + 3) + (4 + 4 + 6 + 1 + 2)
    assert not table[0].any()


def test_a_network_says_of_a_list_from_a_corpus_what_it_says_of_the_list() -> None:
    case, builder = a_full_list(chunks=5, events=6), CorpusBuilder()
    builder.add(case, 0)
    network = a_stirred_network()

    kept, whole = builder.build().lists(torch.tensor([0])), lists_of([case])

    said = torch.log_softmax(network(kept).logits, -1)
    assert torch.allclose(said, torch.log_softmax(network(whole).logits, -1), atol=0.02)


def test_what_is_no_training_list_is_refused() -> None:
    builder = CorpusBuilder()
    with pytest.raises(ValueError, match="one variant"):
        builder.add(a_full_list(variants=2), 0)
    with pytest.raises(ValueError, match="at least one"):
        builder.build()
    builder.add(a_full_list(candidates=3), 0)
    builder.add(a_full_list(candidates=4), 0)
    with pytest.raises(ValueError, match="shape"):
        builder.build()
