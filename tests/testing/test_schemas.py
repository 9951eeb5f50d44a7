from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from rewards.resources import schemas_directory
from rewards.testing.write_schemas import schema_texts, write_schemas


@pytest.mark.parametrize("name", schema_texts())
def test_the_committed_schemas_are_those_the_program_uses(name: str) -> None:
    written = (schemas_directory() / name).read_text(encoding="utf-8")

    assert written == schema_texts()[name], "run python -m rewards.testing.write_schemas"
    Draft202012Validator.check_schema(json.loads(written))


def test_no_other_schema_is_committed() -> None:
    assert {path.name for path in schemas_directory().glob("*.json")} == set(schema_texts())


def test_writing_them_writes_them_all(tmp_path: Path) -> None:
    write_schemas(tmp_path)

    assert {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()} == dict(schema_texts())
