from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards.messages import Message, register
from rewards.plan.diagnostics import Diagnostic, Doubted, Path, Phrase, Report, Severity, pointer
from rewards.plan.reader import Document, read_document

register(
    {
        "test.rate": ("the rate {rate} is above 100%; write less", "比率 {rate} 超过 100%；请写小一些"),
        "test.kind": ("{kind:en} does not fit", "不能是{kind:zh}"),
    }
)

PLAN = """\
plan: points
rules:
  - id: 分享
    rate: 130%
"""


def plan() -> Document:
    document = read_document(PLAN, "points.yaml").document
    assert document is not None
    return document


def at(line: int, column: int, severity: Severity = Severity.ERROR, path: Path = ()) -> Diagnostic:
    message = Message("test.rate", {"rate": "130%"})
    return Diagnostic(severity, "test.rate", message, "a.yaml", line, column, path)


def test_a_diagnostic_is_one_line_that_names_place_code_and_remedy() -> None:
    assert at(4, 11).render() == "a.yaml:4:11: error[test.rate]: the rate 130% is above 100%; write less"
    assert at(4, 11).render("zh") == "a.yaml:4:11: error[test.rate]: 比率 130% 超过 100%；请写小一些"


def test_a_diagnostic_as_data_has_a_json_pointer() -> None:
    assert at(4, 11, Severity.WARNING, ("rules", 0, "rate")).as_json("zh") == {
        "severity": "warning",
        "code": "test.rate",
        "message": "比率 130% 超过 100%；请写小一些",
        "file": "a.yaml",
        "line": 4,
        "column": 11,
        "pointer": "/rules/0/rate",
    }


@pytest.mark.parametrize(
    ("path", "expected"),
    [((), ""), (("",), "/"), (("a/b", "m~n", 0), "/a~1b/m~0n/0"), (("~1",), "/~01"), (("积分",), "/积分")],
)
def test_json_pointers_escape_as_rfc_6901_says(path: Path, expected: str) -> None:
    assert pointer(path) == expected


@given(st.lists(st.text()))
def test_a_json_pointer_can_be_taken_apart_again(keys: list[str]) -> None:
    steps = pointer(tuple(keys)).split("/")[1:]
    assert [step.replace("~1", "/").replace("~0", "~") for step in steps] == keys


def test_diagnostics_sort_as_a_person_reads_and_errors_come_first() -> None:
    first, warned = at(2, 9), at(2, 9, Severity.WARNING)
    second, deeper = at(10, 1), at(10, 1, path=("rules", 0))
    mixed = at(10, 1, path=(0, "rules"))
    assert sorted([deeper, warned, second, mixed, first]) == [first, warned, second, mixed, deeper]


def test_a_report_finds_the_places_of_what_it_is_told() -> None:
    report = Report(plan())
    report.warning("test.rate", ("plan",), at="key", rate="130%")
    report.error("test.rate", ("rules", 0, "rate"), rate="130%")
    report.error("test.rate", ("rules", 0, "missing"), at="key", rate="130%")
    assert [(each.severity.value, each.line, each.column) for each in report.diagnostics] == [
        ("warning", 1, 1),
        ("error", 3, 5),
        ("error", 4, 11),
    ]
    assert {each.file for each in report.diagnostics} == {"points.yaml"}
    assert not report.ok


def test_warnings_alone_leave_a_file_usable() -> None:
    report = Report(plan())
    assert report.ok
    report.warning("test.rate", ("plan",), rate="130%")
    assert report.ok
    assert not report.has_error_at(("plan",))


def test_a_report_knows_what_was_found_before() -> None:
    report = Report(plan(), [at(3, 5, path=("rules", 0))])
    assert report.has_error_at(("rules", 0))
    assert not report.has_error_at(("rules",))
    assert not report.ok


def test_phrases_follow_the_language_of_the_text() -> None:
    text = Phrase("text", "文本")
    kind = Phrase.either([Phrase("a list", "列表"), text, Phrase("null", "空"), text])
    message = Message("test.kind", {"kind": kind})
    assert message.render("en") == "a list, text or null does not fit"
    assert message.render("zh") == "不能是列表、文本或空"
    assert not Phrase("", "")


def test_no_complaint_is_taken_about_what_has_been_reported() -> None:
    report = Report(plan())
    report.error("test.rate", ("rules", 0, "rate"), rate=Doubted("130%"))
    report.warning("test.rate", ("rules", 0, "rate"), rate=Doubted("130%"))
    assert (report.diagnostics, report.errors, report.ok) == ([], 0, True)
    report.error("test.rate", ("rules", 0, "rate"), rate="130%")
    assert (report.errors, report.ok) == (1, False)


def test_errors_are_known_within_what_holds_them() -> None:
    report = Report(plan(), [at(3, 5, path=("rules", 0, "rate"))])
    assert report.has_error_within(("rules", 0))
    assert report.has_error_within(())
    assert not report.has_error_within(("rules", 1))
    assert not report.has_error_within(("rules", 0, "rate", "of"))
