"""The section `ladders`: levels, when they are looked at, how long they hold and how they fall."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rewards.plan import ladder_texts  # noqa: F401 (what is said of this section)
from rewards.plan.diagnostics import Doubted, Path
from rewards.plan.expressions import read_condition
from rewards.plan.fields import Field, Kind, Place
from rewards.plan.ladder import Evaluated, Ladder, Level
from rewards.plan.measures import Members
from rewards.plan.schema_parts import expected, mapping, ref, told
from rewards.plan.schema_words import closest
from rewards.plan.scope import Scope, as_written
from rewards.plan.sections.terms import DAYS, MONTHS, TERM, read_term
from rewards.plan.sections.titles import read_title

_DECIDING = ("from", "above", "when")
_LEVEL_KEYS = ("name", "title", *_DECIDING)
_OF_MEMBERS = ("evaluated", "lasts", "grace", "falls", "floors")
"""What only a ladder has whose levels members hold."""

_TERM_EXPECTED = expected(
    "for_ever, evaluation, {end_of: year, after: 1}, {months: 12} or {days: 90}",
    " for_ever、evaluation、{end_of: year, after: 1}、{months: 12} 或 {days: 90}",
)
_LASTS: dict[str, Any] = {
    "oneOf": [
        {"enum": ["for_ever", "evaluation"], **_TERM_EXPECTED},
        TERM,
    ],
    **_TERM_EXPECTED,
}
_GRACE = mapping({"months": MONTHS, "days": DAYS}, oneOf=[{"required": ["months"]}, {"required": ["days"]}])
_LEVEL: dict[str, Any] = {
    "type": "object",
    "properties": {
        "name": told(ref("name"), "Name", "The name by which conditions know the level."),
        "title": told(ref("title"), "Title", "The level's name for people."),
        "from": told(ref("quantity"), "From", "Reached when the measure is at least so much."),
        "above": told(ref("quantity"), "Above", "Reached when the measure is more than so much."),
        "when": told(ref("condition"), "When", "Reached by members of whom this condition holds."),
    },
    "required": ["name"],
    "propertyNames": ref("name"),
    "additionalProperties": {
        # A mapping is no column, but may be a condition or title under a mistyped key, of which the reader knows more.
        "type": ["string", "number", "object"],
        "pattern": r"^(-?[0-9]{1,30}(\.[0-9]{1,30})?%?|[0-9]{1,30}/0*[1-9][0-9]{0,29}|\$[a-z][a-z0-9-]{0,62})$",
        **expected(
            'a rate such as 30%, 1/12, "2.5" or $parameter, which makes this key a column '
            "(a level's own keys are name, title, from, above and when)",
            '比率，例如 30%、1/12、"2.5" 或 $参数，此键即为一列（等级自身的键有 name、title、from、above、when）',
        ),
        "title": "Column",
        "description": "A rate under a name of your own; rules name it as LADDER.COLUMN.",
    },
}
LADDER: dict[str, Any] = mapping(
    {
        "title": told(ref("title"), "Title", "The ladder's name for people."),
        "measure": told(
            ref("field"),
            "Measure",
            "The field that from and above are compared with. Of an order or event: each of them is classified. "
            "Of a member: members hold the level. Not needed when every level has a condition (when).",
        ),
        "evaluated": told(
            {"enum": [each.value for each in Evaluated]},
            "Evaluated",
            "When members' levels are looked at: on their events, before the rules (at_once) or after them "
            "(afterwards), or at the close of each day (default), or of a period's last day.",
        ),
        "lasts": told(
            _LASTS,
            "Lasts",
            "How long a level holds that has been reached or confirmed: for_ever (default), only as long as every "
            "evaluation confirms it (evaluation), or to a day.",
        ),
        "grace": told(_GRACE, "Grace", "For how much longer a level holds whose term is over."),
        "falls": told(
            {"enum": ["to_reached", "one_level"]},
            "Falls",
            "Where to a level falls whose term is over: to the one then reached (default), or by one level at most.",
        ),
        "floors": told(
            {
                "type": "object",
                "minProperties": 1,
                "propertyNames": ref("name"),
                "additionalProperties": ref("name"),
                **expected(
                    "a tag and the level it holds up, such as {invited: gold}", "标签及其保底等级，例如 {invited: gold}"
                ),
            },
            "Floors",
            "Tags and levels: who carries the tag stands at least on the level, as long as they carry it.",
        ),
        "levels": told(
            {"type": "array", "minItems": 1, "maxItems": 100, "items": _LEVEL},
            "Levels",
            "The levels, lowest first; the highest that is reached counts.",
        ),
    },
    "levels",
)
"""One ladder."""


def read_ladder(scope: Scope, name: str, index: int) -> Ladder:
    """The ladder of that name, whose form is sound; measures, and what conditions may name, are known by now."""
    path: Path = ("ladders", name)
    value = scope.at(path)
    trouble = scope.trouble
    measure = scope.field(value["measure"], (*path, "measure"), Place.LADDER) if "measure" in value else None
    levels = [_read_level(scope, (*path, "levels", i), measure) for i in range(len(value["levels"]))]
    if scope.trouble > trouble:
        scope.in_doubt.add(("ladder", name))
    _check_levels(scope, path, levels)
    ladder = Ladder(
        name=Doubted(name) if ("ladder", name) in scope.in_doubt else name,
        index=index,
        title=read_title(value.get("title"), name),
        measure=measure,
        levels=tuple(levels),
        evaluated=Evaluated(value.get("evaluated", "day")),
        term=read_term(value.get("lasts", "for_ever")),
        grace=read_term(value.get("grace", "for_ever")),
        falls_one_level=value.get("falls") == "one_level",
        floors=_read_floors(scope, path, levels),
    )
    _check_keys(scope, path, ladder)
    return ladder


def outline_ladder(scope: Scope, name: str, index: int) -> Ladder:
    """What can be told of a ladder before its measure can be read: the names of its levels, and whether it is held.

    It serves what is read before the ladders and names their levels. The form of the ladder is sound.
    """
    value = scope.at(("ladders", name))
    written = str(value.get("measure", "member.level"))
    root, _, attribute = written.partition(".")
    levels = tuple(Level(level["name"], {}, None, False, {}) for level in value["levels"])
    return Ladder(name, index, {}, Field(written, root, attribute, "", Kind.AMOUNT), levels)


# --- levels ----------------------------------------------------------------------------------------------------------


def _read_level(scope: Scope, path: Path, measure: Field | None) -> Level:
    value = scope.at(path)
    deciding = [key for key in _DECIDING if key in value]
    columns = [key for key in value if key not in _LEVEL_KEYS]
    mistyped = [column for column in columns if _is_mistyped(scope, path, column)]
    if len(deciding) != 1 and not mistyped:
        scope.report.error("plan.level-one-of", path, name=value["name"], found=", ".join(deciding) or "–")
    key = deciding[0] if deciding else ""
    threshold = None
    if key in ("from", "above"):
        threshold = _read_threshold(scope, (*path, key), measure)
    for column in columns:
        if isinstance(value[column], dict) and column not in mistyped:
            scope.report.error("plan.level-column", (*path, column), name=column)
    return Level(
        name=value["name"],
        title=read_title(value.get("title"), value["name"]),
        threshold=threshold,
        strict=key == "above",
        columns={
            column: scope.rate((*path, column)) for column in columns if not scope.report.has_error_at((*path, column))
        },
        when=read_condition(scope, (*path, "when"), Place.MEMBER) if key == "when" else None,
    )


def _read_threshold(scope: Scope, path: Path, measure: Field | None) -> int:
    if measure is None:
        scope.report.error("plan.ladder-needs-measure", path, at="key", key=str(path[-1]))
        return _UNREADABLE
    threshold = scope.quantity_at(path, measure.scale)
    return _UNREADABLE if threshold is None else threshold


_UNREADABLE = -1
"""Threshold of a level whose number could not be read; it is compared with none."""


def _is_mistyped(scope: Scope, path: Path, column: str) -> bool:
    """Whether what seems a column is a key of the level with a slip in it, which is then reported.

    A column that something names is one, however alike to a key.
    """
    present = set(scope.at(path))
    known = {"name", "title"} - present
    if not present & set(_DECIDING):
        known |= set(_DECIDING)
    meant = closest(column, known)
    if meant is None or f"{path[1]}.{column}" in _texts(scope.document.value):
        return False
    scope.report.error("plan.level-key.did-you-mean", (*path, column), at="key", key=column, known=meant)
    return True


def _texts(value: Any) -> Iterator[str]:
    """All texts of a document that stand as values."""
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, str):
            yield each
        elif isinstance(each, dict | list):
            waiting.extend(each.values() if isinstance(each, dict) else each)


def _check_levels(scope: Scope, path: Path, levels: list[Level]) -> None:
    """Thresholds must ascend and conditions differ, or a level could never be reached; names must differ."""
    names: set[str] = set()
    before: Level | None = None
    for index, level in enumerate(levels):
        here = (*path, "levels", index)
        if level.name in names:
            scope.report.error("plan.level-twice", (*here, "name"), name=level.name)
        names.add(level.name)
        alike = _alike(scope, path, index)
        if alike is not None:
            scope.report.error("plan.levels-alike", (*here, "when"), name=level.name, previous=levels[alike].name)
        if level.threshold in (None, _UNREADABLE):
            continue
        if before is not None and level.lowest <= before.lowest:
            key = "above" if level.strict else "from"
            scope.report.error(
                "plan.levels-overlap",
                (*here, key),
                name=level.name,
                text=as_written(scope.at((*here, key))),
                previous=before.name,
            )
        before = level


def _alike(scope: Scope, path: Path, index: int) -> int | None:
    """The level below with the very same condition, if there is one."""
    conditions = [level.get("when") for level in scope.at((*path, "levels"))]
    own = conditions[index]
    return next((i for i in range(index) if own is not None and conditions[i] == own), None)


# --- how levels are held ---------------------------------------------------------------------------------------------


def _read_floors(scope: Scope, path: Path, levels: list[Level]) -> dict[str, int]:
    names = [level.name for level in levels]
    floors: dict[str, int] = {}
    for tag, level in (scope.at((*path, "floors")) or {}).items():
        here = (*path, "floors", tag)
        if tag in names and tag not in scope.tags and level in scope.tags:
            scope.used.add(("tag", level))
            scope.report.error("plan.floor-reversed", here, at="key", tag=level, level=tag)
            continue
        scope.tag(here, tag)
        if level not in names:
            scope.unknown("plan.unknown-level", here, level, names)
        else:
            floors[tag] = names.index(level)
    return floors


def _check_keys(scope: Scope, path: Path, ladder: Ladder) -> None:
    """What cannot stand together: keys about members where orders are classified, falls that never come."""
    value = scope.at(path)
    if not ladder.held:
        for key in _OF_MEMBERS:
            if key in value:
                scope.report.error("plan.order-ladder-key", (*path, key), at="key", name=path[1], key=key)
        for index, level in enumerate(ladder.levels):
            if level.when is not None:
                scope.report.error("plan.order-ladder-when", (*path, "levels", index, "when"), at="key", name=path[1])
        return
    idle = ladder.measure is not None and all(level.threshold is None for level in ladder.levels)
    if idle and not scope.report.has_error_within((*path, "levels")):
        scope.report.error("plan.ladder-measure-idle", (*path, "measure"), name=path[1])
    lasts = value.get("lasts", "for_ever")
    for key in ("grace", "falls"):
        if key in value and isinstance(lasts, str):
            scope.report.error("plan.ladder-needs-term", (*path, key), at="key", key=key, lasts=lasts)
    if ladder.evaluated.on_events:
        _check_on_events(scope, path, ladder)


def _check_on_events(scope: Scope, path: Path, ladder: Ladder) -> None:
    """Events look at the levels of those they concern, and a number about everybody changes with anybody's event."""
    for each in ladder.fields():
        if _of_everybody(scope, each):
            here = (*path, "evaluated")
            scope.report.error("plan.ladder-of-everybody", here, field=each.name, evaluated=ladder.evaluated.value)
            return


def _of_everybody(scope: Scope, field: Field) -> bool:
    """Whether a field's value depends on what everybody together has done."""
    if field.root == "plan":
        return True
    measure = scope.measures.get(field.argument) if field.attribute == "measure" else None
    if measure is None:
        return False
    looked_at: list[Field] = []
    if isinstance(measure.source, Members):
        looked_at += [measure.source.value] if measure.source.value else []
        looked_at += measure.source.when.fields() if measure.source.when else []
    return measure.everybody or any(_of_everybody(scope, each) for each in looked_at)
