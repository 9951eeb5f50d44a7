"""The fields and numbers of a rule file: how its parts refer to what it has declared.

The rules of reading are those of `rewards.plan.declarations`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from rewards.money import MAX_SCALE, AmountError, format_rate, parse_amount, parse_rate
from rewards.plan.declarations import NOBODY, UNKNOWN_ASSET, UNKNOWN_POOL, UNKNOWN_SCALE, Declarations, did_you_mean
from rewards.plan.diagnostics import Path
from rewards.plan.fields import (
    LOT_QUANTITIES,
    ORDER_PLACES,
    OUTCOME_PLACES,
    Entry,
    Field,
    Kind,
    MeasureField,
    Names,
    Place,
    build_catalogue,
    event_fields,
    fits_occasion,
    resolve_attribute,
)
from rewards.plan.ladder import Ladder
from rewards.plan.model import Rule
from rewards.plan.texts import KINDS, PLACES
from rewards.plan.triggers import Trigger

__all__ = ["UNKNOWN_ASSET", "UNKNOWN_FIELD", "UNKNOWN_POOL", "UNKNOWN_SCALE", "Scope", "as_written", "did_you_mean"]

UNKNOWN_FIELD = Field(NOBODY, "?", "?", "", Kind.AMOUNT, UNKNOWN_SCALE)
_OUTCOME = re.compile(r"rules\.([a-z0-9-]+)\.amount", re.ASCII)
_OF_DECLARED = re.compile(r"(?:[a-z]+\.(balance|level|highest|measure|tag)|(reached|pool))\.([a-z0-9-]+)", re.ASCII)
_KIND_OF = {"balance": "asset", "level": "ladder", "highest": "ladder", "reached": "ladder"}


@dataclass
class Scope(Declarations):
    """What has been declared and where the rule being read stands."""

    names: Names = field(default_factory=Names)
    catalogue: Mapping[str, Entry] = field(default_factory=dict)

    def refresh_catalogue(self) -> None:
        """Make the field catalogue anew after something that fields are named after was declared."""
        self.names = Names(
            currency_scale=self.currency_scale,
            assets={name: asset.scale for name, asset in self.assets.items()},
            ladders={name: _about(ladder) for name, ladder in self.ladders.items()},
            measures={name: MeasureField(m.scale, m.amount, m.everybody) for name, m in self.measures.items()},
            tags=tuple(self.tags),
            pools=tuple(self.pools),
            events={name: event.fields for name, event in self.events.items()},
            attributes=self.attributes,
        )
        self.catalogue = build_catalogue(self.names)

    # --- fields ------------------------------------------------------------------------------------------------------

    def field(self, name: str, path: Path, place: Place) -> Field:
        """The field of that name, usable in that place."""
        outcome = _OUTCOME.fullmatch(name)
        if outcome:
            return self._outcome(name, outcome.group(1), path, place)
        found = self.catalogue.get(name) or resolve_attribute(name) or self._event_field(name, place)
        if found is None:
            self._unknown_field(name, path, place)
            return UNKNOWN_FIELD
        resolved, places = found
        if resolved.attribute == "attributes" and self._attribute_in_doubt(resolved):
            return UNKNOWN_FIELD
        if place is Place.LADDER and resolved.root == "event":
            self._check_alike(name, path)
        if place not in places or not fits_occasion(resolved, self.occasion):
            self._not_here(name, path, place)
            return UNKNOWN_FIELD
        self._note_use(resolved)
        if resolved.root == "pool":
            self.need_currency(path)
        if resolved.root == "lot" and resolved.attribute in LOT_QUANTITIES:
            return replace(resolved, scale=self.lot_scale)
        return resolved

    def _attribute_in_doubt(self, resolved: Field) -> bool:
        """Whether an attribute may have been declared, but not rightly: nobody knows of what kind it is then."""
        declared = resolved.argument in self.attributes.get(resolved.root, {})
        return not declared and self.doubtful("attribute", f"{resolved.root}.{resolved.argument}")

    def need_numeric(self, field: Field, path: Path) -> None:
        """Report a field, named at a path, that is no amount and no number."""
        if field.numeric:
            return
        declared = resolve_attribute(field.name) is None or field.argument in self.attributes.get(field.root, {})
        if declared:
            self.report.error("plan.not-a-quantity", path, field=field.name, kind=KINDS[field.kind])
        else:
            self.report.error("plan.attribute-is-text", path, field=field.name, root=field.root, name=field.argument)

    def _note_use(self, resolved: Field) -> None:
        kind = {"balance": "asset", "measure": "measure", "tag": "tag", "held": "pool"}.get(resolved.attribute)
        if kind and resolved.argument:
            self.used.add((kind, resolved.argument))
        if resolved.attribute == "attributes":
            self.used.add(("attribute", f"{resolved.root}.{resolved.argument}"))
        if resolved.ladder:
            self.used.add(("ladder", resolved.ladder))

    def _event_field(self, name: str, place: Place) -> Entry | None:
        """A field of the declared event a rule is about; elsewhere, of the first event that has it."""
        here = place is Place.EVENT_RULE and self.occasion.trigger is Trigger.DECLARED
        events = [self.occasion.event] if here else list(self.events)
        return next((found for event in events if (found := event_fields(self.names, event).get(name))), None)

    def _check_alike(self, name: str, path: Path) -> None:
        """A ladder over events takes all that have its field, which must be the same kind of number in each."""
        having = [(event, event_fields(self.names, event).get(name)) for event in self.events]
        found = [(event, (entry[0].kind, entry[0].scale)) for event, entry in having if entry is not None]
        for event, kind in found[1:]:
            if kind != found[0][1]:
                self.report.error("plan.event-fields-differ", path, name=name, first=found[0][0], second=event)
                return

    def _unknown_field(self, name: str, path: Path, place: Place) -> None:
        """Report a field that does not exist, unless it is named after something in doubt."""
        if name.startswith("event.") and self.doubtful("event", self.occasion.event):
            return
        if name.endswith(".tag") and self.tags and f"{name}.{next(iter(self.tags))}" in self.catalogue:
            self.report.error("plan.field-of-tag", path, at="key", name=name, known=", ".join(self.tags))
            return
        declared = _OF_DECLARED.fullmatch(name)
        if declared is not None:
            word, after = declared.group(1) or declared.group(2), declared.group(3)
            if self.doubtful(_KIND_OF.get(word, word), after):
                return
            if word == "measure" and self._tell_measure(name, after, path):
                return
        elif "." not in name and self._tell_measure(name, name, path):
            return
        self.unknown("plan.unknown-field", path, name, self._usable(place))

    def _tell_measure(self, name: str, measure: str, path: Path) -> bool:
        """Say what is known of a measure that is there, but not under this name or not yet."""
        written = self.at(("measures",))
        if measure in self.measures:
            root = self.measures[measure].root
            self.report.error("plan.unknown-field.did-you-mean", path, name=name, known=f"{root}.measure.{measure}")
        elif isinstance(written, dict) and measure in written:
            self.report.error("plan.measure-later", path, name=measure)
        return measure in self.measures or (isinstance(written, dict) and measure in written)

    def _usable(self, place: Place) -> list[str]:
        known: dict[str, Entry] = {}
        for event in [self.occasion.event] if place is Place.EVENT_RULE else self.events:
            known |= event_fields(self.names, event)
        known |= self.catalogue
        usable = [
            name for name, (each, places) in known.items() if place in places and fits_occasion(each, self.occasion)
        ]
        if place in OUTCOME_PLACES and self.in_rules:
            usable += [f"rules.{rule.id}.amount" for rule in self.rules if rule.occasion == self.occasion]
        return usable

    def _not_here(self, name: str, path: Path, place: Place) -> None:
        if name.startswith("line.") and place in ORDER_PLACES:
            self.report.error("plan.field-of-line", path, name=name)
            return
        if name.startswith("lot.") and place is Place.CLOSE_RULE:
            self.report.error("plan.field-of-lot", path, name=name)
            return
        usable = ", ".join(self._usable(place)) or "–"
        self.report.error("plan.field-not-here", path, name=name, place=PLACES[place], known=usable)

    def _outcome(self, name: str, rule_id: str, path: Path, place: Place) -> Field:
        """`rules.ID.amount`: what an earlier rule on the same trigger has moved."""
        if place not in OUTCOME_PLACES or not self.in_rules:
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
        self.taken_of.add(rule_id)
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
        if not self._may_change_here(name, path):
            return None, value
        if self.parameters[name] is None:
            return None, value
        return self.parameters[name], f"{as_written(self.parameters[name])} ({value})"

    def _may_change_here(self, name: str, path: Path) -> bool:
        """Whether a parameter whose value changes may stand here: in rules, a declared one where its period closes."""
        parameter = self.declared_parameters.get(name)
        if parameter is None or not (parameter.declared or len(parameter.values) > 1):
            return True
        if not self.in_rules:
            self.report.error("plan.parameter-changes", path, name=name)
            return False
        if parameter.declared is None:
            return True
        self.awaits.add(name)
        close = f"{parameter.declared.value}.close"
        if self.occasion.written != close:
            self.report.error("plan.parameter-other-close", path, name=name, on=self.occasion.written, wanted=close)
            return False
        return True

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


def _about(ladder: Ladder) -> str:
    """What a ladder's measure is about, as `Names.ladders` has it."""
    if ladder.held or ladder.measure is None:
        return "member"
    return "order" if ladder.measure.root == "order" else ladder.measure.name


def as_written(value: Any) -> str:
    """A number or text as it stands in the file."""
    return format(value, "f") if isinstance(value, Decimal) else str(value)
