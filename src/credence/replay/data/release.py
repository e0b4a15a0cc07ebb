"""What is known of the real InstructRec release, to tell the whole of it from a part."""

from __future__ import annotations

from credence.replay.people import Domain

LINK = "https://drive.google.com/drive/folders/1-3kHU9D4IH210kSYL-m2cCgWbcY5ilBI"
NAMED_BY = "the README of github.com/agiresearch/iAgent"

PEOPLE = {"books": 7_377, "reads": 11_734, "movietv": 5_649, "yelp": 2_950}
ITEMS = {"books": 190_756}


def looks_released(domain: Domain) -> bool:
    """Named like a domain of the release and, like it, without ratings, times and second lists."""
    return domain.name in PEOPLE and not any(
        person.candidates_matched is not None
        or any(done.rating is not None or done.timestamp is not None for done in person.history)
        for person in domain.people
    )
