"""Checking a document against a JSON Schema (2020-12), with messages for the people who write plan files.

Nothing of the schema's own text is shown: each mistake becomes one diagnostic, at the key or value at
fault, that says what was found and what to write. A schema may say in its annotation `x-expected: {en: ...,
zh: ...}`, beside a pattern or any other demand, what it wants in the author's words: "a percentage such as
30%".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker, ValidationError, validators

from rewards.plan import schema_words as words
from rewards.plan.diagnostics import Path, Phrase, Report
from rewards.plan.reader import Document


def check_schema(document: Document, schema: dict[str, Any], report: Report) -> None:
    """Report every way in which the document's value departs from `schema`.

    Numbers are ints or Decimals (`integer` means int), truth values are no numbers, and `format: date` is
    checked. References must stay within the schema. A place that has an error in the report already is not
    reported again.
    """
    validator = _Validator(schema, format_checker=FormatChecker(formats=("date",)))
    _Explainer(schema, report).explain(validator.iter_errors(document.value))


class _KeyName(str):
    """The last step of an error's path when the fault is in the key itself, or in its absence."""


# -- keywords that tell one error for each key, where the library tells one for all of them


def _required(_: Any, keys: list[str], instance: Any, __: Any) -> Iterator[ValidationError]:
    if isinstance(instance, dict):
        for key in keys:
            if key not in instance:
                yield ValidationError("missing", validator="required", path=(_KeyName(key),))


def _dependent_required(
    validator: Any, needs: Mapping[str, list[str]], instance: Any, schema: Any
) -> Iterator[ValidationError]:
    if isinstance(instance, dict):
        for key, needed in needs.items():
            if key in instance:
                yield from _required(validator, needed, instance, schema)


def _additional_properties(validator: Any, rule: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    if not isinstance(instance, dict):
        return
    for key, value in instance.items():
        named = key in schema.get("properties", ())
        if named or any(re.search(pattern, key) for pattern in schema.get("patternProperties", ())):
            continue
        if rule is False:
            yield ValidationError("unknown", path=(_KeyName(key),))
        else:
            yield from validator.descend(value, rule, path=key)


def _properties(validator: Any, rules: Mapping[str, Any], instance: Any, _: Any) -> Iterator[ValidationError]:
    if isinstance(instance, dict):
        for key, rule in rules.items():
            if key in instance and rule is False:
                yield ValidationError("unknown", validator="additionalProperties", path=(_KeyName(key),))
            elif key in instance:
                yield from validator.descend(instance[key], rule, path=key, schema_path=key)


def _property_names(validator: Any, rule: Any, instance: Any, _: Any) -> Iterator[ValidationError]:
    if isinstance(instance, dict):
        for key in instance:
            yield from validator.descend(key, rule, path=_KeyName(key))


def _is_integer(_: Any, value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(_: Any, value: object) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


_Validator = validators.extend(  # type: ignore[no-untyped-call]
    Draft202012Validator,
    {
        "properties": _properties,
        "required": _required,
        "dependentRequired": _dependent_required,
        "additionalProperties": _additional_properties,
        "propertyNames": _property_names,
    },
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine_many({"integer": _is_integer, "number": _is_number}),
)

_NOWHERE: Mapping[str, Mapping[str, str]] = {}
_ABOUT_KEYS = ("additionalProperties", "required")
_OF_TEXTS = ("schema.pattern", "schema.not-one-of", "schema.wrong-type")
# What is told first silences what else is wrong at the same place
_ORDER = {"type": 0, "const": 1, "enum": 1, "additionalProperties": 2, "propertyNames": 2, "required": 4}


class _Explainer:
    """Turns the validator's errors into diagnostics."""

    def __init__(self, root: Mapping[str, Any], report: Report) -> None:
        self._expected = words.Expectations(root)
        self._report = report
        self._meant: set[Path] = set()

    def explain(self, errors: Iterable[ValidationError]) -> None:
        for error in sorted(errors, key=lambda each: _ORDER.get(str(each.validator), 3)):
            self._explain(error)

    def _explain(self, error: ValidationError) -> None:
        keyword = str(error.validator)
        if keyword in ("anyOf", "oneOf"):
            self._alternatives(error)
        elif keyword == "additionalProperties":
            elsewhere = _schema(error).get("x-elsewhere", {})
            self._tell_unknown(_path(error), self._expected.keys(_schema(error)), _value(error), elsewhere)
        elif keyword == "unevaluatedProperties":
            self._unevaluated(error)
        elif keyword == "required":
            self._missing_key(error)
        elif keyword == "uniqueItems":
            self._duplicate(error)
        else:
            code, parameters = self._about_value(keyword, error)
            self._tell(code, error, parameters)

    def _about_value(self, keyword: str, error: ValidationError) -> tuple[str, dict[str, object]]:
        """The message about a single value that breaks one keyword."""
        value, schema = _value(error), _schema(error)
        seen, wanted = words.found(value), self._expected.of(schema) or words.ANOTHER_VALUE
        match keyword:
            case "type":
                hint = words.quoting_hint(value, schema)
                return "schema.wrong-type", {"found": seen, "wanted": wanted, "hint": hint}
            case "const" | "enum":
                allowed = schema["enum"] if keyword == "enum" else [schema["const"]]
                return self._not_one_of(value, allowed, wanted if "x-expected" in schema else None)
            case "pattern" if str(value) in schema.get("x-elsewhere", {}):
                told = schema["x-elsewhere"][str(value)]
                return "schema.unknown-key", {"key": str(value), "hint": Phrase(told["en"], told["zh"])}
            case "pattern" | "format":
                known = "x-expected" in schema or "format" in schema
                return "schema.pattern", {"found": seen, "expected": wanted if known else words.ANOTHER_VALUE}
            case "minLength" | "minItems" | "minProperties":
                return "schema.too-short", {"count": words.count(keyword, value), "limit": schema[keyword]}
            case "maxProperties" if "x-expected" in schema:
                return "schema.invalid", {"found": seen, "expected": wanted}
            case "maxLength" | "maxItems" | "maxProperties":
                return "schema.too-long", {"count": words.count(keyword, value), "limit": schema[keyword]}
            case "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum":
                return "schema.out-of-range", {"found": seen, "bounds": words.bounds(schema)}
        said = wanted if "x-expected" in schema else words.ANOTHER_VALUE
        return "schema.invalid", {"found": seen, "expected": said}

    def _not_one_of(self, value: Any, allowed: list[Any], said: Phrase | None = None) -> tuple[str, dict[str, object]]:
        """That a value is none of the allowed ones; `said` tells more than those, when there is more to write."""
        hint = words.value_hint(value, allowed)
        seen, named = words.found(value), said or words.choices(allowed)
        return "schema.not-one-of", {"found": seen, "hint": hint, "allowed": named}

    # -- keys

    def _tell_unknown(
        self, path: Path, known: set[str], mapping: Any, elsewhere: Mapping[str, Mapping[str, str]] = _NOWHERE
    ) -> None:
        """Report an unknown key; of one that belongs `elsewhere` (the schema's `x-elsewhere`), where it does."""
        present = set(mapping) if isinstance(mapping, dict) else set()
        key = str(path[-1])
        if key in elsewhere:
            hint = Phrase(elsewhere[key]["en"], elsewhere[key]["zh"])
            self._report.error("schema.unknown-key", path, at="key", key=key, hint=hint)
            return
        meant = words.closest_key(key, known - present)
        if meant is not None:
            # the key that was misspelt is not missing as well
            self._meant.add((*path[:-1], meant))
        if not self._report.has_error_at(path):
            hint = words.key_hint(meant, known)
            self._report.error("schema.unknown-key", path, at="key", key=key, hint=hint)

    def _unevaluated(self, error: ValidationError) -> None:
        known = self._expected.keys(_schema(error))
        unknown = [key for key in _value(error) if key not in known]
        for key in unknown:
            self._tell_unknown((*_path(error), key), known, _value(error))
        if not unknown:
            self._misfit(error)

    def _missing_key(self, error: ValidationError) -> None:
        path = _path(error)
        if path in self._meant or self._report.has_error_at(path):
            return
        key = str(path[-1])
        expected = self._expected.of(_schema(error).get("properties", {}).get(key)) or words.A_VALUE
        self._report.error("schema.missing-key", path, at="key", key=key, expected=expected)

    def _duplicate(self, error: ValidationError) -> None:
        entries = _value(error)
        for index, entry in enumerate(entries):
            path = (*_path(error), index)
            if entry in entries[:index] and not self._report.has_error_at(path):
                self._report.error("schema.not-unique", path, found=words.found(entry))

    # -- alternatives

    def _alternatives(self, error: ValidationError) -> None:
        """A value that fits none of several schemas (or more than one, of which only one is allowed)."""
        branches = _branches(error)
        if not branches:
            self._too_many(error)
            return
        fitting = {index: errors for index, errors in branches.items() if not _is_other_kind(errors)}
        if not fitting:
            wanted = self._expected.of(_schema(error)) or words.ANOTHER_VALUE
            seen = words.found(_value(error))
            kinds = map(self._expected.resolve, _branch_schemas(error))
            hints = [words.quoting_hint(_value(error), schema) for schema in kinds]
            hint = next(filter(None, hints), words.NOTHING)
            self._tell("schema.wrong-type", error, {"found": seen, "wanted": wanted, "hint": hint})
        elif len(fitting) == 1 and not ("x-expected" in _schema(error) and _is_form(next(iter(fitting.values())))):
            self.explain(next(iter(fitting.values())))
        elif isinstance(_value(error), dict | list):
            self._nearest(error, fitting)
        else:
            self._none_of(error, fitting)

    def _too_many(self, error: ValidationError) -> None:
        instance = _value(error)
        keys: list[str] = []
        for branch in _schema(error)["oneOf"]:
            required = self._expected.resolve(branch).get("required", ())
            if isinstance(instance, dict) and all(key in instance for key in required):
                keys += [key for key in required if key not in keys]
        if len(keys) > 1:
            self._tell("schema.only-one-of", error, {"keys": words.enumerated(keys)}, key=True)
        else:
            self._misfit(error)

    def _none_of(self, error: ValidationError, fitting: dict[int, list[ValidationError]]) -> None:
        """A single value of the right kind that none of the alternatives allows."""
        schemas = [self._expected.resolve(_branch_schemas(error)[index]) for index in fitting]
        said = self._expected.of(_schema(error)) if "x-expected" in _schema(error) else None
        if said is None and all("enum" in each or "const" in each for each in schemas):
            allowed = [value for each in schemas for value in each.get("enum", [each.get("const")])]
            code, parameters = self._not_one_of(_value(error), allowed)
            self._tell(code, error, parameters)
            return
        words_allowed = [value for each in schemas for value in each.get("enum", [])]
        hint = words.value_hint(_value(error), words_allowed)
        if said is None and hint:
            seen, allowed_words = words.found(_value(error)), words.choices(words_allowed)
            self._tell("schema.not-one-of", error, {"found": seen, "hint": hint, "allowed": allowed_words})
            return
        known = [phrase for phrase in map(self._expected.of, schemas) if phrase is not None]
        expected = said or (Phrase.either(known) if known else words.ANOTHER_VALUE)
        self._tell("schema.pattern", error, {"found": words.found(_value(error)), "expected": expected})

    def _nearest(self, error: ValidationError, fitting: dict[int, list[ValidationError]]) -> None:
        """Explain a mapping or list by the alternative it is closest to, or by all that are equally close."""
        scores = {index: _distance(errors) for index, errors in fitting.items()}
        nearest = [index for index in fitting if scores[index] == min(scores.values())]
        schemas = [_branch_schemas(error)[index] for index in nearest]
        if len(nearest) > 1 and isinstance(_value(error), dict):
            faults = [fitting[index] for index in nearest]
            unknown = set.intersection(*(_keys_at_fault(each, "additionalProperties") for each in faults))
            missing = [_keys_at_fault(each, "required") for each in faults]
            if unknown:
                known: set[str] = set().union(*map(self._expected.keys, schemas))
                for key in sorted(unknown):
                    self._tell_unknown((*_path(error), key), known, _value(error))
                self.explain(each for each in faults[0] if each.validator not in _ABOUT_KEYS)
                return
            shared = set.intersection(*missing)
            if all(each - shared for each in missing):
                one_of = dict.fromkeys(min(each - shared) for each in missing)
                if not any((*_path(error), key) in self._meant for key in one_of):
                    self._tell("schema.missing-one-of", error, {"keys": words.choices(one_of)}, key=True)
                self.explain(each for each in faults[0] if _path(each)[-1:] and _path(each)[-1] in shared)
                return
        self.explain(fitting[nearest[0]])

    def _misfit(self, error: ValidationError) -> None:
        """What can be said of a fault for which there are no better words."""
        said = self._expected.of(_schema(error)) if "x-expected" in _schema(error) else None
        seen = words.found(_value(error))
        self._tell("schema.invalid", error, {"found": seen, "expected": said or words.ANOTHER_VALUE})

    def _tell(self, code: str, error: ValidationError, parameters: Mapping[str, object], *, key: bool = False) -> None:
        path = _path(error)
        if not self._report.has_error_at(path):
            meant = words.straight(_value(error))
            if meant and code in _OF_TEXTS:
                code, parameters = "schema.typographic-quotes", {"found": words.found(_value(error)), "meant": meant}
            in_key = key or (bool(path) and isinstance(error.absolute_path[-1], _KeyName))
            self._report.error(code, path, at="key" if in_key else "value", **parameters)


def _path(error: ValidationError) -> Path:
    return tuple(str(step) if isinstance(step, str) else step for step in error.absolute_path)


def _schema(error: ValidationError) -> Mapping[str, Any]:
    """The schema that was not met; `false`, which nothing meets, as an empty one."""
    return error.schema if isinstance(error.schema, dict) else {}


def _value(error: ValidationError) -> Any:
    return error.instance


def _branch_schemas(error: ValidationError) -> list[Any]:
    """The alternatives of an `anyOf` or `oneOf`."""
    return list(_schema(error)[str(error.validator)])


def _branches(error: ValidationError) -> dict[int, list[ValidationError]]:
    """The errors of each alternative, by its index."""
    branches: dict[int, list[ValidationError]] = {}
    for each in error.context or ():
        branches.setdefault(int(each.relative_schema_path[0]), []).append(each)
    return branches


def _is_other_kind(errors: list[ValidationError]) -> bool:
    """Whether an alternative is for values of another type altogether."""
    for error in errors:
        if error.relative_path:
            continue
        is_word = error.validator in ("const", "enum")
        if error.validator == "type" or (is_word and isinstance(_value(error), dict | list)):
            return True
        nested = _branches(error)
        if nested and all(_is_other_kind(branch) for branch in nested.values()):
            return True
    return False


def _is_form(errors: list[ValidationError]) -> bool:
    """Whether all that is wrong is the form of a text."""
    return all(error.validator == "pattern" and not error.relative_path for error in errors)


def _keys_at_fault(errors: list[ValidationError], keyword: str) -> set[str]:
    """The keys of the mapping itself that are unknown to an alternative, or that it misses."""
    return {
        str(error.relative_path[0]) for error in errors if error.validator == keyword and len(error.relative_path) == 1
    }


def _distance(errors: list[ValidationError]) -> tuple[int, int, int]:
    """How far a mapping or list is from an alternative: in telling values, then in keys, then in errors."""
    tags = sum(error.validator in ("const", "enum") and len(error.relative_path) == 1 for error in errors)
    keys = len(_keys_at_fault(errors, "additionalProperties")) + len(_keys_at_fault(errors, "required"))
    return tags, keys, len(errors)
