from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from rewards.actions import BUILT_IN, vocabulary
from rewards.plan.reader import read_document
from rewards.plan.schema import plan_schema

ROOT = Path(__file__).parents[2]
SHIPPED = sorted(path for path in (ROOT / "rules").glob("*.yaml") if not path.name.endswith(".test.yaml"))


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    return plan_schema({kind.name: kind for kind in BUILT_IN})


def plain(value: Any) -> Any:
    """A document as an editor's JSON Schema checker sees it, which knows no Decimal."""
    if isinstance(value, dict):
        return {key: plain(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [plain(entry) for entry in value]
    return float(value) if isinstance(value, Decimal) else value


def parts(schema: Any, path: str = "#") -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(schema, dict):
        yield path, schema
        for key, entry in schema.items():
            yield from parts(entry, f"{path}/{key}")
    elif isinstance(schema, list):
        for index, entry in enumerate(schema):
            yield from parts(entry, f"{path}/{index}")


def test_the_schema_is_valid_json_schema_of_2020_12(schema: dict[str, Any]) -> None:
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema.Draft202012Validator.check_schema(schema)
    assert json.loads(json.dumps(schema)) == schema


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_any_checker_accepts_a_shipped_plan(path: Path, schema: dict[str, Any]) -> None:
    document = read_document(path.read_bytes(), path.name).document
    assert document is not None
    assert list(jsonschema.Draft202012Validator(schema).iter_errors(plain(document.value))) == []


def test_the_committed_schema_is_the_one_the_program_uses(schema: dict[str, Any]) -> None:
    committed = json.loads((ROOT / "schemas" / "plan.schema.json").read_text(encoding="utf-8"))
    assert committed == schema


def test_an_editor_can_say_what_every_key_is_for(schema: dict[str, Any]) -> None:
    for path, part in parts(schema):
        for key, entry in part.get("properties", {}).items() if isinstance(part.get("properties"), dict) else ():
            if isinstance(entry, dict) and not path.endswith("/properties"):
                assert entry.get("title") and entry.get("description"), f"{path}/{key}"


def test_no_mapping_takes_unknown_keys(schema: dict[str, Any]) -> None:
    for path, part in parts(schema):
        if part.get("type") == "object" or "properties" in part:
            if path.endswith("/properties"):
                continue
            # a mapping of names to things says what the things are, and what the names look like
            assert part.get("additionalProperties") is False or (
                isinstance(part["additionalProperties"], dict) and "propertyNames" in part
            ), path


def test_every_reference_leads_somewhere(schema: dict[str, Any]) -> None:
    for path, part in parts(schema):
        reference = part.get("$ref")
        if isinstance(reference, str):
            assert reference.removeprefix("#/$defs/") in schema["$defs"], path


def test_every_action_is_described_for_editors_and_in_both_languages(schema: dict[str, Any]) -> None:
    rule = schema["properties"]["rules"]["items"]["properties"]
    for kind in vocabulary().values():
        assert set(kind.title) == set(kind.summary) == {"en", "zh"}
        assert kind.triggers
    for kind in BUILT_IN:
        assert rule[kind.name]["description"] == kind.summary["en"]
        assert rule[kind.name]["additionalProperties"] is False


def test_what_a_pattern_wants_is_said_in_both_languages(schema: dict[str, Any]) -> None:
    for path, part in parts(schema):
        if isinstance(part.get("pattern"), str):
            assert set(part["x-expected"]) == {"en", "zh"}, path
