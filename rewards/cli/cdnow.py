"""The CDNOW orders: every purchase that the 23,570 new customers of the first quarter of 1997 made until June 1998.

They are a file inside the wheel of the package `lifetimes`, whose licence terms are its own: the file is read where it
is and never copied. It has neither order ids nor sponsors, so both come from fixed rules:

- a line's position is the order's id (`cdnow-000001`, …): exact duplicates of other lines are purchases of their own;
- customer n is the member `cdnow-<n in five digits>`, and `sponsor_of(n)` brought them;
- an order is paid at noon in Shanghai on the line's date.
"""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from rewards.cli.exact import multiply
from rewards.cli.orders_csv import OrderLine
from rewards.errors import InvalidRequest
from rewards.services.requests import MemberRequest, OrderRequest

FILE = "lifetimes/datasets/CDNOW_master.txt"
"""Where the orders are in the wheel."""

TIMEZONE = ZoneInfo("Asia/Shanghai")

WIDE, LONG = (1, 2, 3), 7
"""Last digits of the customers who make the tree wide, and long."""


def sponsor_of(customer: int) -> int:
    """The customer who brought customer n, always an earlier one; 0 for the first, whom nobody brought.

    The rule makes a tree as uneven as real ones are:

    - n ending in 1, 2 or 3 was brought by customer n // 1000 + 1: the first two dozen each bring some 300 themselves;
    - n ending in 7 was brought by customer n − 10, except the first of each thousand: lines of a hundred generations;
    - any other n was brought by customer n // 3: a bush in which everybody brings about two.

    >>> [sponsor_of(n) for n in (1, 2, 7, 17, 27, 1007, 23569, 23561)]
    [0, 1, 2, 7, 17, 335, 7856, 24]
    """
    last = customer % 10
    if customer == 1:
        return 0
    if last in WIDE:
        return customer // 1000 + 1
    if last == LONG and customer % 1000 != LONG:
        return customer - 10
    return customer // 3


def member_id(customer: int) -> str:
    """The id of a customer.

    >>> member_id(23)
    'cdnow-00023'
    """
    return f"cdnow-{customer:05d}"


def read_cdnow(wheel: Path, factor: int = 1) -> list[OrderLine]:
    """All orders, in the order they were paid (those of one day as in the file), totals multiplied by `factor`.

    Raises InvalidRequest when the file is no wheel of that package.
    """
    try:
        with zipfile.ZipFile(wheel) as archive:
            text = archive.read(FILE).decode("ascii")
    except (OSError, zipfile.BadZipFile) as error:
        raise InvalidRequest("cdnow.not-a-wheel", file=str(wheel), reason=str(error)) from None
    except KeyError:
        raise InvalidRequest("cdnow.no-orders", file=str(wheel), wanted=FILE) from None
    rows = [line.split() for line in text.splitlines()[1:] if line.strip()]
    orders = [_order(position, row, factor) for position, row in enumerate(rows, 1)]
    return sorted(orders, key=lambda order: order.request.paid_at)


def _order(position: int, row: Sequence[str], factor: int) -> OrderLine:
    """An order from a line's customer, date (19970101), number of discs and total."""
    customer, date, discs, total = row
    number = int(customer)
    sponsor = sponsor_of(number)
    request = OrderRequest(
        id=f"cdnow-{position:06d}",
        member=member_id(number),
        total=multiply(total, factor),
        paid_at=datetime.strptime(date, "%Y%m%d").replace(hour=12, tzinfo=TIMEZONE),
        attributes={"discs": discs},
    )
    return OrderLine(position + 1, request, member_id(sponsor) if sponsor else None)


def members_of(orders: Sequence[OrderLine]) -> list[MemberRequest]:
    """The members who have ordered, sponsors first."""
    known = {order.request.member: MemberRequest(order.request.member, sponsor=order.sponsor) for order in orders}
    return [known[id] for id in sorted(known)]
