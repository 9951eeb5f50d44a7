"""The JSON Schema of what a plan test expects."""

from __future__ import annotations

from typing import Any

from rewards.testing.catalogue_schema import expected_stock
from rewards.testing.schema_parts import each, many, mapping, ref


def expectations() -> dict[str, Any]:
    """An `expect` step."""
    return mapping({**_holdings(), **_standings(), **_platform(), **_last_step()}, minProperties=1)


def _holdings() -> dict[str, Any]:
    remaining = {"type": "array", "maxItems": 1000, "items": ref("quantity")}
    return {
        "balances": ref("quantities-of-members", "What each member has available."),
        "locked": ref("quantities-of-members", "What each member has locked."),
        "owes": ref("quantities-of-members", "What each member owes."),
        "lots": each("member", each("name", remaining), "What every lot has left, oldest first."),
        "expiring": ref("by-day-of-members", "What each member has available, by the last day on which it is good."),
        "value": ref("quantities-of-members", "What a holding is worth at the displayed price."),
    }


def _standings() -> dict[str, Any]:
    return {
        "levels": each("member", each("name", ref("expected-level")), "Where a member stands on each ladder."),
        "tags": each("member", many(ref("name")), "The tags a member carries on the day of the step before; all."),
        "measures": ref("quantities-of-members", "The measures of a member, as of the day of the step before."),
        "plan_measures": ref("quantities", "The measures of everybody, as of the day of the step before."),
    }


def _platform() -> dict[str, Any]:
    return {
        "pools": each("name", ref("quantity"), "What is in each pool."),
        "stock": expected_stock(),
        "prices": each("name", ref("price"), "Unit prices, as displayed or as exact ratios."),
        "issued": ref("quantities", "Units ever issued."),
        "circulation": ref("quantities", "Units issued less units burned."),
        "treasury": ref("quantities", "What the treasury holds."),
        "platform": each("name", ref("change-of-quantity"), "What the platform itself has, or owes."),
    }


def _last_step() -> dict[str, Any]:
    return {
        "moved": each(
            "rule",
            each("member", ref("quantity")),
            "What a rule has moved to whom in the step before; whoever is not named got nothing.",
        ),
        "taken": each(
            "rule",
            each("member", ref("quantity")),
            "What a rule has taken in the step before of what whom had available; of nobody else anything.",
        ),
        "cut": each(
            "name",
            each("member", ref("quantity")),
            "What a cap has cut off in the step before (everybody: what a cap for all together has); "
            "nobody else was cut.",
        ),
        "notices": ref(
            "by-day-of-members",
            "What members were told in the step before is about to expire, by its last day; nobody else was told.",
        ),
        "waiting": many(ref("name"), "The rules that wait for a declaration since the step before; all of them."),
    }
