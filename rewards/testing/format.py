"""Reading plan tests: a YAML file beside the plan, with members, what happens to them, and what is expected.

plan: locked-points.yaml
cases:
  - name: {en: The sponsor earns half of what B releases, zh: 推荐人获得 B 释放的一半}
    given:
      members: [{id: A}, {id: B, sponsor: A}]
    steps:
      - order: {member: B, total: "3000", on: 2026-01-01}
      - close: {from: 2026-01-01, through: 2026-01-02}
      - expect: {balances: {B: {points: "36"}}}
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

from rewards.plan.diagnostics import Diagnostic, Path, Report
from rewards.plan.model import Title
from rewards.plan.reader import Document, read_document
from rewards.plan.schema_check import check_schema
from rewards.plan.sections.titles import read_title
from rewards.testing import texts  # noqa: F401  (registers the texts of this room)
from rewards.testing.schema import test_schema

REQUESTS = ("order", "refund", "event", "redeem", "convert", "pay", "adjust", "claim", "cancel", "place", "close")
"""Steps that may be refused."""


@dataclass(frozen=True)
class Step:
    """One entry of `steps`: its key, what stands there, and the path to that."""

    kind: str
    value: Any
    path: Path

    @property
    def refused(self) -> Step:
        """For a `refused` step, the step that is to be refused."""
        kind = next(key for key in self.value if key in REQUESTS)
        return Step(kind, self.value[kind], (*self.path, kind))


@dataclass(frozen=True)
class Case:
    """One case: what of the plan is changed for it, what there is at first, and the steps."""

    name: Title
    path: Path
    change: Mapping[str, Any]
    given: Mapping[str, Any]
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class PlanTest:
    """A test file that has the right shape; its names and numbers are checked with the plan."""

    document: Document
    plan_file: FilePath
    cases: tuple[Case, ...]


@dataclass(frozen=True)
class ReadTest:
    """The outcome of reading: the test, unless there are errors, and what is wrong with the file."""

    test: PlanTest | None
    diagnostics: list[Diagnostic]


def read_test(source: bytes | str, file: FilePath) -> ReadTest:
    """Read the text of a test file and check its shape; `file` names it and says beside what the plan is."""
    document, found = read_document(source, str(file))
    if document is None:
        return ReadTest(None, found)
    report = Report(document, found)
    check_schema(document, test_schema(), report)
    if not report.ok:
        return ReadTest(None, report.diagnostics)
    value = document.value
    cases = tuple(_case(each, ("cases", index)) for index, each in enumerate(value["cases"]))
    return ReadTest(PlanTest(document, file.parent / value["plan"], cases), report.diagnostics)


def _case(value: Mapping[str, Any], path: Path) -> Case:
    steps = []
    for index, entry in enumerate(value["steps"]):
        ((kind, said),) = entry.items()
        steps.append(Step(kind, said, (*path, "steps", index, kind)))
    name = read_title(value["name"], "")
    return Case(name, path, value.get("change", {}), value.get("given", {}), tuple(steps))
