"""The sections `events`, `tags` and `trees`: what a shop tells of its members besides orders."""

from __future__ import annotations

from typing import Any

from rewards.plan.fields import RESERVED_EVENT_FIELDS
from rewards.plan.model import SPONSOR_TREE, DeclaredEvent, Tag, Tree
from rewards.plan.schema_parts import expected, mapping, named, ref, told
from rewards.plan.scope import Scope
from rewards.plan.sections.declared import doubt, names_of, title_at
from rewards.plan.sections.kinds import KIND, read_kind
from rewards.plan.sections.titles import TITLE, read_title

EVENTS: dict[str, Any] = told(
    named(
        mapping(
            {
                "title": TITLE,
                "fields": told(
                    named(KIND, maxProperties=100),
                    "Fields",
                    "What is sent with it: a number, also with decimals, an amount of the currency, a text or a flag. "
                    "In rules on it they are event.NAME; one that is not sent is 0, empty or false.",
                ),
            }
        ),
        maxProperties=100,
    ),
    "Events",
    "Kinds of events the shop sends besides orders: a stay, a review, a check-in. A rule waits for one with "
    "on: event.NAME.",
)
TAGS: dict[str, Any] = told(
    named(mapping({"title": TITLE}), maxProperties=500),
    "Tags",
    "Marks a member may carry from one day to another: field member.tag.NAME.",
)
TREES: dict[str, Any] = told(
    named(
        mapping(
            {
                "title": TITLE,
                "legs": told(
                    {
                        "type": "array",
                        "minItems": 1,
                        "maxItems": 100,
                        "uniqueItems": True,
                        "items": ref("name"),
                        **expected("a list of names such as [left, right]", "名称列表，例如 [left, right]"),
                    },
                    "Legs",
                    "The names of the places below a member, one person each. Without them, as many as come.",
                ),
            }
        ),
        maxProperties=20,
    ),
    "Trees",
    "Trees of members besides that of sponsors.",
)


def read_events(scope: Scope) -> None:
    """Read all declared events; one that is doubtful has none of its fields known."""
    for name in names_of(scope, "event"):
        if doubt(scope, "event", name):
            continue
        fields = scope.at(("events", name, "fields")) or {}
        for each in fields:
            if each in RESERVED_EVENT_FIELDS:
                scope.report.error("plan.event-field-reserved", ("events", name, "fields", each), at="key", name=each)
        title = read_title(title_at(scope, ("events", name)), name)
        kinds = {each: read_kind(each, kind) for each, kind in fields.items()}
        scope.events[name] = DeclaredEvent(name, title, kinds)


def read_tags(scope: Scope) -> None:
    """Read all tags."""
    for name in names_of(scope, "tag"):
        scope.tags[name] = Tag(name, read_title(title_at(scope, ("tags", name)), name))


def read_trees(scope: Scope) -> None:
    """Read all trees."""
    for name in names_of(scope, "tree"):
        if name == SPONSOR_TREE:
            scope.report.error("plan.tree-reserved", ("trees", name), at="key", name=name)
        if not doubt(scope, "tree", name):
            title = read_title(title_at(scope, ("trees", name)), name)
            scope.trees[name] = Tree(name, title, tuple(scope.at(("trees", name, "legs")) or ()))
