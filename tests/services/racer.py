"""A process of its own that makes requests of a platform, many at once; run by the tests of concurrency.

Each line of standard input is a race, in JSON: the database's URL, and what each thread has to do, one request after
the other. When all threads are ready it prints a line, waits for one, lets them go, and prints their answers.
"""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from rewards.errors import RewardsError
from rewards.services import asks, days, orders, refunds
from rewards.services.platform import Platform
from rewards.services.requests import OrderRequest, PaymentRequest, RedemptionRequest, RefundRequest
from rewards.services.views import ClosedView, EventView

Request = dict[str, Any]
Answer = dict[str, Any]


def _order(platform: Platform, given: Request) -> EventView:
    paid_at = datetime.fromisoformat(given["at"])
    return orders.take_order(platform, OrderRequest(given["id"], given["member"], given["total"], paid_at))


def _pay(platform: Platform, given: Request) -> EventView:
    at = datetime.fromisoformat(given["at"])
    request = PaymentRequest(
        given["id"], given["member"], given["payee"], given["plan"], given["asset"], given["quantity"], at
    )
    return asks.pay(platform, request)


def _redeem(platform: Platform, given: Request) -> EventView:
    at = datetime.fromisoformat(given["at"])
    request = RedemptionRequest(given["id"], given["member"], given["plan"], given["asset"], given["quantity"], at)
    return asks.redeem(platform, request)


def _refund(platform: Platform, given: Request) -> EventView:
    request = RefundRequest(given["id"], given["order"], given.get("amount"), datetime.fromisoformat(given["at"]))
    return refunds.refund(platform, request)


def _close(platform: Platform, given: Request) -> ClosedView:
    (closed,) = days.close_day(platform, date.fromisoformat(given["day"]), given["plan"])
    return closed


DO: dict[str, Callable[[Platform, Request], EventView | ClosedView]] = {
    "order": _order,
    "pay": _pay,
    "redeem": _redeem,
    "refund": _refund,
    "close": _close,
}


def answer(platform: Platform, request: Request) -> Answer:
    """What a request is answered: the code of its error, or what there is to know of its effect."""
    try:
        found = DO[request["do"]](platform, request)
    except RewardsError as error:
        return {"error": error.code}
    if isinstance(found, ClosedView):
        return {"day": found.day.isoformat(), "transfers": found.transfers}
    return {
        "sequence": found.sequence,
        "repeated": found.repeated,
        "days": [booked.day.isoformat() for booked in found.booked],
        "moved": [[each.id, each.asset, each.quantity] for booked in found.booked for each in booked.transfers],
    }


def race(url: str, threads: list[list[Request]], ready: Callable[[], None]) -> list[list[Answer]]:
    """Let every thread make its requests, all of them starting together; their answers in the same order."""
    platform = Platform.open(url, durable=False)
    answers: list[list[Answer]] = [[] for _ in threads]
    start = threading.Barrier(len(threads) + 1)

    def run(number: int) -> None:
        start.wait()
        answers[number] = [answer(platform, request) for request in threads[number]]

    running = [threading.Thread(target=run, args=(number,)) for number in range(len(threads))]
    for thread in running:
        thread.start()
    ready()
    start.wait()
    for thread in running:
        thread.join()
    platform.close()
    return answers


def main() -> None:
    def ready() -> None:
        print("ready", flush=True)
        sys.stdin.readline()

    for line in sys.stdin:
        given = json.loads(line)
        print(json.dumps(race(given["url"], given["threads"], ready)), flush=True)


if __name__ == "__main__":
    main()
