"""Pages of long lists.

A page's cursor continues after its last entry, however many entries were added meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from flask import request

from rewards.services.views import Page

Answer = tuple[Page[Any], int, dict[str, str]]


def paged(page: Page[Any], cursor: str) -> Answer:
    """A page as an answer; the Link header leads to the next one, if any, by the parameter `cursor`."""
    if page.next is None:
        return page, 200, {}
    query = urlencode({**request.args, cursor: page.next})
    return page, 200, {"Link": f'<{request.path}?{query}>; rel="next"'}


def whole(items: Sequence[Any]) -> dict[str, Sequence[Any]]:
    """A list that is shown whole, as an answer."""
    return {"items": items}
