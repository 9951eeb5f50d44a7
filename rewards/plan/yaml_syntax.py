"""What a YAML parser's complaint means to the author of a plan file: the same fault in the author's terms."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Protocol

from yaml.error import MarkedYAMLError

from rewards.messages import register
from rewards.plan.diagnostics import Position

_SHOWN_REST = 20
"""How many characters of a line a message repeats."""
_WIDE_FOR = {":": "：", ",": "，、"}
_TIGHT_COLON = re.compile(r"(?P<key>[\w.-]+):(?=[^\s:/])")
_BEGINS_ENTRY = re.compile(r"[:\"'\[{]|[\w.-]+: ")
_TOKEN = re.compile(r"found character '(?P<character>.+)' that cannot start any token")


class _Mark(Protocol):
    """A place as the parser gives it, counted from 0."""

    line: int
    column: int


@dataclass(frozen=True)
class Fault:
    """A fault of syntax: the message's code, where it is to be shown, and what fills the message."""

    code: str
    position: Position
    parameters: dict[str, object] = field(default_factory=dict)


def explain(error: MarkedYAMLError, lines: list[str]) -> Fault:
    """The fault behind a parser's error in a file of the given lines."""
    problem, context = error.problem or "", error.context or ""
    here = position_of(error.problem_mark)
    opened = position_of(error.context_mark) if error.context_mark else here
    if "that cannot start any token" in problem:
        return _bad_start(problem, here)
    if "could not find expected ':'" in problem:
        return _missing_colon(opened, lines)
    if "expected ',' or" in problem or "expected the node content, but found '<stream end>'" in problem:
        return _in_brackets(problem, context, here, opened, lines)
    if _line(here, lines).strip(" -").startswith(": "):
        return Fault("yaml.empty-key", here)
    if "expected the node content" in problem:
        return _bad_content(problem, here)
    if "expected <block end>, but found '<scalar>'" in problem:
        return Fault("yaml.text-after-value", here, {"rest": _rest(here, lines)})
    if "expected <block end>" in problem:
        return _bad_block(problem, here)
    if "expected '<document start>'" in problem:
        return _after_document(problem, here)
    if "values are not allowed here" in problem:
        return _second_colon(here, lines)
    if "entries are not allowed here" in problem:
        return Fault("yaml.list-on-line", here)
    if "keys are not allowed here" in problem:
        return Fault("yaml.reserved-character", here, {"character": "?"})
    return _in_token(problem, context, here, opened)


def _in_token(problem: str, context: str, here: Position, opened: Position) -> Fault:
    """The fault behind an error inside a single token."""
    if context == "while scanning a quoted scalar":
        return Fault("yaml.unclosed-quote", opened)
    if context == "while scanning a double-quoted scalar":
        return Fault("yaml.escape", here)
    if context == "while scanning a block scalar":
        return Fault("yaml.block-text", opened)
    if context in ("while scanning an alias", "while scanning an anchor"):
        return Fault(f"yaml.{context.rpartition(' ')[2]}", opened)
    if context in ("while scanning a tag", "while parsing a tag") or "undefined tag handle" in problem:
        return Fault("yaml.tag", opened)
    if context == "while scanning a directive" or "YAML d" in problem or "duplicate tag handle" in problem:
        return Fault("yaml.directive", (opened[0], 1))
    return Fault("yaml.syntax", here)


def position_of(mark: _Mark | None) -> Position:
    """Line and column (from 1) of a parser's mark; a missing one is the beginning of the file."""
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)


def _rest(position: Position, lines: list[str]) -> str:
    """What stands in a line from a place on, in a few characters."""
    text = _line(position, lines)[position[1] - 1 :].strip()
    return text if len(text) <= _SHOWN_REST else text[:_SHOWN_REST] + "…"


def _line(position: Position, lines: list[str]) -> str:
    return lines[position[0] - 1] if position[0] <= len(lines) else ""


def _bad_start(problem: str, here: Position) -> Fault:
    found = _TOKEN.search(problem)
    character = found.group("character") if found else ""
    if character == r"\t":
        return Fault("yaml.tab", here)
    return Fault("yaml.reserved-character", here, {"character": character})


def _missing_colon(opened: Position, lines: list[str]) -> Fault:
    wide = _wide_punctuation(":", opened[0], lines)
    if wide:
        return wide
    tight = _TIGHT_COLON.search(_line(opened, lines))
    if tight:
        return Fault("yaml.space-after-colon", (opened[0], tight.end()), {"key": tight.group("key")})
    return Fault("yaml.missing-colon", opened)


def _in_brackets(problem: str, context: str, here: Position, opened: Position, lines: list[str]) -> Fault:
    for row in (here[0], here[0] - 1):
        wide = _wide_punctuation(",", row, lines) or _wide_punctuation(":", row, lines)
        if wide:
            return wide
    before, rest = _line(here, lines)[: here[1] - 1].rstrip(), _rest(here, lines)
    if here[0] == opened[0] and before.endswith(("'", '"')) and not _BEGINS_ENTRY.match(rest):
        return Fault("yaml.text-after-value", here, {"rest": rest})
    if "'<stream end>'" in problem or here[0] > opened[0]:
        # the parser stumbles lines later over what follows; the bracket left open is the place to look at
        return Fault("yaml.unclosed-bracket", opened if "flow node" not in context else here)
    return Fault("yaml.missing-comma", here)


def _bad_content(problem: str, here: Position) -> Fault:
    character = problem.rpartition("but found ")[2].strip("'")
    if character in "]}":
        return Fault("yaml.stray-bracket", here, {"character": character})
    if character == ":":
        return Fault("yaml.empty-key", here)
    if character == ",":
        return Fault("yaml.reserved-character", here, {"character": character})
    return Fault("yaml.syntax", here)


def _after_document(problem: str, here: Position) -> Fault:
    if "'<block" in problem:
        return Fault("yaml.indentation", here)
    return Fault("yaml.directive" if "'<stream end>'" in problem else "yaml.several-documents", here)


def _bad_block(problem: str, here: Position) -> Fault:
    closing = re.search(r"found '([\]}])'", problem)
    if closing:
        return Fault("yaml.stray-bracket", here, {"character": closing.group(1)})
    return Fault("yaml.indentation", here)


def _second_colon(here: Position, lines: list[str]) -> Fault:
    before = _line(here, lines)[: here[1] - 1]
    if ": " in before:
        return Fault("yaml.second-colon", here)
    # "key: text" standing deeper than the line above, which it would continue
    return Fault("yaml.indentation", (here[0], len(before) - len(before.lstrip(" -")) + 1))


def _wide_punctuation(narrow: str, row: int, lines: list[str]) -> Fault | None:
    """The full-width form of a punctuation mark in a line (from 1), a slip of Chinese keyboards."""
    line = _line((row, 1), lines) if row > 0 else ""
    for character in _WIDE_FOR[narrow]:
        if character in line:
            position = (row, line.index(character) + 1)
            return Fault("yaml.full-width", position, {"character": character, "narrow": narrow})
    return None


register(
    {
        "yaml.syntax": (
            "this cannot be read as YAML; check quotes, brackets and indentation here and on the line above",
            "此处无法按 YAML 读取；请检查本行和上一行的引号、括号和缩进",
        ),
        "yaml.tab": (
            "a tab cannot be used for indentation or spacing; write spaces instead",
            "缩进和间隔不能使用制表符；请改用空格",
        ),
        "yaml.reserved-character": (
            "text cannot begin with {character} in YAML; write the whole text in quotes",
            "YAML 中文本不能以 {character} 开头；请给整段文本加上引号",
        ),
        "yaml.missing-colon": (
            'this line is no "key: value"; write a colon and a space after the key, or "- " before a list entry',
            "此行不是“键: 值”；请在键后写半角冒号和空格，或在列表项前写“- ”",
        ),
        "yaml.space-after-colon": (
            'there is no space after the colon of "{key}"; write "{key}: " and then the value',
            "“{key}”的冒号后缺少空格；请写“{key}: ”再写值",
        ),
        "yaml.full-width": (
            'the full-width "{character}" does not separate anything in YAML; write "{narrow}" and a space',
            "全角“{character}”在 YAML 中不起分隔作用；请写半角“{narrow}”和一个空格",
        ),
        "yaml.second-colon": (
            "a second key on the same line; write it on a line of its own, or write the text in quotes",
            "同一行出现了第二个键；请另起一行，或给文本加上引号",
        ),
        "yaml.list-on-line": (
            'a list entry cannot begin here; write "- " on a line of its own, or the list as [a, b]',
            "列表项不能从此处开始；请将“- ”另起一行，或写成 [a, b]",
        ),
        "yaml.indentation": (
            "the indentation does not fit the lines above; "
            "indent the entries of one group by the same number of spaces",
            "缩进与上文不一致；同一组的各项请缩进相同数量的空格",
        ),
        "yaml.text-after-value": (
            'the quotes closed before {rest}; a quote inside a text is written \\" where it '
            "stands in \"…\", and '' where it stands in '…'; or put the whole text in quotes of the other kind",
            "引号在 {rest} 之前已经闭合；文本内的引号，在双引号中写成 \\\"，在单引号中写成 ''；"
            "或改用另一种引号括住整个文本",
        ),
        "yaml.unclosed-quote": (
            "the quote that begins here is not closed; write the same quote at the end of the text",
            "此处开始的引号没有闭合；请在文本末尾写上相同的引号",
        ),
        "yaml.unclosed-bracket": (
            "the bracket that begins here is not closed; write the closing ] or }} after its last entry",
            "此处开始的括号没有闭合；请在最后一项之后写上 ] 或 }}",
        ),
        "yaml.stray-bracket": (
            "the closing {character} has no opening bracket; remove it, or write the text in quotes",
            "{character} 没有对应的左括号；请删除它，或给文本加上引号",
        ),
        "yaml.missing-comma": (
            "entries in brackets are separated by commas; write a comma before this, or close the bracket",
            "括号内的各项以逗号分隔；请在此之前写半角逗号，或闭合括号",
        ),
        "yaml.escape": (
            "this backslash sequence does not exist; write \\\\ for a backslash, or the text in single quotes",
            "不存在这样的反斜杠转义；反斜杠请写成 \\\\，或改用单引号",
        ),
        "yaml.block-text": (
            "text that begins with > or | continues on the lines below; write the whole text in quotes",
            "以 > 或 | 开头的文本在后续各行继续；请给整段文本加上引号",
        ),
        "yaml.tag": (
            "tags (words beginning with !) are not used in plan files; remove it, or write the text in quotes",
            "方案文件不使用标签（以 ! 开头的词）；请删除它，或给文本加上引号",
        ),
    }
)
