"""The section `caps`: the most that some rules may give a member, or everybody together, in a window."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from rewards.plan import ladder_texts  # noqa: F401 (what is said of this section)
from rewards.plan.amount_reader import read_amount
from rewards.plan.amounts import Amount
from rewards.plan.cap import Cap, Excess
from rewards.plan.diagnostics import Path, Phrase
from rewards.plan.fields import PLACE_OF, Field, Place
from rewards.plan.measures import Flow, FlowKind
from rewards.plan.model import Asset, Rule
from rewards.plan.schema_parts import expected, mapping, named, ref, told
from rewards.plan.scope import UNKNOWN_ASSET, UNKNOWN_SCALE, Scope, as_written
from rewards.plan.sections.declared import doubt, names_of
from rewards.plan.sections.titles import read_title
from rewards.plan.sections.windows import read_window
from rewards.plan.triggers import CLOSES, REQUESTS, Trigger
from rewards.plan.windows import Window

CAPS: dict[str, Any] = named(
    mapping(
        {
            "title": told(ref("title"), "Title", "The cap's name for people."),
            "rules": told(
                {
                    "type": "array",
                    "minItems": 1,
                    "maxItems": 500,
                    "uniqueItems": True,
                    "items": ref("name"),
                    **expected("a list of the ids of rules, such as [a, b]", "规则 id 的列表，例如 [a, b]"),
                },
                "Rules",
                "The ids of the rules it holds back; together they give, or put into pools, no more than it allows.",
            ),
            "per": told(
                {"enum": ["member", "plan"]}, "Per", "Whether it is for each member, or a budget for all together."
            ),
            "over": told(
                ref("window"), "Over", "The window in which what the rules have given counts; without it, ever."
            ),
            "most": told(
                ref("amount"),
                "Most",
                "The most the rules may give: of a member's fields (per: member), or of the plan's measures and the "
                "day (per: plan).",
            ),
            "excess": told(
                {"enum": [each.value for each in Excess]},
                "Excess",
                "What happens to what is above: rules are served in the file's order (by_order, the default), all are "
                "cut alike at a close (pro_rata), or the close stops until somebody approves (stop).",
            ),
        },
        "rules",
        "per",
        "most",
    ),
    maxProperties=100,
)
"""The whole section."""


def read_caps(scope: Scope) -> None:
    """Read all caps into the scope; the rules are known by now."""
    for index, name in enumerate(names_of(scope, "cap")):
        if not doubt(scope, "cap", name):
            scope.caps[name] = _read_cap(scope, name, index)


def _read_cap(scope: Scope, name: str, index: int) -> Cap:
    path: Path = ("caps", name)
    value = scope.at(path)
    rules = _read_rules(scope, (*path, "rules"))
    asset = _common_unit(scope, (*path, "rules"), rules)
    everybody = value["per"] == "plan"
    if not everybody:
        _check_personal(scope, (*path, "rules"), rules)
    window = read_window(scope, (*path, "over"))
    _check_window(scope, (*path, "over"), window, everybody=everybody)
    excess = Excess(value.get("excess", "by_order"))
    if excess is not Excess.BY_ORDER:
        _check_excess(scope, (*path, "excess"), rules)
    return Cap(
        name=name,
        index=index,
        title=read_title(value.get("title"), name),
        rules=tuple(value["rules"]),
        flows=tuple(_counted(rule) for _, rule in rules),
        scale=asset.scale,
        everybody=everybody,
        window=window,
        most=_read_most(scope, (*path, "most"), asset, rules, everybody=everybody),
        excess=excess,
    )


# --- the rules -------------------------------------------------------------------------------------------------------

_Named = list[tuple[int, Rule]]
"""The rules of a cap, each with its place in the list."""


def _read_rules(scope: Scope, path: Path) -> _Named:
    """The rules named at a path, as far as they are known and give something."""
    known = {rule.id: rule for rule in scope.rules}
    found: _Named = []
    for index, name in enumerate(scope.at(path)):
        here = (*path, index)
        if scope.doubtful("rule", name):
            continue
        if name not in known:
            scope.unknown("plan.unknown-capped", here, name, known)
        elif not _gives(known[name]):
            rule = known[name]
            on = rule.occasion.written
            scope.report.error("plan.cap-gives-nothing", here, name=name, action=rule.action_name, on=on)
        else:
            found.append((index, known[name]))
    return found


def _gives(rule: Rule) -> bool:
    """Whether a rule gives members or a pool, of its own accord, what can be counted against a cap.

    What members ask for is theirs already, and so is what a release frees.
    """
    asset = rule.action.outcome_asset
    own = rule.trigger not in REQUESTS and rule.trigger is not Trigger.PRICE_RISES
    given = asset in (*rule.action.gives, *rule.action.locks) or bool(rule.action.fills)
    return own and not rule.action.releases and given


def _counted(rule: Rule) -> Flow:
    """What of a rule counts."""
    kind = FlowKind.FUNDED if rule.action.fills else FlowKind.EARNED
    return Flow(kind, rule.action.outcome_asset.name, rule.id)


def _common_unit(scope: Scope, path: Path, rules: _Named) -> Asset:
    """An asset that all the rules give, or one whose smallest units count like those of all of them."""
    if not rules:
        return UNKNOWN_ASSET
    first = rules[0][1]
    asset: Asset = first.action.outcome_asset
    for index, rule in rules[1:]:
        given = rule.action.outcome_asset
        if not _count_alike(given, asset):
            scope.report.error(
                "plan.cap-assets",
                (*path, index),
                name=rule.id,
                asset=given.name,
                unit=_in_words(scope, given),
                first=first.id,
                other=asset.name,
                other_unit=_in_words(scope, asset),
            )
    return asset


def _count_alike(one: Asset, other: Asset) -> bool:
    """Whether a smallest unit of one asset is as much as one of the other, today and always."""
    if one == other or UNKNOWN_SCALE in (one.scale, other.scale):
        return True
    return one.scale == other.scale and not (one.priced or other.priced) and _worth(one) == _worth(other)


def _worth(asset: Asset) -> Fraction | None:
    """What one unit is worth in the currency; None for units that are worth nothing but themselves."""
    return Fraction(1) if asset.currency else asset.cash_value


def _in_words(scope: Scope, asset: Asset) -> Phrase:
    """How an asset counts."""
    if asset.priced:
        return Phrase("with a price that changes", "价格会变动")
    if asset.currency:
        return Phrase(f"the currency, scale {asset.scale}", f"货币，scale {asset.scale}")
    if asset.cash_value is None:
        return Phrase(f"scale {asset.scale}, without cash_value", f"scale {asset.scale}，无 cash_value")
    worth = as_written(scope.at(("assets", asset.name, "cash_value")))
    return Phrase(f"scale {asset.scale}, cash_value {worth}", f"scale {asset.scale}，cash_value {worth}")


def _check_personal(scope: Scope, path: Path, rules: _Named) -> None:
    """What goes into a pool is nobody's, and cannot be held back for each member."""
    for index, rule in rules:
        if rule.action.fills:
            scope.report.error("plan.cap-pool-per-member", (*path, index), name=rule.id)


def _check_excess(scope: Scope, path: Path, rules: _Named) -> None:
    """Payments can only be weighed against each other where all are made at one time: a close."""
    triggers = [rule.trigger for _, rule in rules]
    for _, rule in rules:
        if rule.trigger not in CLOSES or rule.trigger is not triggers[0]:
            on = rule.occasion.written
            scope.report.error("plan.cap-excess", path, excess=str(scope.at(path)), name=rule.id, on=on)
            return


# --- how much --------------------------------------------------------------------------------------------------------


def _check_window(scope: Scope, path: Path, window: Window, *, everybody: bool) -> None:
    if window.back:
        scope.report.error("plan.cap-window-past", path)
    elif everybody and window.personal:
        scope.report.error("plan.cap-window-personal", path)


def _read_most(scope: Scope, path: Path, asset: Asset, rules: _Named, *, everybody: bool) -> Amount:
    trouble = scope.trouble
    most = read_amount(scope, path, asset.scale, Place.CLOSE_RULE if everybody else Place.MEMBER)
    if scope.trouble > trouble:
        return most
    if most.always_zero:
        scope.report.error("plan.must-be-positive", path, key="most")
    if most.less_paid is not None:
        scope.report.error("plan.cap-less-paid", (*path, "less_paid"), at="key")
    if everybody:
        for each in most.fields():
            _check_field(scope, path, each, rules)
    return most


def _check_field(scope: Scope, path: Path, field: Field, rules: _Named) -> None:
    """What everybody's cap is taken of must be one number, and known whenever one of its rules gives."""
    if field.root not in ("plan", "day"):
        scope.report.error("plan.cap-field", path, field=field.name)
        return
    _, places = scope.catalogue[field.name]
    for _, rule in rules:
        if PLACE_OF[rule.trigger] not in places:
            on = rule.occasion.written
            scope.report.error("plan.cap-field-not-on", path, field=field.name, name=rule.id, on=on)
            return
