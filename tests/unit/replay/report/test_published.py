"""What others published."""

from __future__ import annotations

from credence.replay.published import published


def test_published_figures_are_those_of_the_tables() -> None:
    found = {(one.system, one.measure): one.value for one in published("reads")}

    assert found["MemRec", "HR@1"] == 0.400
    assert found["LightGCN", "HR@5"] == 0.790
    assert found["i2Agent", "NDCG@5"] == 0.548
    assert found["MARS", "HR@1"] == 0.369
    assert len(found) == 9 * 2 + 2 + 1


def test_each_domain_has_its_own_column() -> None:
    at_1 = {
        domain: next(
            one.value for one in published(domain) if (one.system, one.measure) == ("P5", "HR@1")
        )
        for domain in ("books", "reads", "movietv", "yelp")
    }

    assert at_1 == {"books": 0.219, "reads": 0.157, "movietv": 0.170, "yelp": 0.144}


def test_a_domain_that_others_have_not_used_has_none() -> None:
    assert published("cds") == ()
