"""Reading all that a plan declares before its rules, in the order in which one thing may name another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rewards.plan.model import Pool
from rewards.plan.schema_parts import mapping, named, told
from rewards.plan.scope import Scope
from rewards.plan.sections.assets import ASSET, read_assets, read_expiries
from rewards.plan.sections.attributes import ATTRIBUTES, read_attributes
from rewards.plan.sections.caps import CAPS
from rewards.plan.sections.catalogue import REWARDS
from rewards.plan.sections.declared import doubt, names_of, title_at
from rewards.plan.sections.ladders import LADDER, outline_ladder, read_ladder
from rewards.plan.sections.measures import MEASURES, read_measures
from rewards.plan.sections.occasions import EVENTS, TAGS, TREES, read_events, read_tags, read_trees
from rewards.plan.sections.orders import APPLIES_TO, PAYMENT, REFUNDS
from rewards.plan.sections.parameters import PARAMETERS, read_parameters
from rewards.plan.sections.titles import TITLE, read_title

SECTIONS: dict[str, Any] = {
    "parameters": PARAMETERS,
    "assets": told(named(ASSET, minProperties=1, maxProperties=200), "Assets", "What accounts are kept of."),
    "pools": told(
        named(mapping({"title": TITLE}), maxProperties=200),
        "Pools",
        "Accounts of the platform that hold currency for a purpose.",
    ),
    "attributes": ATTRIBUTES,
    "events": EVENTS,
    "tags": TAGS,
    "trees": TREES,
    "measures": MEASURES,
    "ladders": told(
        named(LADDER, maxProperties=100), "Ladders", "Levels that members, orders or events reach by a measure."
    ),
    "caps": told(CAPS, "Caps", "The most that some rules may give a member, or everybody, within a window."),
    "rewards": REWARDS,
    "payment": PAYMENT,
    "refunds": REFUNDS,
    "applies_to": APPLIES_TO,
}
"""The schema of each section but the rules."""


def read_declarations(scope: Scope, values: Mapping[str, Any] | None = None) -> None:
    """Read all declarations; what the schema complains of is only noted as declared.

    A measure may name a ladder's level in a condition and a ladder a measure, so that ladders are outlined first.
    `values` (as written) take the place of the values of parameters in the file.
    """
    read_parameters(scope, values)
    for index, name in enumerate(names_of(scope, "pool")):
        scope.pools[name] = Pool(name, index, read_title(title_at(scope, ("pools", name)), name))
    read_attributes(scope)
    read_events(scope)
    read_tags(scope)
    read_trees(scope)
    read_assets(scope)
    ladders = [each for each in enumerate(names_of(scope, "ladder")) if not doubt(scope, "ladder", each[1])]
    for index, name in ladders:
        scope.ladders[name] = outline_ladder(scope, name, index)
    scope.refresh_catalogue()
    read_measures(scope)
    for index, name in ladders:
        scope.ladders[name] = read_ladder(scope, name, index)
    scope.refresh_catalogue()
    read_expiries(scope)
