"""Showing how plan tests went, for people (English or Chinese) and as plain data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from rewards.messages import Message
from rewards.plan.diagnostics import Severity
from rewards.plan.model import Title
from rewards.testing.run import FileResult

PASSED, FAILED = "✓", "✗"


def render(results: Sequence[FileResult], language: str = "en") -> str:
    """Every file with its cases, below each what failed, and a summary in the last line."""
    return "\n".join([*_lines(results, language), summary(results).render(language)])


def summary(results: Iterable[FileResult]) -> Message:
    """How many cases passed."""
    files = list(results)
    cases = [case for file in files for case in file.cases]
    mistakes = [each for file in files for each in file.diagnostics if each.severity is Severity.ERROR]
    return Message(
        "test.summary",
        {
            "passed": sum(case.passed for case in cases),
            "cases": len(cases),
            "files": len(files),
            "mistakes": len(mistakes),
        },
    )


def as_json(results: Iterable[FileResult], language: str = "en") -> list[dict[str, Any]]:
    """The same as plain data."""
    return [
        {
            "file": result.file,
            "passed": result.passed,
            "diagnostics": [each.as_json(language) for each in result.diagnostics],
            "cases": [
                {
                    "name": _in_language(case.name, language),
                    "passed": case.passed,
                    "failures": [each.as_json(language) for each in case.failures],
                }
                for case in result.cases
            ],
        }
        for result in results
    ]


def _lines(results: Iterable[FileResult], language: str) -> Iterator[str]:
    for result in results:
        yield result.file
        for each in result.diagnostics:
            yield f"  {each.render(language)}"
        for case in result.cases:
            yield f"  {PASSED if case.passed else FAILED} {_in_language(case.name, language)}"
            for failure in case.failures:
                yield f"      {failure.render(language)}"


def _in_language(title: Title, language: str) -> str:
    return title["zh" if language.startswith("zh") else "en"]
