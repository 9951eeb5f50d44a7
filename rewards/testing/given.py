"""What there is at first in a case, put into its world."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from rewards.interpreter.tally import Cell, good_until
from rewards.interpreter.world import World
from rewards.money import parse_amount
from rewards.plan.schema_words import plain
from rewards.testing.trees import give_places

LONG_AGO = date.min
"""The business day of lots that do not say theirs: all of them have started."""


def give(world: World, given: Mapping[str, Any], starts: date | None) -> None:
    """Let a world have what a case gives; `starts` is the day of its first step, if there is one."""
    # Everybody joins first: no holding may be looked at before all there is at first is there.
    for member in given.get("members", ()):
        world.join(
            member["id"],
            member.get("sponsor"),
            merchant=member.get("merchant", False),
            birthday=member.get("birthday"),
            joined=member.get("joined"),
        )
    give_places(world, given.get("placed", ()))
    for name, quantity in given.get("pools", {}).items():
        world.fill_pool(name, plain(quantity))
    for asset, quantity in given.get("treasury", {}).items():
        world.fill_treasury(asset, plain(quantity))
    for reward, codes in given.get("codes", {}).items():
        world.codes(reward, codes)
    before = max(starts or LONG_AGO, date.min + timedelta(days=1)) - timedelta(days=1)
    for member in given.get("members", ()):
        _give_member(world, member, before)


def _give_member(world: World, member: Mapping[str, Any], before: date) -> None:
    """Let one member have what is theirs; `before` is the day before the first step."""
    name = member["id"]
    for asset, quantity in member.get("balances", {}).items():
        world.give(name, asset, plain(quantity))
    for asset, quantity in member.get("owes", {}).items():
        world.give_debt(name, asset, plain(quantity))
    for asset, by_day in member.get("expiring", {}).items():
        _give_expiring(world, name, asset, by_day, before)
    for lot in member.get("locked", ()):
        quantity, basis = plain(lot["quantity"]), plain(lot.get("basis", 0))
        world.give_lot(name, lot["asset"], quantity, basis=basis, day=lot.get("day", LONG_AGO.isoformat()))
    for ladder, said in member.get("levels", {}).items():
        level = said if isinstance(said, dict) else {"level": said}
        world.give_level(name, ladder, level["level"], since=level.get("since"), until=level.get("through"))
    if "sales" in member or "orders" in member:
        world.give_sales(name, plain(member.get("sales", 0)), member.get("orders", 1))
    tags = member.get("tags", ())
    for tag, span in tags.items() if isinstance(tags, dict) else ((tag, {}) for tag in tags):
        world.give_tag(name, tag, first=span.get("from"), until=span.get("through"))
    for measure, said in member.get("counted", {}).items():
        value, on = (said["value"], said["on"]) if isinstance(said, dict) else (said, before.isoformat())
        world.give_measure(name, measure, plain(value), on=on)


def _give_expiring(world: World, name: str, asset: str, by_day: Mapping[str, Any], before: date) -> None:
    """Units that are good to a day of the test's choosing, whenever they came: to the plan, before the first step."""
    for day, quantity in by_day.items():
        world.give(name, asset, plain(quantity))
        units = parse_amount(plain(quantity), world.plan.assets[asset].scale)
        last, came = date.fromisoformat(day).toordinal(), str(before.toordinal())
        world.state.tally.add(Cell(good_until(asset), world.ordinal(name), last, came, units, 0))
