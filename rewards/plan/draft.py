"""A rule while it is being read: what an action's builder sees of the file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from rewards.plan.amount_reader import read_amount, read_base
from rewards.plan.amounts import Amount, Base
from rewards.plan.conditions import Condition, LinesTotal
from rewards.plan.diagnostics import Path, Report
from rewards.plan.expressions import read_condition
from rewards.plan.fields import PLACE_OF, RULES_ABOUT_ORDERS, Field, Place
from rewards.plan.measures import Flow, FlowKind
from rewards.plan.model import Asset, Plan, Pool, Rule, Title
from rewards.plan.scope import UNKNOWN_FIELD, UNKNOWN_SCALE, Scope
from rewards.plan.sections.windows import read_window
from rewards.plan.triggers import Occasion, Trigger
from rewards.plan.windows import Window


@dataclass(frozen=True)
class Draft:
    """The value of a rule's action key, with readers for what may stand in it.

    `path` leads to that value; each reader takes a key below it, reports what is wrong there, and returns
    something harmless.
    """

    scope: Scope
    path: Path
    rule_id: str
    occasion: Occasion
    when_limits: Mapping[str, int | None]
    """For each field the rule's condition limits from above, that limit (smallest units)."""
    trouble: int
    """The scope's `trouble` when the rule was begun."""

    @property
    def trigger(self) -> Trigger:
        """What kind of event the rule waits for."""
        return self.occasion.trigger

    @property
    def place(self) -> Place:
        """Which fields the rule may name."""
        return PLACE_OF[self.trigger]

    def get(self, key: str, default: Any = None) -> Any:
        """The plain value at a key."""
        return self.scope.at(self.path).get(key, default)

    def has(self, key: str) -> bool:
        """Whether the key is written."""
        return key in self.scope.at(self.path)

    def at(self, *keys: str | int) -> Path:
        """The path of something below the action."""
        return (*self.path, *keys)

    def error(self, code: str, *keys: str | int, **parameters: Any) -> None:
        """Report an error at something below the action."""
        self.scope.report.error(code, self.at(*keys), **parameters)

    def warning(self, code: str, *keys: str | int, **parameters: Any) -> None:
        """Report a warning at something below the action, unless it may come of what has been reported of this rule."""
        if self.scope.trouble == self.trouble:
            self.scope.report.warning(code, self.at(*keys), **parameters)

    def asset(self, *keys: str | int) -> Asset:
        """The asset named there."""
        return self.scope.asset(self.at(*keys))

    def pool(self, *keys: str | int) -> Pool:
        """The pool named there."""
        return self.scope.pool(self.at(*keys))

    def currency_asset(self, *keys: str | int) -> Asset:
        """The asset named there, which must be the currency."""
        asset = self.asset(*keys)
        if not asset.currency:
            self.error("plan.asset-not-currency", *keys, name=asset.name)
        return asset

    def quota(self, *keys: str | int) -> Asset:
        """The asset named there, whose units limit payments in the currency, one for one, and are used up by them."""
        asset, scale = self.asset(*keys), self.scope.currency_scale
        if asset.currency or asset.priced:
            self.error("plan.quota-plain", *keys, name=asset.name)
        elif asset.scale != scale and UNKNOWN_SCALE not in (asset.scale, scale):
            self.error("plan.quota-scale", *keys, name=asset.name, scale=scale)
        return asset

    def amount(self, asset: Asset, *keys: str | int, place: Place | None = None) -> Amount:
        """The amount there, in smallest units of the asset; one that is always zero gets a warning.

        With `less_paid` the action must state `flows_of` it as its `flows`.
        """
        self.scope.lot_scale = asset.scale
        amount = read_amount(self.scope, self.at(*keys), asset.scale, place or self.place)
        if amount.always_zero and not self.scope.awaits:
            self.warning("plan.amount-always-zero", *keys)
        return amount

    def most(self, scale: int, key: str = "most") -> Amount | None:
        """The amount that limits something counted in units with `scale` decimals; None where there is none.

        One that leaves nothing, whatever it is taken of, is an error.
        """
        if not self.has(key):
            return None
        trouble = self.scope.trouble
        amount = read_amount(self.scope, self.at(key), scale, self.place)
        if amount.always_zero and self.scope.trouble == trouble and not self.scope.awaits:
            self.error("plan.must-be-positive", key, key=key)
        return amount

    def rate(self, *keys: str | int, most: Fraction | None = Fraction(1)) -> Fraction:
        """The rate there; at most 100 % unless told otherwise."""
        return self.scope.rate(self.at(*keys), most=most)

    def field(self, *keys: str | int, place: Place | None = None) -> Field:
        """The field named there."""
        path = self.at(*keys)
        return self.scope.field(str(self.scope.at(path)), path, place or self.place)

    def condition(self, *keys: str | int, place: Place = Place.MEMBER) -> Condition:
        """The condition there; one on members unless told otherwise."""
        return read_condition(self.scope, self.at(*keys), place)

    def window(self, *keys: str | int) -> Window:
        """The window there; from the beginning to the present day where there is none."""
        return read_window(self.scope, self.at(*keys))

    def tree(self, *keys: str | int) -> str:
        """The name of the tree there; empty, which is the sponsor tree, where there is none."""
        path = self.at(*keys)
        name = self.scope.at(path) or ""
        return name if name and self.scope.tree(path, name) else ""

    def measure_base(self, *keys: str | int) -> Base:
        """What an award is computed of: of an order or an event its own fields or lines, else a field of the member."""
        path = self.at(*keys)
        base, _ = read_base(self.scope, path, self.place)
        roots = _BASE_ROOTS.get(self.place, ("member",))
        if not isinstance(base, LinesTotal) and base is not UNKNOWN_FIELD and base.root not in roots:
            known = ", ".join(f"{root}.…" for root in roots)
            self.scope.report.error("plan.base-not-here", path, field=base.name, on=self.occasion.written, known=known)
        return base

    def flows_of(self, amount: Amount, asset: Asset) -> tuple[Flow, ...]:
        """What an amount with `less_paid` takes off, for the action's `flows`; nothing for any other amount."""
        if amount.less_paid is None:
            return ()
        rules = [self.rule_id, *(name for name in amount.less_paid_by if self._gave(name, asset))]
        return tuple(Flow(FlowKind.EARNED, asset.name, rule) for rule in rules)

    def _gave(self, name: str, asset: Asset) -> bool:
        """Whether a rule that `less_paid` names stands further up and gives the asset; reports what is wrong."""
        scope, path = self.scope, (*self.scope.less_paid[-1], "by")
        rule = next((rule for rule in scope.rules if rule.id == name), None)
        if rule is not None:
            scope.taken_of.add(name)
            given = {each.name for each in (*rule.action.gives, *rule.action.locks)}
            if asset.name not in given:
                scope.report.error("plan.less-paid-other-asset", path, name=name, asset=asset.name)
            return asset.name in given
        written = [each.get("id") for each in scope.at(("rules",)) if isinstance(each, dict)]
        if not scope.doubtful("rule", name):
            if name in written:
                scope.report.error("plan.rule-later", path, name=name)
            else:
                scope.unknown("plan.unknown-rule", path, name, [each.id for each in scope.rules])
        return False

    def source_rule(self, *keys: str | int) -> Rule | None:
        """The earlier rule named there."""
        path = self.at(*keys)
        return self.scope.earlier_rule(str(self.scope.at(path)), path)


_BASE_ROOTS = {
    **dict.fromkeys(RULES_ABOUT_ORDERS, ("order", "refund")),
    Place.EVENT_RULE: ("event",),
}


@dataclass(frozen=True)
class ActionKind:
    """A kind of effect: the key it is written under, what may stand there, and how that becomes an action.

    `schema` is a JSON Schema (2020-12) fragment which may refer to `#/$defs/…` of the plan schema;
    `check` looks at the rules together for what no single one shows; of a file with errors it gets those
    rules that are sound. `check_complete` looks for what is missing, and is only called when every rule
    could be read.
    """

    name: str
    triggers: frozenset[Trigger]
    title: Title
    summary: Title
    schema: Mapping[str, Any]
    build: Callable[[Draft], Any]
    check: Callable[[Plan, Report], None] | None = None
    check_complete: Callable[[Plan, Report], None] | None = None


Vocabulary = Mapping[str, ActionKind]
"""The kinds of actions a plan may use, by name."""
