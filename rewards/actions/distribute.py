"""`distribute`: how a distribution is read: by weight, by level or by units (specification 2)."""

from __future__ import annotations

from fractions import Fraction

from rewards.actions.distributing import Distribute
from rewards.actions.dividing import ByLevel, ByUnits, ByWeight, Division
from rewards.actions.pools import check_sources, check_together
from rewards.money import format_amount, format_rate
from rewards.plan.amounts import Amount, Fixed
from rewards.plan.draft import ActionKind, Draft
from rewards.plan.ladder import Ladder
from rewards.plan.model import Asset
from rewards.plan.schema_parts import mapping, ref, told
from rewards.plan.scope import UNKNOWN_FIELD
from rewards.plan.triggers import CLOSES


def build(draft: Draft) -> Distribute:
    """Read `distribute: {pool, weight | share | units, pay, limit, least, most, …}`."""
    pool = draft.pool("pool")
    backed = [asset.name for asset in draft.scope.assets.values() if asset.priced and asset.priced.pool == pool.name]
    if backed:
        draft.error("plan.distribute-backing", "pool", pool=pool.name, asset=backed[0])
    # Money that is put in later is paid out later, to those who were entitled then.
    draft.scope.taken_of |= {rule.id for rule in draft.scope.rules if pool in rule.action.fills}
    pay = draft.currency_asset("pay")
    limit = draft.quota("limit") if draft.has("limit") else None
    least, most = _read_least_and_most(draft, pay)
    return Distribute(
        pool, _read_division(draft, pay), pay, limit, draft.get("undistributed", "platform") == "carry", least, most
    )


def _read_least_and_most(draft: Draft, pay: Asset) -> tuple[Amount | None, Amount | None]:
    least = draft.amount(pay, "least") if draft.has("least") else None
    most = draft.most(pay.scale)
    if least and most and isinstance(least.formula, Fixed) and isinstance(most.formula, Fixed):
        quantities = least.formula.quantity, most.formula.quantity
        if quantities[0] > quantities[1]:
            written = [format_amount(each, pay.scale) for each in quantities]
            draft.error("plan.least-above-most", "least", least=written[0], most=written[1])
    return least, most


def _read_division(draft: Draft, pay: Asset) -> Division:
    forms = [key for key in ("weight", "share", "units") if draft.has(key)]
    if len(forms) != 1:
        draft.error("plan.distribute-one-of")
    if draft.has("divisor") and "weight" not in forms:
        draft.error("plan.divisor-without-weight", "divisor")
    if draft.has("unit_value") and "units" not in forms:
        draft.error("plan.unit-value-without-units", "unit_value")
    if "weight" in forms:
        return _read_weight(draft)
    return _read_units(draft, pay) if "units" in forms else _read_share(draft)


def _read_weight(draft: Draft) -> ByWeight:
    weight = draft.field("weight")
    if not weight.numeric or weight.root != "member":
        draft.error("plan.weight-field", "weight", field=weight.name)
    return ByWeight(weight, draft.get("divisor", "eligible") == "everyone")


def _read_share(draft: Draft) -> ByLevel:
    ladder, column, shares = _read_column(draft, "share")
    if sum(shares, Fraction(0)) > 1:
        draft.error(
            "plan.shares-over-100",
            "share",
            column=column,
            ladder=ladder.name,
            total=format_rate(sum(shares, Fraction(0))),
        )
    return ByLevel(ladder, shares)


def _read_units(draft: Draft, pay: Asset) -> ByUnits:
    ladder, _, units = _read_column(draft, "units")
    grain = draft.scope.quantity_at(draft.at("unit_value"), pay.scale) if draft.has("unit_value") else None
    if grain == 0:
        draft.error("plan.must-be-positive", "unit_value", key="unit_value")
    return ByUnits(ladder, units, grain or 0)


def _read_column(draft: Draft, key: str) -> tuple[Ladder, str, tuple[Fraction, ...]]:
    """A column of a ladder whose levels members hold."""
    found = draft.scope.column(draft.at(key)) if draft.has(key) else None
    if found is None:
        return Ladder("", 0, {}, UNKNOWN_FIELD, ()), "", ()
    if not found[0].held:
        draft.error("plan.ladder-not-held", key, name=found[0].name)
    return found


KIND = ActionKind(
    name="distribute",
    triggers=frozenset(CLOSES),
    title={"en": "Distribute a pool", "zh": "分红"},
    summary={
        "en": "A pool is paid out to members by weight, by level in equal parts, or by units, as far as their limit "
        "allows.",
        "zh": "资金池按权重、按等级平均、或按单位数分给会员，以其额度为限。",
    },
    schema=mapping(
        {
            "pool": told(ref("name"), "Pool", "The pool that is paid out; it may not back a priced asset."),
            "weight": told(ref("field"), "Weight", "Parts are in proportion to this field of the member."),
            "share": told(ref("column"), "Share", "Each level's share of the pool, divided equally in the level."),
            "units": told(
                ref("column"), "Units", "Each level's units; a unit is worth the pool divided by everybody's units."
            ),
            "unit_value": told(
                ref("quantity"), "Unit value", "The worth of a unit is rounded down to a multiple of this."
            ),
            "pay": told(ref("name"), "Pay", "The currency asset that is paid."),
            "limit": told(ref("name"), "Limit", "A plain asset: nobody is paid more than they have of it."),
            "least": told(ref("amount"), "Least", "A member's part below this is not paid."),
            "most": told(ref("amount"), "Most", "No member is paid more than this at one close."),
            "divisor": told(
                {"enum": ["eligible", "everyone"]}, "Divisor", "Whose weight counts: who can be paid, or everyone's."
            ),
            "undistributed": told(
                {"enum": ["platform", "carry"]}, "Undistributed", "Where what cannot be paid goes: back, or stays."
            ),
        },
        "pool",
        "pay",
    ),
    build=build,
    check=check_together,
    check_complete=check_sources,
)

__all__ = ["KIND", "ByLevel", "ByUnits", "ByWeight", "Distribute", "build"]
