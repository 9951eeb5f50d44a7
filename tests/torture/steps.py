"""Doing a script's steps. What a step does is one unit of writing or several; a request that is refused is a fault."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, partial
from pathlib import Path
from unittest.mock import patch

from rewards.actions import vocabulary
from rewards.cli import main
from rewards.cli import orders as import_command
from rewards.cli.base import STORE
from rewards.cli.importing import Importer, RefundImporter
from rewards.errors import RewardsError
from rewards.plan.load import load_plan
from rewards.resources import rules_directory
from rewards.services import asks, days, members, orders, plans, refunds, sealing
from rewards.services import platform as platform_module
from rewards.services.platform import Platform
from rewards.services.requests import (
    AdjustmentRequest,
    ConversionRequest,
    MemberRequest,
    OrderRequest,
    PointsRequest,
    RedemptionRequest,
    RefundRequest,
)
from tests.torture.script import LOCKED, NOW, ORDERS, REFUNDS, Step

LINES_A_UNIT = 15
"""So many lines of an imported file are taken in one unit here, that there are several."""


class ImportStopped(Exception):
    """`rewards import` has ended because of the database; it has said why on stderr."""


@dataclass
class Work:
    """What the steps of one run are done on."""

    url: str
    folder: Path
    platform: Platform

    @classmethod
    def on(cls, url: str, folder: Path) -> Work:
        return cls(url, folder, Platform.open(url))


@contextmanager
def settled() -> Iterator[None]:
    """Make this process fit for scripts.

    The clock stands still, files are imported in small parts, and each plan is compiled once.
    """
    once = cache(lambda source, file: load_plan(source, file, vocabulary()))
    with ExitStack() as patches:
        for place, name, changed in (
            (Platform, "open", partial(Platform.open, clock=lambda: NOW)),
            (import_command, "Importer", partial(Importer, batch=LINES_A_UNIT)),
            (import_command, "RefundImporter", partial(RefundImporter, batch=LINES_A_UNIT // 3)),
            (plans, "load_plan", lambda source, file, _: once(source, file)),
            (platform_module, "load_plan", lambda source, file, _: once(source, file)),
        ):
            patches.enter_context(patch.object(place, name, changed))
        yield


def _activate(work: Work, step: Step) -> None:
    source = (rules_directory() / f"{step['plan']}.yaml").read_text(encoding="utf-8")
    if "change" in step:
        old, new = step["change"]
        assert old in source
        source = source.replace(old, new)
    plans.activate_plan(work.platform, source, f"{step['plan']}.yaml", date.fromisoformat(step["from"]))


def _join(work: Work, step: Step) -> None:
    members.add_members(work.platform, [MemberRequest(id, sponsor=sponsor) for id, sponsor in step["members"]])


def _order_request(step: Step) -> OrderRequest:
    points = (PointsRequest(LOCKED, "points", step["points"]),) if step["points"] != "0" else ()
    return OrderRequest(step["id"], step["member"], step["total"], datetime.fromisoformat(step["at"]), points)


def _order(work: Work, step: Step) -> None:
    orders.take_order(work.platform, _order_request(step))


def _batch(work: Work, step: Step) -> None:
    for answer in orders.take_orders(work.platform, [_order_request(each) for each in step["orders"]]):
        if isinstance(answer, RewardsError):
            raise answer


def _import(work: Work, step: Step) -> None:
    _command(work, "import", str(work.folder / ORDERS), "--create-members")


def _import_refunds(work: Work, step: Step) -> None:
    _command(work, "import", "--refunds", str(work.folder / REFUNDS))


def _command(work: Work, *words: str) -> None:
    code = main.main([*words, "--database", work.url], prog_name="rewards", standalone_mode=False)
    if code == STORE:
        raise ImportStopped
    assert not code, f"rewards {words} ended with {code}"


def _refund(work: Work, step: Step) -> None:
    at = datetime.fromisoformat(step["at"])
    refunds.refund(work.platform, RefundRequest(step["id"], step["order"], step["amount"], at))


def _redeem(work: Work, step: Step) -> None:
    at = datetime.fromisoformat(step["at"])
    request = RedemptionRequest(step["id"], step["member"], step["plan"], step["asset"], step["quantity"], at)
    asks.redeem(work.platform, request)


def _convert(work: Work, step: Step) -> None:
    at = datetime.fromisoformat(step["at"])
    request = ConversionRequest(
        step["id"], step["member"], step["plan"], step["asset"], step["to"], step["quantity"], at
    )
    asks.convert(work.platform, request)


def _adjust(work: Work, step: Step) -> None:
    at = datetime.fromisoformat(step["at"])
    request = AdjustmentRequest(
        step["id"], step["member"], step["plan"], step["asset"], step["quantity"], "as agreed", at=at
    )
    asks.adjust(work.platform, request)


def _close(work: Work, step: Step) -> None:
    days.close_day(work.platform, date.fromisoformat(step["day"]))


def _close_through(work: Work, step: Step) -> None:
    list(days.close_through(work.platform, date.fromisoformat(step["day"])))


def _seal(work: Work, step: Step) -> None:
    sealing.seal(work.platform)


DO: dict[str, Callable[[Work, Step], None]] = {
    "activate": _activate,
    "join": _join,
    "order": _order,
    "batch": _batch,
    "import": _import,
    "import-refunds": _import_refunds,
    "refund": _refund,
    "redeem": _redeem,
    "convert": _convert,
    "adjust": _adjust,
    "close": _close,
    "close-through": _close_through,
    "seal": _seal,
}
