"""What is wrong with a plan file, and where: diagnostics with a place, and the report that collects them."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from rewards.messages import Message

Path: TypeAlias = tuple[str | int, ...]
"""Where a value lies in a document: mapping keys and list indexes (from 0); `()` is the whole."""

Position: TypeAlias = tuple[int, int]
"""Line and column in a file, both counted from 1; a column is a character, not a byte."""

Part: TypeAlias = Literal["value", "key"]
"""Which part of an entry is meant: what is written after the colon, or the key before it."""


class Severity(enum.Enum):
    """How bad a diagnostic is: a file with an ERROR cannot be used, a WARNING asks for a second look."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Phrase:
    """A piece of text that itself depends on the language, to fill a placeholder of a message.

    The placeholder names the language: `{wanted:en}` in the English text, `{wanted:zh}` in the Chinese.
    """

    en: str
    zh: str

    def __format__(self, language: str) -> str:
        return self.zh if language == "zh" else self.en

    def __bool__(self) -> bool:
        return bool(self.en)

    @classmethod
    def either(cls, phrases: Iterable[Phrase]) -> Phrase:
        """The phrases as alternatives, each named once: "a, b or c"."""
        distinct = list(dict.fromkeys(phrases))
        head, last = distinct[:-1], distinct[-1]
        if not head:
            return last
        return cls(
            f"{', '.join(phrase.en for phrase in head)} or {last.en}",
            f"{'、'.join(phrase.zh for phrase in head)}或{last.zh}",
        )


class Doubted(str):
    """The name of something that has been reported already, or that stands for what could not be read.

    A report takes no further complaint that has such a name among its parameters: it would only be a consequence.
    """

    __slots__ = ()


def pointer(path: Path) -> str:
    """The JSON pointer (RFC 6901) of a path.

    >>> pointer(("rules", 0, "a/b"))
    '/rules/0/a~1b'
    """
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


@dataclass(frozen=True)
class Diagnostic:
    """One thing wrong with a file.

    `code` is a key of the message catalogue and `message` its filled text: what is wrong; what to write
    instead. `line` and `column` count from 1; `path` is the place in the document, which may be one that
    does not exist yet (a missing key).
    """

    severity: Severity
    code: str
    message: Message
    file: str
    line: int
    column: int
    path: Path = ()

    def render(self, language: str = "en") -> str:
        """One line, `file:line:column: error[code]: text`.

        Only the text is translated, so that editors and scripts find their way in either language.
        """
        place = f"{self.file}:{self.line}:{self.column}"
        return f"{place}: {self.severity.value}[{self.code}]: {self.message.render(language)}"

    def as_json(self, language: str = "en") -> dict[str, str | int]:
        """The same as plain data, the place in the document as a JSON pointer."""
        return {
            "severity": self.severity.value,
            "code": self.code,
            "message": self.message.render(language),
            "file": self.file,
            "line": self.line,
            "column": self.column,
            "pointer": pointer(self.path),
        }

    @property
    def sort_key(self) -> tuple[str, int, int, str, str, str]:
        """Orders diagnostics as a person reads the file; at one place errors come before warnings."""
        return (self.file, self.line, self.column, self.severity.value, self.code, pointer(self.path))

    def __lt__(self, other: Diagnostic) -> bool:
        return self.sort_key < other.sort_key


class Located(Protocol):
    """What a report must know of a document: its file name, and where in the file its entries are written."""

    @property
    def file(self) -> str:
        """The name of the file."""

    def position(self, path: Path, of: Part = "value") -> Position:
        """The position of the value or key at `path`, or of the nearest ancestor that exists."""


class Report:
    """Collects the diagnostics of one file, finding the position of each in the document.

    `found` are diagnostics that are known already, such as the reader's.
    """

    def __init__(self, document: Located, found: Iterable[Diagnostic] = ()) -> None:
        self._document = document
        self._diagnostics = list(found)
        self._faulty = {each.path for each in self._diagnostics if each.severity is Severity.ERROR}

    def error(self, code: str, path: Path, *, at: Part = "value", **parameters: object) -> None:
        """Add an error at `path` (at its value, or `at="key"`), its text filled with `parameters`."""
        if _doubted(parameters):
            return
        self._faulty.add(path)
        self._add(Severity.ERROR, code, path, at, parameters)

    def warning(self, code: str, path: Path, *, at: Part = "value", **parameters: object) -> None:
        """Add a warning at `path` (at its value, or `at="key"`), its text filled with `parameters`."""
        if not _doubted(parameters):
            self._add(Severity.WARNING, code, path, at, parameters)

    def repeat(self, diagnostic: Diagnostic, path: Path) -> None:
        """Add what has been said elsewhere as something about the value at `path`."""
        if diagnostic.severity is Severity.ERROR:
            self._faulty.add(path)
        self._add(diagnostic.severity, diagnostic.code, path, "value", dict(diagnostic.message.parameters))

    def has_error_at(self, path: Path) -> bool:
        """Whether an error is known for exactly this place, so that a later check need not complain again."""
        return path in self._faulty

    def has_error_within(self, path: Path) -> bool:
        """Whether an error is known for this place or anything below it."""
        return any(each[: len(path)] == path for each in self._faulty)

    @property
    def errors(self) -> int:
        """How many errors there are."""
        return sum(each.severity is Severity.ERROR for each in self._diagnostics)

    @property
    def diagnostics(self) -> list[Diagnostic]:
        """All diagnostics, in the order of the file."""
        return sorted(self._diagnostics)

    @property
    def ok(self) -> bool:
        """Whether the file can be used: no errors, though there may be warnings."""
        return all(each.severity is not Severity.ERROR for each in self._diagnostics)

    def _add(self, severity: Severity, code: str, path: Path, at: Part, parameters: dict[str, object]) -> None:
        line, column = self._document.position(path, of=at)
        message = Message(code, parameters)
        self._diagnostics.append(Diagnostic(severity, code, message, self._document.file, line, column, path))


def _doubted(parameters: dict[str, object]) -> bool:
    return any(isinstance(value, Doubted) for value in parameters.values())
