"""What plan tests say of trees: who is placed below whom at first, and moves. Schema, checks, and playing it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from rewards.errors import InvalidRequest, Refused
from rewards.interpreter.placements import TreeInMemory, check_leg, no_sponsor, nobody_sponsored, placement
from rewards.interpreter.world import World
from rewards.plan.diagnostics import Path
from rewards.plan.events import Placed
from rewards.plan.model import SPONSOR_TREE
from rewards.plan.windows import FOR_EVER
from rewards.testing import tree_texts  # noqa: F401 (what is said of trees)
from rewards.testing.names import Names
from rewards.testing.schema_parts import mapping, ref

# --- schema ------------------------------------------------------------------------------------------------------


def _place() -> dict[str, Any]:
    return {
        "tree": ref("name", f"A tree the plan declares, or {SPONSOR_TREE}."),
        "member": ref("member"),
        "under": ref("member", "Who is directly above."),
        "leg": ref("name", "Below which leg, in a tree whose legs have names."),
    }


def given_places() -> dict[str, Any]:
    """The schema of `placed` among what is given."""
    place = mapping(_place(), "tree", "member", "under")
    return {
        "type": "array",
        "maxItems": 10_000,
        "items": place,
        "description": "Who stands below whom in trees, from the beginning.",
    }


def place_step(whose: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of `place`."""
    place = {**_place(), "on": whose["on"]}
    return mapping(
        place, "tree", "member", "under", description="A member is placed, or moved, in a tree from this day on."
    )


# --- checks ------------------------------------------------------------------------------------------------------


def check_place(names: Names, value: Mapping[str, Any], path: Path) -> str | None:
    """Check a placement's names; returns its leg (empty without one), or None when something is wrong with it."""
    for key in ("member", "under"):
        names.member(value[key], (*path, key))
    tree = value["tree"]
    if not names.known("test.unknown-tree", tree, [SPONSOR_TREE, *names.plan.trees], (*path, "tree")):
        return None
    legs = () if tree == SPONSOR_TREE else names.plan.trees[tree].legs
    try:
        leg = check_leg(tree, value.get("leg"), legs)
    except InvalidRequest as error:
        parameters: dict[str, Any] = error.parameters
        names.report.error(error.code, (*path, "leg") if "leg" in value else path, **parameters)
        return None
    return leg if {value["member"], value["under"]} <= set(names.members) else None


def check_given_places(
    names: Names, members: Sequence[Mapping[str, Any]], placed: Sequence[Mapping[str, Any]], path: Path
) -> None:
    """Check who is placed at first, one after the other, in trees of these members."""
    known = list(names.members)
    number = {name: index for index, name in enumerate(known, 1)}
    records = {tree: TreeInMemory(no_sponsor, nobody_sponsored) for tree in names.plan.trees}
    records[SPONSOR_TREE] = _sponsor_tree([number.get(each.get("sponsor", ""), 0) for each in members])
    start = datetime.combine(date.fromordinal(FOR_EVER), time(12), names.plan.timezone)
    for index, value in enumerate(placed):
        here, tree = (*path, index), value["tree"]
        leg = check_place(names, value, here)
        if leg is None:
            continue
        member, under, record = number[value["member"]], number[value["under"]], records[tree]
        event = Placed("", member, tree, under, leg, start.date(), start)
        try:
            record.add(placement(record, event, 0, lambda ordinal: known[ordinal - 1]))
        except Refused as refusal:
            parameters: dict[str, Any] = refusal.parameters
            names.report.error(refusal.code, here, **parameters)


def _sponsor_tree(sponsors: Sequence[int]) -> TreeInMemory:
    """The sponsor tree before anybody is placed; the first is the sponsor of the first member."""
    return TreeInMemory(
        lambda member: sponsors[member - 1],
        lambda parent: [member for member, sponsor in enumerate(sponsors, 1) if sponsor == parent],
    )


def check_open(names: Names, value: Mapping[str, Any], path: Path, closed: date | None) -> None:
    """Check that the day of a `place` is after the last one closed."""
    if closed and "on" in value and date.fromisoformat(value["on"]) <= closed:
        first = (closed + timedelta(days=1)).isoformat()
        names.report.error("world.place-closed", (*path, "on"), day=value["on"], first=first)


# --- play --------------------------------------------------------------------------------------------------------


def give_places(world: World, placed: Sequence[Mapping[str, Any]]) -> None:
    """Let members stand where they are placed at first."""
    for value in placed:
        world.give_place(value["tree"], value["member"], value["under"], value.get("leg"))


def play_place(world: World, value: Mapping[str, Any], on: str) -> None:
    """Do a `place`. Raises Refused."""
    world.place(value["tree"], value["member"], value["under"], value.get("leg"), on=on)
