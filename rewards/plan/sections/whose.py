"""Whose entries a measure adds up, as it is written: the keys `of` and `tree`."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from rewards.plan.diagnostics import Path
from rewards.plan.measures import Of, Whose
from rewards.plan.schema_parts import expected, mapping, ref, told
from rewards.plan.scope import Scope

_GENERATION = {"type": "integer", "minimum": 1, "maximum": 1000}

OF: dict[str, Any] = {
    "oneOf": [
        {"enum": ["member", "referrals", "downline", "team", "everybody"]},
        mapping(
            {
                "generation": told(_GENERATION, "Generation", "Those so many generations below alone."),
                "generations": told(_GENERATION, "Generations", "Those in so many generations below, from the first."),
                "legs": told(
                    {"enum": ["largest", "smallest", "all_but_largest", "capped", "count"]},
                    "Legs",
                    "The legs, each someone directly below with their own downline: one of them; all but the largest; "
                    "all, but none with more than a share of the total (capped); or how many reach a total (count).",
                ),
                "share": told(ref("rate"), "Share", "With legs: capped, the most one leg may give of the total."),
                "reaching": told(ref("quantity"), "Reaching", "With legs: count, the total a leg must come to."),
                "leg": told(ref("name"), "Leg", "The leg of that name, in a tree with named legs."),
            },
            minProperties=1,
        ),
    ],
    **expected(
        "member, referrals, downline, team, everybody, {generations: 3} or {legs: largest}",
        " member、referrals、downline、team、everybody、{generations: 3} 或 {legs: largest}",
    ),
}

_SIMPLE = {
    "member": Whose.MEMBER,
    "referrals": Whose.GENERATIONS,
    "downline": Whose.DOWNLINE,
    "team": Whose.TEAM,
    "everybody": Whose.EVERYBODY,
}
_FORMS = ("generation", "generations", "legs", "leg")
_COMPANIONS = {"capped": "share", "count": "reaching"}


def read_of(scope: Scope, path: Path, scale: int) -> Of:
    """The keys `of` and `tree` of the measure at a path, whose numbers have `scale` decimals."""
    value = scope.at((*path, "of"))
    tree = scope.at((*path, "tree")) or ""
    if tree:
        scope.tree((*path, "tree"), tree)
    if isinstance(value, dict):
        return _read_below(scope, (*path, "of"), value, tree, scale)
    whose = _SIMPLE[value or "member"]
    if tree and whose in (Whose.MEMBER, Whose.EVERYBODY):
        scope.report.error("plan.tree-without-below", (*path, "tree"), at="key", of=value or "member")
    return Of(whose, tree=tree)


def _read_below(scope: Scope, path: Path, value: dict[str, Any], tree: str, scale: int) -> Of:
    forms = [key for key in _FORMS if key in value]
    if len(forms) != 1:
        scope.report.error("plan.of-one-of", path, found=", ".join(forms) or "–")
        return Of()
    _check_companions(scope, path, value)
    if "generation" in value:
        return Of(Whose.GENERATIONS, value["generation"], value["generation"], tree=tree)
    if "generations" in value:
        return Of(Whose.GENERATIONS, 1, value["generations"], tree=tree)
    if "leg" in value:
        _check_leg(scope, path, value["leg"], tree)
        return Of(Whose.LEG, leg=value["leg"], tree=tree)
    share = scope.rate((*path, "share"), most=Fraction(1)) if "share" in value else Fraction(1)
    reaching = scope.quantity((*path, "reaching"), scale) if "reaching" in value else 0
    for key, number in (("share", share), ("reaching", reaching)):
        if key in value and number == 0 and not scope.report.has_error_at((*path, key)):
            scope.report.error("plan.must-be-positive", (*path, key), key=key)
    whose = Whose(value["legs"])
    return Of(
        whose,
        share_numerator=share.numerator,
        share_denominator=share.denominator,
        reaching=reaching,
        tree=tree,
    )


def _check_companions(scope: Scope, path: Path, value: dict[str, Any]) -> None:
    """`share` belongs to capped legs and `reaching` to counted ones, and neither to anything else."""
    needed = _COMPANIONS.get(value.get("legs", ""))
    for key in _COMPANIONS.values():
        if key == needed and key not in value:
            scope.report.error("plan.of-needs", path, form=value["legs"], key=key)
        elif key != needed and key in value:
            scope.report.error("plan.of-excess", (*path, key), at="key", key=key)


def _check_leg(scope: Scope, path: Path, leg: str, tree: str) -> None:
    declared = scope.trees.get(tree)
    if declared is None and (not tree or not scope.doubtful("tree", tree)):
        if not tree:
            scope.report.error("plan.leg-without-tree", (*path, "leg"), name=leg)
    elif declared is not None and leg not in declared.legs:
        scope.unknown("plan.unknown-leg", (*path, "leg"), leg, declared.legs)
