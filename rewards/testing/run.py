"""Running plan tests: files, their cases, and what failed in each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rewards.actions import vocabulary
from rewards.errors import InvalidRequest, NotFound, Refused
from rewards.messages import Message
from rewards.plan.diagnostics import Diagnostic, Phrase, Report, Severity
from rewards.plan.diagnostics import Path as Place
from rewards.plan.load import load_document
from rewards.plan.model import Plan, Title
from rewards.plan.reader import Document, read_document
from rewards.testing.changes import changed_plan
from rewards.testing.check import check_case, first_day
from rewards.testing.expect import mismatches
from rewards.testing.format import Case, PlanTest, Step, read_test
from rewards.testing.stage import Stage

SUFFIX = ".test.yaml"
"""How the names of test files end."""


@dataclass(frozen=True)
class CaseResult:
    """How one case went. Each failure is at the place of the expectation, or of the step, that failed.

    The parameters of a failed expectation's message (`test.differs`) are `what`, `expected`, `actual` and
    `difference`.
    """

    name: Title
    failures: tuple[Diagnostic, ...]

    @property
    def passed(self) -> bool:
        """Whether everything was as expected."""
        return not self.failures


@dataclass(frozen=True)
class FileResult:
    """How one test file went. With an error among `diagnostics` no case of it was run."""

    file: str
    diagnostics: tuple[Diagnostic, ...] = ()
    cases: tuple[CaseResult, ...] = field(default=())

    @property
    def passed(self) -> bool:
        """Whether the file is without mistakes and all of its cases passed."""
        sound = all(each.severity is not Severity.ERROR for each in self.diagnostics)
        return sound and all(case.passed for case in self.cases)


def run_paths(paths: Sequence[Path]) -> list[FileResult]:
    """Run test files, named themselves or by their plan, or those of a directory. Raises nothing for a wrong file."""
    return [result for path in paths for result in _run_path(path)]


def run_file(path: Path) -> FileResult:
    """Run one test file."""
    try:
        source = path.read_bytes()
    except OSError as error:
        return _without_file(path, "test.unreadable", reason=error.strerror or str(error))
    reading = read_test(source, path)
    if reading.test is None:
        return FileResult(str(path), tuple(reading.diagnostics))
    return _run_test(reading.test, Report(reading.test.document, reading.diagnostics))


def _run_path(path: Path) -> Iterator[FileResult]:
    if path.is_dir():
        files = sorted(path.rglob(f"*{SUFFIX}"))
        if not files:
            yield _without_file(path, "test.none-found")
        for file in files:
            yield run_file(file)
    elif path.exists():
        beside = path.with_name(path.stem + SUFFIX)  # of a plan: its test
        yield run_file(beside if not path.name.endswith(SUFFIX) and beside.exists() else path)
    else:
        yield _without_file(path, "test.no-file")


def _without_file(path: Path, code: str, **parameters: object) -> FileResult:
    message = Message(code, {"path": str(path), **parameters})
    return FileResult(str(path), (Diagnostic(Severity.ERROR, code, message, str(path), 1, 1),))


def _run_test(test: PlanTest, report: Report) -> FileResult:
    plan_found: list[Diagnostic] = []
    read = _read_plan(test, report, plan_found)
    prepared: list[tuple[Case, Plan]] = []
    if read is not None:
        document, plan = read
        for case in test.cases:
            made = changed_plan(document, case.change, (*case.path, "change"), report) if case.change else plan
            if made is not None:
                check_case(case, made, report)
                prepared.append((case, made))
    file = test.document.file
    diagnostics = (*plan_found, *report.diagnostics)
    if not report.ok:
        return FileResult(file, diagnostics)
    return FileResult(file, diagnostics, tuple(_run_case(test.document, case, plan) for case, plan in prepared))


def _read_plan(test: PlanTest, report: Report, found: list[Diagnostic]) -> tuple[Document, Plan] | None:
    """Read and compile the plan under test; what is wrong with its file is added to `found`."""
    try:
        source = test.plan_file.read_bytes()
    except OSError:
        report.error("test.no-plan", ("plan",), file=str(test.plan_file))
        return None
    document, diagnostics = read_document(source, str(test.plan_file))
    plan = None
    if document is not None:
        loaded = load_document(document, vocabulary(), diagnostics)
        plan, diagnostics = loaded.plan, loaded.diagnostics
    found += diagnostics
    if document is None or plan is None:
        report.error("test.plan-broken", ("plan",))
        return None
    return document, plan


def _run_case(document: Document, case: Case, plan: Plan) -> CaseResult:
    """Play a case; it goes on after expectations that fail, and ends at a step that goes wrong."""
    report = Report(document)
    stage = Stage(plan, case.given, first_day(case.steps))
    for step in case.steps:
        if step.kind == "expect":
            _compare(stage, step, report)
        elif not _play(stage, step, report):
            break
    return CaseResult(case.name, tuple(report.diagnostics))


def _compare(stage: Stage, step: Step, report: Report) -> None:
    for each in mismatches(stage, step.value, step.path):
        report.error(
            "test.differs",
            each.path,
            at=each.at,
            what=each.what,
            expected=each.expected,
            actual=each.actual,
            difference=each.difference,
        )


def _play(stage: Stage, step: Step, report: Report) -> bool:
    """Do a step; returns whether it went as it should."""
    asked = step.refused if step.kind == "refused" else step
    reason = step.value["because"] if step.kind == "refused" else None
    because: Place = (*step.path, "because")
    try:
        stage.play(asked)
    except (NotFound, InvalidRequest, Refused) as refusal:
        # not found: an order to be taken back that the plan is not about; invalid: an attribute that cannot be read
        if refusal.code == reason:
            return True
        told = Phrase(refusal.text("en"), refusal.text("zh"))
        if reason is None:
            report.error("test.refused", step.path, at="key", kind=step.kind, refusal=refusal.code, reason=told)
        else:
            report.error("test.refused-otherwise", because, expected=reason, actual=refusal.code, reason=told)
        return False
    except ArithmeticError as error:
        report.error("test.broke", asked.path, at="key", kind=asked.kind, reason=str(error))
        return False
    if reason is not None:
        report.error("test.not-refused", because, expected=reason)
    return reason is None
