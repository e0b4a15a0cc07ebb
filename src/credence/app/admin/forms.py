"""The page that a form stands on, by the address that the form is sent to."""

from __future__ import annotations

import re

from starlette.requests import Request

_PAGES = (
    (re.compile(r"(/people/@[^/]+/chunks/\d+)/[a-z]+$"), r"\1#acts"),
    (re.compile(r"(/people/@[^/]+)/revisions/(\d+)/undo$"), r"\1?revision=\2"),
    (re.compile(r"(/people/@[^/]+)/(?:advance|erase)$"), r"\1/data"),
    (re.compile(r"(/people/@[^/]+/try)$"), r"\1"),
    (re.compile(r"(/people/@[^/]+/lists/[^/]+)/explanation$"), r"\1"),
)


def page_of_form(request: Request) -> str | None:
    """The address of the page, escaped as it was sent; None where no form is sent there."""
    path: str = request.scope["raw_path"].decode("ascii")
    for form, page in _PAGES:
        found = form.search(path)
        if found:
            return path[: found.start()] + found.expand(page)
    return None
