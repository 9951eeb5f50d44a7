from __future__ import annotations

import time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rewards.plan.reader import MAX_BYTES, MAX_DEPTH, MAX_ERRORS, MAX_NODES, MAX_TEXT, Document, read_document

PLAN = """\
# 积分通证
plan: locked-points
title: {en: Locked points, zh: 积分通证}
from: 2026-01-31
assets:
  积分: {scale: 2, lots: true, cash_value: "1.00"}
rules:
  - id: base
    on: day.close
    amount:
      rate: 1.2%
      factor: 2.50
  -   null
"""


def read(source: bytes | str) -> Document:
    """The document of a file that has nothing wrong with it."""
    reading = read_document(source, "plan.yaml")
    assert [each.render() for each in reading.diagnostics] == []
    assert reading.ok
    assert reading.document is not None
    return reading.document


def faults(source: bytes | str) -> list[str]:
    """What is said of a file, without its name."""
    reading = read_document(source, "plan.yaml")
    assert not reading.ok
    for each in reading.diagnostics:
        assert each.render("zh") != each.render("en")
    return [each.render().removeprefix("plan.yaml:") for each in reading.diagnostics]


# -- what is read


def test_a_plan_is_read_into_plain_values() -> None:
    document = read(PLAN)
    assert document.value == {
        "plan": "locked-points",
        "title": {"en": "Locked points", "zh": "积分通证"},
        "from": "2026-01-31",
        "assets": {"积分": {"scale": 2, "lots": True, "cash_value": "1.00"}},
        "rules": [
            {"id": "base", "on": "day.close", "amount": {"rate": "1.2%", "factor": Decimal("2.50")}},
            None,
        ],
    }
    assert (document.file, document.source) == ("plan.yaml", PLAN)


@pytest.mark.parametrize(
    ("path", "value", "key"),
    [
        ((), (2, 1), (2, 1)),
        (("title", "zh"), (3, 32), (3, 28)),
        (("assets", "积分"), (6, 7), (6, 3)),
        (("assets", "积分", "lots"), (6, 24), (6, 18)),
        (("rules",), (8, 3), (7, 1)),
        (("rules", 0), (8, 5), (8, 5)),
        (("rules", 0, "amount"), (11, 7), (10, 5)),
        (("rules", 1), (13, 7), (13, 7)),
        (("rules", 0, "amount", "cap", "of"), (11, 7), (10, 5)),
        (("rules", 7, "amount"), (8, 3), (7, 1)),
        (("nothing", 3), (2, 1), (2, 1)),
    ],
)
def test_every_entry_knows_its_line_and_column(
    path: tuple[str | int, ...], value: tuple[int, int], key: tuple[int, int]
) -> None:
    document = read(PLAN)
    assert document.position(path) == value
    assert document.position(path, of="key") == key


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("false", False),
        ("null", None),
        ("0", 0),
        ("-12", -12),
        ("13800000000", 13800000000),
        ("0.50", Decimal("0.50")),
        ("-0.5", Decimal("-0.5")),
        ("30%", "30%"),
        ("1.2.3", "1.2.3"),
        ("2026-01-31", "2026-01-31"),
        ("order.paid", "order.paid"),
        ("at least 3", "at least 3"),
        ("会员", "会员"),
        ('"NO"', "NO"),
        ("'010'", "010"),
        ('"1_000"', "1_000"),
        ('"12:30"', "12:30"),
        ('""', ""),
        ("{}", {}),
        ("[]", []),
        ("|\n  two\n  lines", "two\nlines"),
    ],
)
def test_values_are_read_as_they_are_written(text: str, value: Any) -> None:
    found = read(f"key: {text}").value["key"]
    assert (type(found), found) == (type(value), value)


def test_on_is_a_key_but_no_value() -> None:
    assert read("on: order.paid").value == {"on": "order.paid"}
    assert read('"y": 1').value == {"y": 1}
    assert faults("key: on") == [
        "1:6: error[yaml.ambiguous-word]: on may be read as text or as yes or no; "
        'write true or false, or write it in quotes ("on")'
    ]


@pytest.mark.parametrize(
    "source",
    ["plan: 积分\n", "plan: 积分\r\n".encode("utf-8-sig"), "--- # 方案\nplan: 积分\n..."],
)
def test_byte_order_marks_line_endings_and_document_markers_change_nothing(source: bytes | str) -> None:
    document = read(source)
    assert document.value == {"plan": "积分"}
    assert document.position(("plan",))[1] == 7


# -- plain text that is refused


@pytest.mark.parametrize("text", ["NO", "no", "Yes", "On", "off", "y", "N", "True", "FALSE"])
def test_words_that_may_be_truth_values_want_quotes(text: str) -> None:
    said = f'{text} may be read as text or as yes or no; write true or false, or write it in quotes ("{text}")'
    assert faults(f"key: {text}") == [f"1:6: error[yaml.ambiguous-word]: {said}"]
    if text != "on":
        assert faults(f"a:\n  {text}: 1") == [f"2:3: error[yaml.ambiguous-word]: {said}"]


@pytest.mark.parametrize("text", ["Null", "NULL", "~"])
def test_words_that_may_be_null_want_quotes(text: str) -> None:
    said = f'{text} may be read as text or as no value; write null, or write it in quotes ("{text}")'
    assert faults(f"key: {text}") == [f"1:6: error[yaml.ambiguous-null]: {said}"]


@pytest.mark.parametrize(
    "text",
    [
        *("1_000", "1,000", "010", "-01.5", "0x1F", "0o17", "0b11", "1e3", "1.5E-3", ".5", "5.", "+1"),
        *(".inf", "-.INF", ".nan", "３０％", "１０", "1，000"),
    ],
)
def test_text_that_may_be_several_numbers_wants_quotes(text: str) -> None:
    assert faults(f"key: {text}") == [
        f"1:6: error[yaml.ambiguous-number]: {text} may be read as different numbers or as text; "
        f'write a number in plain digits, such as 1000 or 0.5, or write it in quotes ("{text}")'
    ]


@pytest.mark.parametrize(
    "text", ["12:30", "12:30:00", "1:30.5", "2026-1-1", "2026-01-01 10:00", "2026-01-01T10:00:00Z"]
)
def test_times_want_quotes(text: str) -> None:
    assert faults(f"key: {text}") == [
        f"1:6: error[yaml.ambiguous-time]: {text} may be read as a time, a number or text; "
        f'write it in quotes ("{text}"), or a date in full, such as 2026-01-31'
    ]


def test_signs_with_a_meaning_of_their_own_want_quotes() -> None:
    assert faults("a: =\n<<: {}") == [
        "1:4: error[yaml.ambiguous-sign]: a lone = has a meaning of its own in some versions of YAML; "
        'write it in quotes ("=")',
        "2:1: error[yaml.ambiguous-sign]: a lone << has a meaning of its own in some versions of YAML; "
        'write it in quotes ("<<")',
    ]


@pytest.mark.parametrize("text", ["1", "2.5", "true", "null"])
def test_keys_are_text(text: str) -> None:
    assert faults(f"{text}: x") == [
        f"1:1: error[yaml.key-not-text]: the key {text} would be read as a number or a truth value, "
        "but keys are text; "
        f'write it in quotes ("{text}")'
    ]


@pytest.mark.parametrize("text", ["1" * 31, "0." + "1" * 31, "1" * 9000])
def test_numbers_have_a_bounded_length(text: str) -> None:
    assert faults(f"key: {text}") == [
        f"1:6: error[yaml.number-too-long]: the number {text} has too many digits; "
        "write at most 30 before the point and 30 after it, or write it in quotes"
    ]


# -- what YAML offers and plan files do without


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            "a: *b",
            "1:4: error[yaml.alias]: aliases (*name) are not used in plan files; write the entry out in full",
        ),
        (
            "a:\n  - &积分 b",
            "2:5: error[yaml.anchor]: anchors (&name) are not used in plan files; "
            "remove it, or write the text in quotes",
        ),
        (
            "a: !!python/object:os.system x",
            "1:4: error[yaml.tag]: tags (words beginning with !) are not used in plan files; "
            "remove it, or write the text in quotes",
        ),
        (
            "积分: 1\nb: 2\n积分: 3",
            '3:1: error[yaml.duplicate-key]: the key "积分" is already on line 1; keep one of the two',
        ),
        (
            '{a: 1, "a": 2}',
            '1:8: error[yaml.duplicate-key]: the key "a" is already on line 1; keep one of the two',
        ),
        (
            "a: 1\n---\nb: 2",
            "2:1: error[yaml.several-documents]: a second document begins here, but a file holds one; "
            "remove it and the line before, or use a file for each",
        ),
        (
            "%YAML 1.1\n---\na: 1",
            "1:1: error[yaml.directive]: lines beginning with % are not used in plan files; remove them",
        ),
        (
            "# 方案\n%TAG ! !积分\n---\na: 1",
            "2:1: error[yaml.directive]: lines beginning with % are not used in plan files; remove them",
        ),
        (
            "? [a, b]\n: 1",
            "1:3: error[yaml.key-not-scalar]: a list or mapping cannot be a key; write a text before the colon",
        ),
        (
            "{? a\n b : 1}",
            "1:4: error[yaml.plain-over-lines]: this text runs over several lines; "
            "write it in quotes, or check the indentation of the next line",
        ),
        ("{: 1}", "1:2: error[yaml.empty-key]: the key before the colon is missing; write one"),
        (": 1", "1:1: error[yaml.empty-key]: the key before the colon is missing; write one"),
        (
            "a:\nb: 1",
            "1:3: error[yaml.empty-value]: the value is missing; write one, or null if there is to be none",
        ),
        (
            "- a\n-\n",
            "2:2: error[yaml.empty-value]: the value is missing; write one, or null if there is to be none",
        ),
        (
            "rules:\n- a\n - b\n",
            "2:3: error[yaml.plain-over-lines]: this text runs over several lines; "
            "write it in quotes, or check the indentation of the next line",
        ),
        (
            "",
            "1:1: error[yaml.empty-document]: the file is empty; write a plan, beginning with its name (plan: ...)",
        ),
        (
            "# 无\n---\n",
            "1:1: error[yaml.empty-document]: the file is empty; write a plan, beginning with its name (plan: ...)",
        ),
    ],
)
def test_what_plan_files_do_without(source: str, expected: str) -> None:
    assert faults(source) == [expected]


def test_all_that_is_wrong_is_told_in_one_go() -> None:
    source = "plan: NO\nassets:\n  积分: {scale: 010, scale: 2}\nrules: *x\n"
    assert [line.partition("]")[0] + "]" for line in faults(source)] == [
        "1:7: error[yaml.ambiguous-word]",
        "3:15: error[yaml.ambiguous-number]",
        "3:20: error[yaml.duplicate-key]",
        "4:8: error[yaml.alias]",
    ]
    reading = read_document(source, "plan.yaml")
    assert reading.document is not None
    assert reading.document.value == {"plan": "NO", "assets": {"积分": {"scale": "010"}}, "rules": None}
    assert reading.diagnostics[1].path == ("assets", "积分", "scale")


def test_what_was_wrong_before_a_fault_of_syntax_is_told_too() -> None:
    assert [line.partition("]")[0] + "]" for line in faults("a: NO\nb: [1, 2\n")] == [
        "1:4: error[yaml.ambiguous-word]",
        "2:4: error[yaml.unclosed-bracket]",
    ]


# -- faults of syntax

TEXT_AFTER = (
    "error[yaml.text-after-value]: the quotes closed before {}; a quote inside a text is written "
    "\\\" where it stands in \"…\", and '' where it stands in '…'; or put the whole text in quotes of the other kind"
)
INDENTATION = (
    "error[yaml.indentation]: the indentation does not fit the lines above; "
    "indent the entries of one group by the same number of spaces"
)
UNCLOSED = (
    "error[yaml.unclosed-bracket]: the bracket that begins here is not closed; "
    "write the closing ] or } after its last entry"
)
TAB = "error[yaml.tab]: a tab cannot be used for indentation or spacing; write spaces instead"
QUOTE = (
    "error[yaml.unclosed-quote]: the quote that begins here is not closed; write the same quote at the end of the text"
)
ESCAPE = (
    "error[yaml.escape]: this backslash sequence does not exist; "
    "write \\\\ for a backslash, or the text in single quotes"
)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a:\n\tb: 1", f"2:1: {TAB}"),
        ("积分:\t1", f"1:4: {TAB}"),
        ("a: 1\t\n", f"1:5: {TAB}"),
        ("a: 1\n  b: 2\n", f"2:3: {INDENTATION}"),
        ("a:\n    b: 1\n  c: 2\n", f"3:3: {INDENTATION}"),
        (" a: 1\nb: 2\n", f"2:1: {INDENTATION}"),
        ("- a\nb: 1\n", f"2:1: {INDENTATION}"),
        ('a: "积分\nb: 1\n', f"1:4: {QUOTE}"),
        ("a: 'x\n---\nb: 1", f"1:4: {QUOTE}"),
        ('a: "积分\nb: "x"\n', f"1:4: {QUOTE}"),
        ('a: ["积分, b\nc: "x"]\n', f"1:5: {QUOTE}"),
        ("a: 'it's'", f"1:8: {TEXT_AFTER}".format("s'")),
        ("a: [1, 2\nb: 1\n", f"1:4: {UNCLOSED}"),
        ("a: {b: 1\nc: 2\n", f"1:4: {UNCLOSED}"),
        ("{积分: 1, b: 2", f"1:1: {UNCLOSED}"),
        ('a: "\\q"', f"1:6: {ESCAPE}"),
        ('a: "\\xzz"', f"1:7: {ESCAPE}"),
        ('a: "\\U00110000"', f"1:7: {ESCAPE}"),
        (
            "a: [1, 2]]",
            "1:10: error[yaml.stray-bracket]: the closing ] has no opening bracket; "
            "remove it, or write the text in quotes",
        ),
        (
            "a: }",
            "1:4: error[yaml.stray-bracket]: the closing } has no opening bracket; "
            "remove it, or write the text in quotes",
        ),
        (
            "a: {b: 1 c: 2}",
            "1:11: error[yaml.missing-comma]: entries in brackets are separated by commas; "
            "write a comma before this, or close the bracket",
        ),
        (
            "a: b: c",
            "1:5: error[yaml.second-colon]: a second key on the same line; "
            "write it on a line of its own, or write the text in quotes",
        ),
        (
            "a: - b",
            '1:4: error[yaml.list-on-line]: a list entry cannot begin here; write "- " on a line of its own, '
            "or the list as [a, b]",
        ),
        (
            "a: 1\n积分\nb: 2",
            '2:1: error[yaml.missing-colon]: this line is no "key: value"; '
            'write a colon and a space after the key, or "- " before a list entry',
        ),
        (
            "a: 1\n积分:5\nb: 2",
            '2:3: error[yaml.space-after-colon]: there is no space after the colon of "积分"; '
            'write "积分: " and then the value',
        ),
        (
            "a: {rate:5}",
            '1:5: error[yaml.space-after-colon]: there is no space after the colon of "rate"; '
            'write "rate: " and then the value',
        ),
        (
            "a: 1\n积分：5\nb: 2",
            '2:3: error[yaml.full-width]: the full-width "：" does not separate anything in YAML; '
            'write ":" and a space',
        ),
        (
            "plan：积分\ntitle：积分\n",
            '1:5: error[yaml.full-width]: the full-width "：" does not separate anything in YAML; '
            'write ":" and a space',
        ),
        (
            "a: {en: x，zh: y}",
            '1:10: error[yaml.full-width]: the full-width "，" does not separate anything in YAML; '
            'write "," and a space',
        ),
        (
            "a: @会员",
            "1:4: error[yaml.reserved-character]: text cannot begin with @ in YAML; write the whole text in quotes",
        ),
        (
            "a: ? b",
            "1:4: error[yaml.reserved-character]: text cannot begin with ? in YAML; write the whole text in quotes",
        ),
        (
            "a: [,]",
            "1:5: error[yaml.reserved-character]: text cannot begin with , in YAML; write the whole text in quotes",
        ),
        (
            "a: >=3",
            "1:4: error[yaml.block-text]: text that begins with > or | continues on the lines below; "
            "write the whole text in quotes",
        ),
        (
            "a: * b",
            "1:4: error[yaml.alias]: aliases (*name) are not used in plan files; write the entry out in full",
        ),
        (
            "a: !x!y z",
            "1:4: error[yaml.tag]: tags (words beginning with !) are not used in plan files; "
            "remove it, or write the text in quotes",
        ),
        (
            "a: 1\n...\n积分",
            "3:1: error[yaml.several-documents]: a second document begins here, but a file holds one; "
            "remove it and the line before, or use a file for each",
        ),
    ],
)
def test_faults_of_syntax_are_told_in_the_authors_terms(source: str, expected: str) -> None:
    assert faults(source) == [expected]


# -- text that is no text


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("积分: 1\nb: é".encode("gbk", "replace"), "1:1: byte 1"),
        (b"plan: \xe7\xa7\xaf\nb: \xff", "2:4: byte 14"),
        ("plan: 积分".encode("utf-16"), "1:1: byte 1"),
    ],
)
def test_files_are_utf_8(source: bytes, expected: str) -> None:
    place, _, byte = expected.partition(" byte ")
    assert faults(source) == [
        f"{place} error[yaml.not-utf-8]: byte {byte} of the file is not UTF-8 text; save the file as UTF-8"
    ]


@pytest.mark.parametrize("character", ["\x00", "\x1b", "\x85", "\u2028", "\u202e", "\u200b", "\ufeff", "\ud800"])
def test_characters_that_cannot_be_seen_are_refused_written_or_escaped(character: str) -> None:
    said = f"error[yaml.character]: the character U+{ord(character):04X} cannot be seen or is no text; remove it"
    assert faults(f"a: 1\n积分: x{character}") == [f"2:6: {said}"]
    assert faults(f'a: 1\n积分: "\\u{ord(character):04x}"') == [f"2:5: {said}"]


# -- bounds


def test_a_file_may_be_as_large_as_the_bound_and_no_larger() -> None:
    said = f"1:1: error[yaml.too-large]: the file is larger than the {MAX_BYTES} bytes a plan file may have; shorten it"
    largest = "a: 1\n#" + "x" * (MAX_BYTES - 6)
    assert read(largest).value == {"a": 1}
    assert faults(largest + "x") == [said]
    assert faults((largest + "x").encode()) == [said]
    assert faults("a: 1\n#" + "积" * (MAX_BYTES // 2)) == [said]


def test_nesting_is_bounded() -> None:
    assert read("[" * MAX_DEPTH + "]" * MAX_DEPTH).value
    said = f"error[yaml.too-deep]: more than {MAX_DEPTH} levels of nesting; write it flatter"
    assert faults("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1)) == [f"1:{MAX_DEPTH + 1}: {said}"]


def test_the_number_of_entries_is_bounded() -> None:
    assert len(read("[" + "1," * (MAX_NODES - 1) + "]").value) == MAX_NODES - 1
    said = f"error[yaml.too-many-nodes]: the file has more than {MAX_NODES} entries; shorten it"
    assert faults("[" + "1," * MAX_NODES + "]") == [f"1:{2 * MAX_NODES}: {said}"]


def test_the_length_of_a_text_is_bounded() -> None:
    assert read("a: " + "积" * MAX_TEXT).value == {"a": "积" * MAX_TEXT}
    assert faults("a: " + "积" * (MAX_TEXT + 1)) == [
        f"1:4: error[yaml.text-too-long]: the text has {MAX_TEXT + 1} characters, "
        f"more than the {MAX_TEXT} allowed; "
        "shorten it"
    ]


def test_the_number_of_errors_is_bounded() -> None:
    listed = faults("[" + "no, " * 500 + "]")
    assert len(listed) == MAX_ERRORS + 1
    assert (
        f"1:{MAX_ERRORS * 4 - 2}: error[yaml.too-many-errors]: the file has {MAX_ERRORS} errors or more, "
        "the rest is not looked at; correct these first"
    ) in listed


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("a" * 10_000_000, "yaml.too-large"),
        (b"a: 1\n" * 2_000_000, "yaml.too-large"),
        ("[" * 1000, "yaml.too-deep"),
        ("{a: " * 1000, "yaml.too-deep"),
        ("- " * 1000 + "a", "yaml.too-deep"),
        ("\n".join(" " * depth + "a:" for depth in range(700)), "yaml.too-deep"),
        ("a: &a [x, x]\n" + "".join(f"b{i}: &b{i} [*a, *a, *a]\n" for i in range(5000)), "yaml.alias"),
        ("- *a\n" * 100_000, "yaml.alias"),
    ],
    ids=["large", "large-bytes", "brackets", "braces", "dashes", "indents", "alias-bomb", "aliases"],
)
def test_hostile_files_are_answered_at_once(source: bytes | str, code: str) -> None:
    before = time.process_time()
    reading = read_document(source, "plan.yaml")
    assert time.process_time() - before < 1
    assert code in {each.code for each in reading.diagnostics}


@given(st.text(st.sampled_from("ab10 \n\t:-?[]{},&*!|>'\"%@`#\\x~.=<积：，\r\u2028\x00"), max_size=60))
@example('"\\UFFFFFFFF"')
@example("%YAML 1." + "1" * 5000)
@example("!<%FF> a")
@example("? ? a\n: : b")
def test_whatever_a_file_holds_it_is_read_or_explained(source: str) -> None:
    reading = read_document(source, "plan.yaml")
    assert reading.ok == (not reading.diagnostics)
    lines = source.splitlines() or [""]
    for each in reading.diagnostics:
        assert each.render("en")
        assert each.render("zh")
        assert 1 <= each.line <= len(lines) + 1
        assert each.column >= 1


@given(st.binary(max_size=40))
def test_whatever_bytes_a_file_holds_they_are_read_or_explained(source: bytes) -> None:
    reading = read_document(source, "plan.yaml")
    assert reading.ok == (not reading.diagnostics)
