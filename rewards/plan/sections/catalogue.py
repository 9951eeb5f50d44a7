"""The section `rewards`: what members may have for units of the plan's assets."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from rewards.plan import catalogue_texts  # noqa: F401 (what is said of this section)
from rewards.plan.catalogue import Reward
from rewards.plan.diagnostics import Path, Report
from rewards.plan.expressions import read_condition
from rewards.plan.fields import Place
from rewards.plan.schema_parts import expected, mapping, named, ref, told
from rewards.plan.scope import UNKNOWN_ASSET, Scope
from rewards.plan.sections.declared import doubt, names_of
from rewards.plan.sections.titles import TITLE, read_title
from rewards.plan.sections.windows import read_window
from rewards.plan.windows import FOR_EVER, Window

FREE = "free"
"""What is written for a price where members pay nothing."""
_DAY = {"type": "string", "format": "date"}
_COUNT = {"type": "integer", "minimum": 1, "maximum": 1_000_000_000}
_PRICE_EXPECTED = expected(
    'how many units of which asset, such as {points: "300"}, or free', '每种资产的数量，例如 {points: "300"}，或 free'
)
_GIVES_EXPECTED = expected('how many units of which asset, such as {credit: "5"}', '每种资产的数量，例如 {credit: "5"}')

REWARDS: dict[str, Any] = told(
    named(
        mapping(
            {
                "title": TITLE,
                "price": told(
                    {
                        "oneOf": [
                            {"type": "string", "enum": [FREE], **_PRICE_EXPECTED},
                            named(ref("quantity"), minProperties=1, maxProperties=20, **_PRICE_EXPECTED),
                        ],
                        **_PRICE_EXPECTED,
                    },
                    "Price",
                    "What one costs: how many units of which asset, which are used up; or free, for a gift.",
                ),
                "gives": told(
                    named(ref("quantity"), minProperties=1, maxProperties=20, **_GIVES_EXPECTED),
                    "Gives",
                    "Units that who claims it has at once: how many of which asset, such as credit of a gift card.",
                ),
                "stock": told(_COUNT, "Stock", "How many there are in all; without it there is no end of them."),
                "codes": told(
                    {"type": "boolean"},
                    "Codes",
                    "Whether each is a voucher code out of those an operator has loaded, which are then the stock.",
                ),
                "per_member": told(
                    mapping(
                        {
                            "most": told(_COUNT, "Most", "The most one member may have."),
                            "over": told(ref("window"), "Over", "The window in which they count; without it, ever."),
                        },
                        "most",
                        **expected(
                            "how many, and perhaps over which window, such as {most: 1, over: year}",
                            "数量及时间窗口，例如 {most: 1, over: year}",
                        ),
                    ),
                    "Per member",
                    "How many one member may have.",
                ),
                "from": told(_DAY, "From", "The first day on which it may be claimed."),
                "through": told(_DAY, "Through", "The last day on which it may be claimed."),
                "when": told(ref("condition"), "When", "Who may have it: a condition on members."),
            },
            "price",
        ),
        maxProperties=1000,
    ),
    "Rewards",
    "What members may have for units of the plan's assets.",
)
"""The whole section."""


def read_rewards(scope: Scope) -> dict[str, Reward]:
    """The rewards by name; those the schema complains of are left out."""
    return {
        name: _read_reward(scope, name, index)
        for index, name in enumerate(names_of(scope, "reward"))
        if not doubt(scope, "reward", name)
    }


def _read_reward(scope: Scope, name: str, index: int) -> Reward:
    path: Path = ("rewards", name)
    value = scope.at(path)
    most, window = _read_limit(scope, (*path, "per_member"))
    stock = value.get("stock")
    if stock is not None and value.get("codes"):
        scope.report.error("plan.reward-codes-are-stock", (*path, "stock"), at="key", name=name)
    if stock is not None and most is not None and most > stock:
        limit = {"name": name, "stock": stock, "most": most}
        scope.report.warning("plan.reward-limit-unreachable", (*path, "per_member", "most"), **limit)
    if value["price"] == FREE and not (most is not None or stock is not None or value.get("codes")):
        scope.report.warning("plan.reward-free-unlimited", (*path, "price"), name=name)
    first, last = _read_days(scope, path)
    return Reward(
        name=name,
        index=index,
        title=read_title(value.get("title"), name),
        price=_read_units(scope, (*path, "price"), "price"),
        gives=_read_units(scope, (*path, "gives"), "gives"),
        stock=stock,
        codes=value.get("codes", False),
        most=most,
        window=window,
        first=first,
        last=last,
        when=read_condition(scope, (*path, "when"), Place.MEMBER) if "when" in value else None,
    )


def _read_units(scope: Scope, path: Path, what: str) -> dict[str, int]:
    """How many smallest units of which asset a reward costs, or gives (`what`)."""
    found: dict[str, int] = {}
    written = scope.at(path)
    for name in written if isinstance(written, dict) else ():
        here = (*path, name)
        asset = scope.assets.get(name, UNKNOWN_ASSET)
        if name in scope.assets:
            scope.used.add(("asset", name))
            if asset.currency or asset.priced:
                scope.report.error(f"plan.reward-{what}-plain", here, at="key", name=name)
        elif not scope.doubtful("asset", name):
            scope.unknown("plan.unknown-asset", here, name, scope.assets)
        units = scope.quantity_at(here, asset.scale)
        if units == 0:
            scope.report.error(f"plan.reward-{what}-zero", here, asset=name)
        found[name] = units or 0
    return found


def _read_limit(scope: Scope, path: Path) -> tuple[int | None, Window]:
    limit = scope.at(path)
    if limit is None:
        return None, Window()
    window = read_window(scope, (*path, "over"))
    if window.back:
        scope.report.error("plan.reward-window-past", (*path, "over"))
    return limit["most"], window


def _read_days(scope: Scope, path: Path) -> tuple[int, int]:
    value = scope.at(path)
    first = date.fromisoformat(value["from"]).toordinal() if "from" in value else FOR_EVER
    last = date.fromisoformat(value["through"]).toordinal() if "through" in value else date.max.toordinal()
    if first > last:
        scope.report.error("plan.reward-dates", (*path, "through"), first=value["from"], last=value["through"])
    return first, last


def check_rewards(rewards: Mapping[str, Reward], obtainable: set[str], report: Report) -> None:
    """Warn of rewards that cost what no rule ever gives."""
    for reward in rewards.values():
        for asset in reward.price:
            if asset not in obtainable:
                report.warning(
                    "plan.reward-never-held", ("rewards", reward.name, "price", asset), name=reward.name, asset=asset
                )
