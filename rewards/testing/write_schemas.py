"""Writing the JSON Schemas of plan files and of plan tests: `python -m rewards.testing.write_schemas`.

They are committed for editors and other programs; the program itself assembles them anew.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from rewards.actions import BUILT_IN
from rewards.plan.schema import plan_schema
from rewards.resources import schemas_directory
from rewards.testing.schema import test_schema


def schema_texts() -> Mapping[str, str]:
    """What the files of `schemas/` must contain, by file name; without the actions other packages add."""
    schemas = {
        "plan.schema.json": plan_schema({kind.name: kind for kind in BUILT_IN}),
        "test.schema.json": test_schema(),
    }
    return {name: json.dumps(value, ensure_ascii=False, indent=2) + "\n" for name, value in schemas.items()}


def write_schemas(directory: Path) -> None:
    """Write the schemas into a directory."""
    for name, text in schema_texts().items():
        (directory / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write_schemas(schemas_directory())
