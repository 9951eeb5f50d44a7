"""The names a rule file has declared so far, and how parts of the file refer to them.

Every method takes the path of the place it reads, reports what is wrong there, and returns something
harmless to go on with, so that all of a file's mistakes are found in one go. A plan is only made when
nothing was reported as an error.

What a declaration gets wrong leaves its name *in doubt*: it still counts as declared, and nothing is said
of what follows from the mistake.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from rewards.money import MAX_SCALE, AmountError, format_rate, parse_amount, parse_rate
from rewards.plan.cap import Cap
from rewards.plan.diagnostics import Doubted, Path, Report
from rewards.plan.fields import OUTCOME_PLACES, Field, Kind, Place, build_catalogue, resolve_attribute
from rewards.plan.ladder import Ladder
from rewards.plan.lots import LotPolicy
from rewards.plan.measures import Measure
from rewards.plan.model import Asset, DeclaredEvent, Parameter, Pool, Rule, Tag, Tree
from rewards.plan.reader import Document
from rewards.plan.schema_words import closest
from rewards.plan.texts import PLACES
from rewards.plan.triggers import Occasion, Trigger

UNKNOWN_SCALE = MAX_SCALE + 1
"""The decimals of what could not be read: how fine or large a quantity of it may be is not checked."""
NOBODY = Doubted("?")
UNKNOWN_ASSET = Asset(NOBODY, 0, {}, UNKNOWN_SCALE, currency=True, lots=LotPolicy(0), cash_value=Fraction(1))
UNKNOWN_POOL = Pool(NOBODY, 0, {})
UNKNOWN_FIELD = Field(NOBODY, "?", "?", "", Kind.AMOUNT, UNKNOWN_SCALE)
_SHOWN_NAMES = 20
_OUTCOME = re.compile(r"rules\.([a-z0-9-]+)\.amount", re.ASCII)
_OF_DECLARED = re.compile(r"[a-z]+\.(?:balance|level)\.([a-z0-9-]+)", re.ASCII)


def did_you_mean(name: str, known: Iterable[str]) -> str | None:
    """The known name closest to a mistyped one, if any is close."""
    return closest(name, known)


@dataclass
class Scope:
    """What has been declared and where the rule being read stands."""

    document: Document
    report: Report
    parameters: dict[str, Any] = field(default_factory=dict)
    assets: dict[str, Asset] = field(default_factory=dict)
    pools: dict[str, Pool] = field(default_factory=dict)
    ladders: dict[str, Ladder] = field(default_factory=dict)
    rules: list[Rule] = field(default_factory=list)
    catalogue: Mapping[str, tuple[Field, frozenset[Place]]] = field(default_factory=dict)
    measures: dict[str, Measure] = field(default_factory=dict)
    events: dict[str, DeclaredEvent] = field(default_factory=dict)
    tags: dict[str, Tag] = field(default_factory=dict)
    trees: dict[str, Tree] = field(default_factory=dict)
    caps: dict[str, Cap] = field(default_factory=dict)
    declared_parameters: dict[str, Parameter] = field(default_factory=dict)
    occasion: Occasion = field(default_factory=lambda: Occasion(Trigger.ORDER_PAID))
    enabled: bool = True
    """Whether the rule being read is."""
    used: set[tuple[str, str]] = field(default_factory=set)
    """What something refers to: ("asset", name), ("pool", name), ("ladder", name), ("parameter", name)."""
    in_doubt: set[tuple[str, str]] = field(default_factory=set)
    """What is declared, but not rightly; ("rule", id) too."""
    illegible: set[str] = field(default_factory=set)
    """The kinds of which not even all names could be read: any name may be one of them."""
    currency_missed: bool = False
    """Whether it has been told that the plan has no currency asset."""
    doubts: int = 0
    """How often something in doubt was referred to."""

    @property
    def trouble(self) -> int:
        """Grows with every error, and with every reference to what is in doubt."""
        return self.report.errors + self.doubts

    def doubtful(self, kind: str, name: str) -> bool:
        """Whether a name that is not known may have been declared all the same; notes that it was asked for."""
        doubtful = kind in self.illegible or (kind, name) in self.in_doubt
        self.doubts += doubtful
        return doubtful

    @property
    def currency(self) -> Asset | None:
        """The asset that is the currency; a stand-in when there may be one that could not be read."""
        found = next((asset for asset in self.assets.values() if asset.currency), None)
        unread = "asset" in self.illegible or any(kind == "asset" for kind, _ in self.in_doubt)
        return UNKNOWN_ASSET if found is None and unread else found

    def need_currency(self, path: Path) -> Asset:
        """The currency, for what stands at a path; that there is none is told once for the whole file."""
        currency = self.currency
        if currency is None:
            if not self.currency_missed:
                self.report.error("plan.no-currency-asset", path)
            self.currency_missed = True
            self.doubts += 1
            return UNKNOWN_ASSET
        self.used.add(("asset", currency.name))
        return currency

    @property
    def currency_scale(self) -> int:
        """Decimals of the currency: those of the currency asset, else 2."""
        currency = self.currency
        return 2 if currency is None else currency.scale

    def refresh_catalogue(self) -> None:
        """Make the field catalogue anew after assets or ladders were declared."""
        scales = {name: asset.scale for name, asset in self.assets.items()}
        ladders = {name: ladder.held for name, ladder in self.ladders.items()}
        self.catalogue = build_catalogue(scales, ladders, self.currency_scale)

    def at(self, path: Path) -> Any:
        """The value at a path of the document; None when there is nothing."""
        value: Any = self.document.value
        for key in path:
            if isinstance(value, dict):
                value = value.get(key)
            elif isinstance(value, list) and isinstance(key, int) and key < len(value):
                value = value[key]
            else:
                return None
        return value

    def unknown(self, code: str, path: Path, name: str, known: Iterable[str]) -> None:
        """Report a name nobody declared, with the closest known one or the list of them."""
        names = list(dict.fromkeys(known))
        close = did_you_mean(name, names)
        # what two fields share before the last point does not make them alike
        if close and ("." not in name or did_you_mean(_last_part(name), [_last_part(close)])):
            self.report.error(f"{code}.did-you-mean", path, name=name, known=close)
        else:
            shown = ", ".join(names[:_SHOWN_NAMES]) + (", …" if len(names) > _SHOWN_NAMES else "")
            self.report.error(code, path, name=name, known=shown or "–")

    # --- names -------------------------------------------------------------------------------------------------------

    def asset(self, path: Path) -> Asset:
        """The asset named at a path."""
        name = self.at(path)
        if name in self.assets:
            self.used.add(("asset", name))
            self.doubts += ("asset", name) in self.in_doubt
            return self.assets[name]
        if not self.doubtful("asset", str(name)):
            self.unknown("plan.unknown-asset", path, str(name), self.assets)
        return UNKNOWN_ASSET

    def pool(self, path: Path) -> Pool:
        """The pool named at a path."""
        name = self.at(path)
        if name in self.pools:
            self.used.add(("pool", name))
            return self.pools[name]
        if not self.doubtful("pool", str(name)):
            self.unknown("plan.unknown-pool", path, str(name), self.pools)
        return UNKNOWN_POOL

    def ladder(self, path: Path, name: str) -> Ladder | None:
        """The ladder of that name, given at a path; None when unknown."""
        found = self.ladders.get(name)
        if found is None:
            if not self.doubtful("ladder", name):
                self.unknown("plan.unknown-ladder", path, name, self.ladders)
            return None
        self.used.add(("ladder", name))
        self.doubts += ("ladder", name) in self.in_doubt
        return found

    def field(self, name: str, path: Path, place: Place) -> Field:
        """The field of that name, usable in that place."""
        outcome = _OUTCOME.fullmatch(name)
        if outcome:
            return self._outcome(name, outcome.group(1), path, place)
        found = resolve_attribute(name) or self.catalogue.get(name)
        if found is None:
            declared = _OF_DECLARED.fullmatch(name)
            kind = "asset" if ".balance." in name else "ladder"
            if declared is None or not self.doubtful(kind, declared.group(1)):
                self.unknown("plan.unknown-field", path, name, self._usable(place))
            return UNKNOWN_FIELD
        resolved, places = found
        if place not in places:
            self._not_here(name, path, place)
            return UNKNOWN_FIELD
        if resolved.attribute == "balance":
            self.used.add(("asset", resolved.argument))
        if resolved.ladder:
            self.used.add(("ladder", resolved.ladder))
        return resolved

    def _usable(self, place: Place) -> list[str]:
        usable = [known for known, (_, places) in self.catalogue.items() if place in places]
        if place in OUTCOME_PLACES:
            usable += [f"rules.{rule.id}.amount" for rule in self.rules if rule.occasion == self.occasion]
        return usable

    def _not_here(self, name: str, path: Path, place: Place) -> None:
        usable = ", ".join(self._usable(place)) or "–"
        self.report.error("plan.field-not-here", path, name=name, place=PLACES[place], known=usable)

    def _outcome(self, name: str, rule_id: str, path: Path, place: Place) -> Field:
        """`rules.ID.amount`: what an earlier rule on the same trigger has moved."""
        if place not in OUTCOME_PLACES:
            self._not_here(name, path, place)
            return UNKNOWN_FIELD
        rule = self.earlier_rule(rule_id, path)
        if rule is None:
            return UNKNOWN_FIELD
        return Field(name, "rules", "amount", rule_id, Kind.AMOUNT, rule.action.outcome_scale)

    def earlier_rule(self, rule_id: str, path: Path) -> Rule | None:
        """The rule of that id, which must stand earlier in the file, wait for the same trigger and be enabled."""
        rule = next((rule for rule in self.rules if rule.id == rule_id), None)
        if rule is None:
            self._no_earlier_rule(rule_id, path)
            return None
        self.doubts += ("rule", rule_id) in self.in_doubt
        if rule.occasion != self.occasion:
            self.report.error(
                "plan.rule-other-trigger", path, name=rule_id, on=rule.occasion.written, wanted=self.occasion.written
            )
            return None
        if self.enabled and not rule.enabled:
            self.report.error("plan.rule-disabled", path, name=rule_id)
        return rule

    def _no_earlier_rule(self, rule_id: str, path: Path) -> None:
        if self.doubtful("rule", rule_id):
            return
        rules = self.at(("rules",))
        written = [rule.get("id") for rule in rules if isinstance(rule, dict)]
        if rule_id in written:
            self.report.error("plan.rule-later", path, name=rule_id)
        else:
            known = [rule.id for rule in self.rules if rule.occasion == self.occasion]
            self.unknown("plan.unknown-rule", path, rule_id, known)

    # --- numbers -----------------------------------------------------------------------------------------------------

    def _resolved(self, path: Path) -> tuple[Any, str]:
        """The value at a path, `$name` replaced by the parameter's value (None: unknown), and how to show it."""
        value = self.at(path)
        if not (isinstance(value, str) and value.startswith("$")):
            return value, as_written(value)
        name = value[1:]
        if name not in self.parameters:
            if not self.doubtful("parameter", name):
                self.unknown("plan.unknown-parameter", path, name, self.parameters)
            return None, value
        self.used.add(("parameter", name))
        return self.parameters[name], f"{as_written(self.parameters[name])} ({value})"

    def _malformed(self, path: Path, error: AmountError, shown: str) -> None:
        parameters: dict[str, Any] = {**error.parameters, "text": shown}
        self.report.error(error.code, path, **parameters)

    def rate_at(self, path: Path, *, most: Fraction | None = None) -> Fraction | None:
        """The rate at a path (`30%`, `"2.5"`), not negative and at most `most`; None when it cannot be read."""
        value, shown = self._resolved(path)
        if value is None:
            return None
        try:
            rate = parse_rate(value)
        except AmountError as error:
            self._malformed(path, error, shown)
            return None
        if rate < 0:
            self.report.error("plan.negative", path, text=shown)
            return None
        if most is not None and rate > most:
            self.report.error("plan.rate-too-large", path, text=shown, most=format_rate(most))
            return None
        if isinstance(value, int) and value >= 10:
            # 30 where 30% was meant multiplies by thirty; a true multiplier of ten or more can be written in quotes.
            self.report.warning("plan.rate-looks-like-percent", path, text=as_written(value))
        return rate

    def rate(self, path: Path, *, most: Fraction | None = None) -> Fraction:
        """The rate at a path, as `rate_at`; 0 when it cannot be read."""
        rate = self.rate_at(path, most=most)
        return Fraction(0) if rate is None else rate

    def quantity_at(self, path: Path, scale: int) -> int | None:
        """The quantity at a path, in smallest units of an asset with `scale` decimals; None when it cannot be read."""
        value, shown = self._resolved(path)
        if value is None:
            return None
        text = as_written(value)
        if text.endswith("%"):
            self.report.error("plan.quantity-is-rate", path, text=shown)
            return None
        try:
            units = parse_amount(text, scale)
        except AmountError as error:
            if scale <= MAX_SCALE or error.code == "amount.malformed":
                self._malformed(path, error, shown)
            return None
        if units < 0:
            self.report.error("plan.negative", path, text=shown)
            return None
        return units

    def quantity(self, path: Path, scale: int) -> int:
        """The quantity at a path, as `quantity_at`; 0 when it cannot be read."""
        return self.quantity_at(path, scale) or 0

    def column(self, path: Path) -> tuple[Ladder, str, tuple[Fraction, ...]] | None:
        """`ladder.column` at a path: the ladder, the column's name and its value for each level; None when unknown."""
        ladder_name, _, column = str(self.at(path)).partition(".")
        ladder = self.ladder(path, ladder_name)
        if ladder is None:
            return None
        columns = {name: None for level in ladder.levels for name in level.columns}
        if column not in columns:
            self.unknown("plan.unknown-column", path, column, columns)
            return None
        missing = [level.name for level in ladder.levels if column not in level.columns]
        if missing:
            self.report.error("plan.column-missing", path, column=column, levels=", ".join(missing))
            return None
        return ladder, column, ladder.column(column)


def _last_part(name: str) -> str:
    return name.rpartition(".")[2]


def as_written(value: Any) -> str:
    """A number or text as it stands in the file."""
    return format(value, "f") if isinstance(value, Decimal) else str(value)
