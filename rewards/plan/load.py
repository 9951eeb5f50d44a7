"""From a rule file to a plan: read, check against the schema, resolve every name, check the whole.

The one entrance is `load_plan`; it never raises for a bad file but returns what is wrong with it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path as FilePath
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from rewards.plan.conditions import Condition, upper_limit
from rewards.plan.diagnostics import Diagnostic, Path, Report, Severity
from rewards.plan.draft import Draft, Vocabulary
from rewards.plan.expressions import read_condition
from rewards.plan.fields import PLACE_OF
from rewards.plan.model import Plan, Rule
from rewards.plan.reader import Document, read_document
from rewards.plan.schema import plan_schema
from rewards.plan.schema_check import check_schema
from rewards.plan.scope import Scope
from rewards.plan.sections.caps import read_caps
from rewards.plan.sections.catalogue import read_rewards
from rewards.plan.sections.declarations import read_declarations
from rewards.plan.sections.orders import read_applies_to, read_payment
from rewards.plan.sections.parameters import changes
from rewards.plan.sections.titles import read_title
from rewards.plan.together import check_claims, check_flows, check_sources, warn_unused
from rewards.plan.triggers import Occasion, Trigger

_RULE_KEYS = ("id", "title", "on", "when", "enabled")


@dataclass(frozen=True)
class Loaded:
    """The outcome of loading: a plan, unless there are errors; and everything there is to say about the file."""

    plan: Plan | None
    diagnostics: list[Diagnostic]


def load_plan(source: bytes | str, file: str, vocabulary: Vocabulary) -> Loaded:
    """Compile the text of a rule file. `file` is the name diagnostics give; `vocabulary` the known action kinds."""
    document, found = read_document(source, file)
    return Loaded(None, found) if document is None else load_document(document, vocabulary, found)


def load_document(document: Document, vocabulary: Vocabulary, found: Sequence[Diagnostic] = ()) -> Loaded:
    """Compile a rule file that has been read already; `found` is what its reader had to say."""
    report = Report(document, found)
    check_schema(document, _schema(vocabulary), report)
    if not isinstance(document.value, dict):
        return Loaded(None, report.diagnostics)
    plan = _compile(document, report, vocabulary)
    if report.ok and any(changes(parameter) for parameter in plan.parameters.values()):
        plan = _with_variants(plan, document, vocabulary)
        _check_values(plan, report, lambda values: _variant(document, vocabulary, values)[1])
    return Loaded(plan if report.ok else None, report.diagnostics)


class BadValues(ValueError):
    """Values for a plan's parameters with which it cannot be compiled; `diagnostics` says why."""

    def __init__(self, diagnostics: list[Diagnostic]) -> None:
        super().__init__("; ".join(each.message.render() for each in diagnostics))
        self.diagnostics = diagnostics


def _variant(document: Document, vocabulary: Vocabulary, values: Mapping[str, Any]) -> tuple[Plan, Report]:
    """What a sound rule file becomes with other values for its parameters, and what there is to say of it then."""
    report = Report(document)
    return _compile(document, report, vocabulary, values), report


def _with_variants(plan: Plan, document: Document, vocabulary: Vocabulary) -> Plan:
    """The plan, able to compile itself with other values; it raises BadValues for some with which it has errors."""
    variants: dict[tuple[tuple[str, Any], ...], Plan] = {}

    def recompile(values: Mapping[str, Any]) -> Plan:
        variant, report = _variant(document, vocabulary, values)
        if not report.ok:
            raise BadValues([each for each in report.diagnostics if each.severity is Severity.ERROR])
        return replace(variant, recompile=recompile, _variants=variants)

    return replace(plan, recompile=recompile, _variants=variants)


def _check_values(plan: Plan, report: Report, judge: Callable[[Mapping[str, Any]], Report]) -> None:
    """Report what later values of parameters make wrong, at those values: on each day on which one begins."""
    known = {(each.code, each.path) for each in report.diagnostics}
    begun = sorted({first for parameter in plan.parameters.values() for first, _ in parameter.values[1:]})
    for day in begun:
        values: dict[str, Any] = {}
        fault: Path = ()
        for name, parameter in plan.parameters.items():
            in_force = [index for index, (first, _) in enumerate(parameter.values) if index == 0 or first <= day]
            if in_force:
                first, values[name] = parameter.values[in_force[-1]]
                if first == day and not fault:
                    fault = ("parameters", name, "values", in_force[-1], "value")
        for each in judge(values).diagnostics:
            if (each.code, each.path) not in known:
                known.add((each.code, each.path))
                report.repeat(each, fault)


def load_plan_file(path: FilePath, vocabulary: Vocabulary) -> Loaded:
    """Compile a rule file from disk. Raises OSError when it cannot be read."""
    return load_plan(path.read_bytes(), str(path), vocabulary)


_schemas: dict[tuple[int, ...], tuple[Vocabulary, dict[str, Any]]] = {}


def _schema(vocabulary: Vocabulary) -> dict[str, Any]:
    """The plan schema for these kinds, assembled once."""
    kinds = tuple(map(id, vocabulary.values()))
    if kinds not in _schemas:
        _schemas[kinds] = (dict(vocabulary), plan_schema(vocabulary))  # kept, so that no other kind takes over an id
    return _schemas[kinds][1]


def digest_of(source: str) -> str:
    """The content hash that names a version: SHA-256 of the source with line ends as a single line feed."""
    return hashlib.sha256(source.replace("\r\n", "\n").encode()).hexdigest()


def _compile(
    document: Document, report: Report, vocabulary: Vocabulary, values: Mapping[str, Any] | None = None
) -> Plan:
    """Read all that can be read; where something was reported, what is made of it is only good for checks.

    `values` (as written) take the place of the values of parameters in the file.
    """
    scope = Scope(document, report)
    read_declarations(scope, values)
    payment, applies_to = read_payment(scope), read_applies_to(scope)
    _read_rules(scope, vocabulary)
    read_caps(scope)
    rewards = read_rewards(scope)
    value, complete = document.value, report.ok
    plan = Plan(
        name=str(value.get("plan")),
        title=read_title(value.get("title"), str(value.get("plan"))),
        currency=str(value.get("currency")),
        timezone=_read_timezone(scope),
        assets=scope.assets,
        pools=scope.pools,
        ladders=scope.ladders,
        payment=payment,
        keeps_accelerations=value.get("refunds", {}).get("accelerations") == "keep",
        applies_to=applies_to,
        rules=tuple(rule for rule in scope.rules if ("rule", rule.id) not in scope.in_doubt),
        measures=scope.measures,
        events=scope.events,
        tags=scope.tags,
        trees=scope.trees,
        caps=scope.caps,
        parameters=scope.declared_parameters,
        source=document.source,
        digest=digest_of(document.source),
        file=document.file,
        rewards=rewards,
        attributes=scope.attributes,
    )
    _check(scope, plan, vocabulary, complete=complete and report.ok)
    return plan


def _check(scope: Scope, plan: Plan, vocabulary: Vocabulary, *, complete: bool) -> None:
    """Look at the rules together; for what is missing only when every rule could be read."""
    check_claims(plan, scope.report)
    check_flows(plan, scope.report)
    for kind in vocabulary.values():
        if kind.check is not None:
            kind.check(plan, scope.report)
    if not complete:
        return
    for kind in vocabulary.values():
        if kind.check_complete is not None:
            kind.check_complete(plan, scope.report)
    check_sources(plan, scope.report)
    warn_unused(scope)


def _read_timezone(scope: Scope) -> ZoneInfo:
    path: Path = ("timezone",)
    name = scope.at(path)
    if isinstance(name, str) and not scope.report.has_error_at(path):
        if name in _timezones():
            return ZoneInfo(name)
        scope.unknown("plan.unknown-timezone", path, name, _timezones())
    return ZoneInfo("UTC")


@cache
def _timezones() -> frozenset[str]:
    """The names of all time zones. Looking for them reads a tree of folders, as long as much of the rest takes."""
    return frozenset(available_timezones())


def _read_rules(scope: Scope, vocabulary: Vocabulary) -> None:
    rules = scope.at(("rules",))
    if not isinstance(rules, list) or scope.report.has_error_at(("rules",)):
        scope.illegible.add("rule")
    if not isinstance(rules, list):
        return
    scope.in_rules = True
    for index, value in enumerate(rules):
        trouble = scope.trouble
        rule = _read_rule(scope, index, vocabulary) if _is_sound(scope, index) else None
        if rule is not None:
            scope.rules.append(rule)
        if rule is None or scope.trouble > trouble:
            rule_id = value.get("id") if isinstance(value, dict) else None
            scope.in_doubt.add(("rule", rule_id)) if isinstance(rule_id, str) else scope.illegible.add("rule")
    scope.in_rules = False
    _wait_together(scope.rules)
    if rules and all(isinstance(value, dict) and value.get("enabled") is False for value in rules):
        scope.report.error("plan.no-rule-enabled", ("rules",), at="key")


def _wait_together(rules: list[Rule]) -> None:
    """Have rules that are computed of one another wait for the same: what one has moved is known in its close only."""
    position = {rule.id: index for index, rule in enumerate(rules) if rule.enabled}
    pairs = [
        (position[rule.id], position[other])
        for rule in rules
        for other in rule.taken_of
        if rule.enabled and other in position and rules[position[other]].occasion == rule.occasion
    ]
    settled = False
    while not settled:
        settled = True
        for pair in pairs:
            both = rules[pair[0]].awaits | rules[pair[1]].awaits
            for index in pair:
                if rules[index].awaits != both:
                    rules[index], settled = replace(rules[index], awaits=both), False


def _is_sound(scope: Scope, index: int) -> bool:
    """Whether a rule fits the schema; one that does not is reported already, and left out of everything else."""
    path: Path = ("rules", index)
    _check_id(scope, path)
    return not scope.report.has_error_within(path)


def _check_id(scope: Scope, path: Path) -> None:
    earlier = scope.at(path[:1])[: path[-1]]
    value = scope.at(path)
    if not isinstance(value, dict) or not isinstance(value.get("id"), str):
        return
    if any(isinstance(rule, dict) and rule.get("id") == value["id"] for rule in earlier):
        scope.report.error("plan.rule-twice", (*path, "id"), name=value["id"])


def _read_rule(scope: Scope, index: int, vocabulary: Vocabulary) -> Rule | None:
    path: Path = ("rules", index)
    value: Mapping[str, Any] = scope.at(path)
    names = [key for key in value if key not in _RULE_KEYS]
    if len(names) != 1:
        _report_actions(scope, path, names, vocabulary)
        return None
    kind, occasion = vocabulary[names[0]], Occasion.read(value["on"])
    trigger = occasion.trigger
    if trigger not in kind.triggers:
        allowed = ", ".join(sorted(each.value for each in kind.triggers))
        scope.report.error("plan.action-trigger", (*path, "on"), action=kind.name, on=occasion.written, known=allowed)
        return None
    scope.occasion, scope.enabled = occasion, value.get("enabled", True)
    scope.awaits, scope.taken_of, scope.less_paid = set(), set(), []
    trouble = scope.trouble
    if trigger is Trigger.DECLARED:
        known = scope.event((*path, "on"), occasion.event)
        if not known:
            scope.in_doubt.add(("event", occasion.event))
    when = _read_when(scope, path, trigger)
    fields = set(when.fields()) if when else set()
    limits = {field.name: upper_limit(when, field) if field.numeric else None for field in fields}
    draft = Draft(scope, (*path, kind.name), value["id"], occasion, limits, trouble)
    action = kind.build(draft)
    for here in scope.less_paid if not action.flows else []:
        scope.report.error("plan.less-paid-here", here, at="key", action=kind.name)
    return Rule(
        id=value["id"],
        index=index,
        title=read_title(value.get("title"), value["id"]),
        occasion=occasion,
        when=when,
        action_name=kind.name,
        action=action,
        enabled=scope.enabled,
        line=scope.document.position(path)[0],
        awaits=frozenset(scope.awaits),
        taken_of=frozenset(scope.taken_of),
    )


def _report_actions(scope: Scope, path: Path, names: list[str], vocabulary: Vocabulary) -> None:
    """A rule has no action, or more than one: then the second is the place to look at."""
    rule_id = scope.at(path)["id"]
    if not names:
        scope.report.error("plan.no-action", path, name=rule_id, known=", ".join(vocabulary))
        return
    found = ", ".join(names)
    scope.report.error("plan.one-action", (*path, names[1]), at="key", name=rule_id, found=found)


def _read_when(scope: Scope, path: Path, trigger: Trigger) -> Condition | None:
    if "when" not in scope.at(path):
        return None
    return read_condition(scope, (*path, "when"), PLACE_OF[trigger])
