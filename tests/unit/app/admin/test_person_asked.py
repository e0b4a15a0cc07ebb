"""What a page asks for, as an address and as the hidden fields of a form."""

from __future__ import annotations

from credence.app.admin.links import Links
from credence.app.admin.person.asked import Asked, Order, Side
from credence.app.admin.person.whose import Whose

ADA = Whose(Links("/admin", "default"), "ada")


def test_what_is_not_asked_for_is_not_in_the_address() -> None:
    assert Asked().address(ADA) == "/admin/t/default/people/@ada"
    assert Asked(order=Order.STRONGEST, page=1).address(ADA) == "/admin/t/default/people/@ada"


def test_an_address_changes_one_thing_and_keeps_the_rest() -> None:
    asked = Asked(revision=3, q="a&b", side=Side.LIKES, page=2)

    assert asked.address(ADA, page=3) == (
        "/admin/t/default/people/@ada?revision=3&q=a%26b&side=likes&page=3"
    )
    assert asked.address(ADA, revision=None, page=1) == (
        "/admin/t/default/people/@ada?q=a%26b&side=likes"
    )


def test_the_first_revision_is_not_lost_as_nothing() -> None:
    assert Asked().address(ADA, revision=0).endswith("?revision=0")


def test_a_form_keeps_all_but_its_own_fields() -> None:
    asked = Asked(revision=3, q="slow", order=Order.NEWEST)

    assert asked.kept("q", "order") == [("revision", 3)]
    assert asked.kept("revision") == [("q", "slow"), ("order", "newest")]


def test_filters_are_told_from_order_and_place() -> None:
    assert not Asked(revision=1, order=Order.NEWEST, page=3, q=" \0 ").filtered
    assert Asked(q="x").filtered
