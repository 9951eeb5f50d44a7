"""Reading a plan file: strict YAML into plain values, with the position of every entry.

Strict means that a file can be read in one way only: no aliases, tags or duplicate keys, one document,
UTF-8, and no plain text that a person or another YAML reader could take for something else
(`rewards.plan.scalars`). Numbers with a point are read as Decimal, never as float. Size, depth and count
are bounded, checked before the work is done.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import yaml
from yaml.error import MarkedYAMLError

from rewards.messages import Message, register
from rewards.plan.diagnostics import Diagnostic, Part, Path, Position, Severity
from rewards.plan.reader_texts import TEXTS
from rewards.plan.scalars import Doubtful, Scalar, read_plain, read_plain_key
from rewards.plan.schema_words import comparison
from rewards.plan.yaml_syntax import explain, position_of

register(TEXTS)

MAX_BYTES = 1024 * 1024
"""The largest file that is read, in bytes."""
MAX_DEPTH = 40
"""How deep mappings and lists may be nested."""
MAX_NODES = 20_000
"""The most entries a file may have: keys, values, lists and mappings together."""
MAX_TEXT = 10_000
"""The longest single text, in characters."""
MAX_ERRORS = 100
"""After this many errors the rest of the file is not looked at."""

# Control characters, line breaks only some programs honour, lone surrogates, characters that hide or
# reorder text
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff\u200b\u2028\u2029\u202a-\u202e\u2060-\u2069\ufeff]"
)


@dataclass(frozen=True)
class Document:
    """What a file says. `value` is plain data: dict, list, str, int, Decimal, bool or None."""

    file: str
    source: str
    value: Any
    _values: Mapping[Path, Position] = field(repr=False)
    _keys: Mapping[Path, Position] = field(repr=False)

    def position(self, path: Path, of: Part = "value") -> Position:
        """Line and column (from 1) of the value at `path`, or of the key before it.

        A list entry has no key: its value is meant. A path that does not exist has the position of its
        nearest ancestor that does.
        """
        for length in range(len(path), 0, -1):
            place = path[:length]
            if of == "key" and place in self._keys:
                return self._keys[place]
            if place in self._values:
                return self._values[place]
        return self._values.get((), (1, 1))


class Reading(NamedTuple):
    """The outcome of reading a file.

    `diagnostics` says all that is wrong with it, in order. `document` is None when the file could not be
    followed to its end; where it could, the document is there even if some entries are wrong (they are None
    or text), so that further checks can be made in the same go. Only a reading that is `ok` may be used.
    """

    document: Document | None
    diagnostics: list[Diagnostic]

    @property
    def ok(self) -> bool:
        """Whether the file was read without any error."""
        return self.document is not None and not self.diagnostics


def read_document(source: bytes | str, file: str) -> Reading:
    """Read the text of a plan file; `file` is its name in the diagnostics. Raises nothing."""
    return _Reader(file).read(source)


class _Unreadable(Exception):
    """The rest of the file is not worth reading, or cannot be read; what is wrong has been noted."""


class _Frame:
    """A mapping or list being built. In a mapping, `key` is set between a key and its value."""

    def __init__(self, path: Path, value: dict[str, Any] | list[Any]) -> None:
        self.path = path
        self.value = value
        self.lines_of_keys: dict[str, int] = {}
        self.wants_key = isinstance(value, dict)
        self.key: str | None = None
        self.keep = True

    def child_path(self) -> Path:
        """The path of the value that comes next; if its key is unusable, the mapping's."""
        if isinstance(self.value, list):
            return (*self.path, len(self.value))
        return self.path if self.key is None else (*self.path, self.key)

    def attach(self, value: Any) -> None:
        """Take in a finished value (or a finished key that is no text, which only counts as a key)."""
        if isinstance(self.value, list):
            self.value.append(value)
        elif self.wants_key:
            self.key, self.keep, self.wants_key = None, False, False
        else:
            if self.keep and self.key is not None:
                self.value[self.key] = value
            self.wants_key = True


class _Reader:
    """Builds the document of one file from the parser's events; without recursion, whatever the nesting."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._diagnostics: list[Diagnostic] = []
        self._values: dict[Path, Position] = {}
        self._keys: dict[Path, Position] = {}
        self._frames: list[_Frame] = []
        self._root: Any = None
        self._lines: list[str] = []
        self._documents = 0
        self._nodes = 0
        self._known = 0
        self._long_quote: Position | None = None
        """Where the last entry begins, if it is a quoted text over several lines."""

    def read(self, source: bytes | str) -> Reading:
        try:
            text = self._decode(source)
            self._parse(text)
            document = Document(self._file, text, self._root, self._values, self._keys)
        except _Unreadable:
            document = None
        return Reading(document, sorted(self._diagnostics))

    # -- from bytes to text

    def _decode(self, source: bytes | str) -> str:
        # a text has at least as many bytes as characters: what is certainly too long is not even encoded
        oversize = len(source) > MAX_BYTES
        data = source if isinstance(source, bytes) or oversize else source.encode("utf-8", "surrogatepass")
        if len(data) > MAX_BYTES:
            raise self._stop("yaml.too-large", (1, 1), limit=MAX_BYTES)
        if isinstance(source, bytes):
            try:
                text = source.decode("utf-8")
            except UnicodeDecodeError as error:
                before = source[: error.start].decode("utf-8")
                position = _position_in(before, len(before))
                raise self._stop("yaml.not-utf-8", position, byte=error.start + 1) from None
        else:
            text = source
        text = text.removeprefix("\ufeff")
        forbidden = _FORBIDDEN.search(text)
        if forbidden:
            position = _position_in(text, forbidden.start())
            raise self._stop("yaml.character", position, character=_code_point(forbidden.group()))
        return text

    # -- from text to events

    def _parse(self, text: str) -> None:
        self._lines = text.splitlines()
        parser = yaml.SafeLoader(text)
        try:
            while parser.check_event():
                self._take(parser.get_event())  # type: ignore[no-untyped-call]
        except MarkedYAMLError as error:
            self._forget_consequences()
            fault = explain(error, self._lines)
            if self._long_quote is not None:
                # a quote left open ends at the next one, lines below, and what follows makes no sense
                raise self._stop("yaml.unclosed-quote", self._long_quote) from None
            raise self._stop(fault.code, fault.position, **fault.parameters) from None
        except (ValueError, OverflowError):
            # the parser's own conversions: \U escapes beyond Unicode, version numbers of thousands of digits
            here = position_of(parser.get_mark())
            code = "yaml.directive" if self._lines[here[0] - 1].startswith("%") else "yaml.escape"
            raise self._stop(code, here) from None
        finally:
            parser.dispose()
        if not self._documents:
            raise self._stop("yaml.empty-document", (1, 1))

    def _take(self, event: yaml.Event) -> None:
        here = position_of(event.start_mark)
        self._known = len(self._diagnostics)
        self._long_quote = here if _is_long_quote(event, here) else None
        match event:
            case yaml.DocumentStartEvent():
                self._start_document(event, here)
            case yaml.AliasEvent():
                self._count(here)
                self._error("yaml.alias", here, self._next_path())
                self._place(None, here)
            case yaml.ScalarEvent():
                self._count(here)
                self._refuse_properties(event, here)
                self._take_scalar(event, here)
            case yaml.MappingStartEvent():
                self._open({}, event, here)
            case yaml.SequenceStartEvent():
                self._open([], event, here)
            case yaml.CollectionEndEvent():
                self._close()

    def _start_document(self, event: yaml.DocumentStartEvent, here: Position) -> None:
        self._documents += 1
        if self._documents > 1:
            raise self._stop("yaml.several-documents", here)
        for row, line in enumerate(self._lines[: position_of(event.end_mark)[0]], 1):
            if line.startswith("%"):
                self._error("yaml.directive", (row, 1), ())

    def _forget_consequences(self) -> None:
        # what was odd about the last entry before the syntax breaks is the same mistake, seen too early
        last = self._diagnostics[self._known :]
        if all(each.code in ("yaml.plain-over-lines", "yaml.empty-value") for each in last):
            del self._diagnostics[self._known :]

    # -- from events to values

    def _open(self, value: dict[str, Any] | list[Any], event: yaml.NodeEvent, here: Position) -> None:
        self._count(here)
        if len(self._frames) >= MAX_DEPTH:
            raise self._stop("yaml.too-deep", here, limit=MAX_DEPTH)
        self._refuse_properties(event, here)
        path = self._next_path()
        if self._frames and self._frames[-1].wants_key:
            self._error("yaml.key-not-scalar", here, path)
        else:
            self._values.setdefault(path, here)
        self._frames.append(_Frame(path, value))

    def _close(self) -> None:
        value = self._frames.pop().value
        if self._frames:
            self._frames[-1].attach(value)
        else:
            self._root = value

    def _take_scalar(self, event: yaml.ScalarEvent, here: Position) -> None:
        text = event.value
        path = self._next_path()
        if len(text) > MAX_TEXT:
            self._error("yaml.text-too-long", here, path, count=len(text), limit=MAX_TEXT)
            text = text[:MAX_TEXT]
        forbidden = _FORBIDDEN.search(text)
        if forbidden:
            self._error("yaml.character", here, path, character=_code_point(forbidden.group()))
            text = _FORBIDDEN.sub("", text)
        if self._frames and self._frames[-1].wants_key:
            self._take_key(self._frames[-1], text, event, here)
        else:
            self._place(self._value_of(text, event, here, path), here)

    def _take_key(self, frame: _Frame, text: str, event: yaml.ScalarEvent, here: Position) -> None:
        frame.wants_key = False
        frame.key, frame.keep = text, True
        path = frame.child_path()
        read = read_plain_key(text) if _is_plain(event) else text
        first_line = frame.lines_of_keys.setdefault(text, here[0])
        if text in frame.value or path in self._keys:
            frame.keep = False
            self._error("yaml.duplicate-key", here, path, key=text, line=first_line)
        elif not text:
            self._error("yaml.empty-key", here, path)
        elif _is_plain(event) and position_of(event.end_mark)[0] > here[0]:
            self._error("yaml.plain-over-lines", here, path)
        elif isinstance(read, Doubtful):
            self._error(read.code, here, path, text=text)
        self._keys.setdefault(path, here)

    def _value_of(self, text: str, event: yaml.ScalarEvent, here: Position, path: Path) -> Scalar:
        if not _is_plain(event):
            return text
        if not text:
            self._report_empty(here, path)
            return None
        if not self._frames and "：" in text:
            colon = (here[0], here[1] + self._lines[here[0] - 1][here[1] - 1 :].find("："))
            self._error("yaml.full-width", max(here, colon), path, character="：", narrow=":")
            return text
        if position_of(event.end_mark)[0] > here[0]:
            self._error("yaml.plain-over-lines", here, path)
            return text
        read = read_plain(text)
        if isinstance(read, Doubtful):
            self._error(read.code, here, path, text=text)
            return text
        return read

    def _report_empty(self, here: Position, path: Path) -> None:
        if not self._frames:
            raise self._stop("yaml.empty-document", (1, 1))
        key = path[-1]
        compared = comparison(key) if isinstance(key, str) else None
        if compared is not None:
            self._error("yaml.comparison", self._keys[path], path, text=key, written=compared)
        elif isinstance(key, str) and ":" in key.strip(":"):
            before = key.partition(":")[0]
            self._error("yaml.space-after-colon", self._keys[path], path, key=before)
        elif isinstance(key, str) and " " in key and self._follows_comma(self._keys[path]):
            self._error("yaml.comma-in-text", self._keys[path], path, text=key)
        else:
            self._error("yaml.empty-value", here, path)

    def _follows_comma(self, here: Position) -> bool:
        return self._lines[here[0] - 1][: here[1] - 1].rstrip().endswith(",")

    def _place(self, value: Scalar, here: Position) -> None:
        if not self._frames:
            self._values[()] = here
            self._root = value
            return
        frame = self._frames[-1]
        if not frame.wants_key:
            self._values.setdefault(frame.child_path(), here)
        frame.attach(value)

    # -- bounds and errors

    def _next_path(self) -> Path:
        if not self._frames or self._frames[-1].wants_key:
            return self._here()
        return self._frames[-1].child_path()

    def _here(self) -> Path:
        return self._frames[-1].path if self._frames else ()

    def _count(self, here: Position) -> None:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise self._stop("yaml.too-many-nodes", here, limit=MAX_NODES)

    def _refuse_properties(self, event: yaml.NodeEvent, here: Position) -> None:
        if event.anchor is not None:
            self._error("yaml.anchor", here, self._next_path())
        if getattr(event, "tag", None) is not None:
            self._error("yaml.tag", here, self._next_path())

    def _error(self, code: str, here: Position, path: Path, **parameters: object) -> None:
        self._note(code, here, path, parameters)
        if len(self._diagnostics) >= MAX_ERRORS:
            raise self._stop("yaml.too-many-errors", here, limit=MAX_ERRORS)

    def _stop(self, code: str, here: Position, **parameters: object) -> _Unreadable:
        self._note(code, here, self._here(), parameters)
        return _Unreadable()

    def _note(self, code: str, here: Position, path: Path, parameters: dict[str, object]) -> None:
        message = Message(code, parameters)
        self._diagnostics.append(Diagnostic(Severity.ERROR, code, message, self._file, *here, path))


def _is_plain(event: yaml.ScalarEvent) -> bool:
    return not event.style


def _is_long_quote(event: yaml.Event, here: Position) -> bool:
    quoted = isinstance(event, yaml.ScalarEvent) and event.style in ("'", '"')
    return quoted and position_of(event.end_mark)[0] > here[0]


def _code_point(character: str) -> str:
    return f"U+{ord(character):04X}"


def _position_in(text: str, offset: int) -> Position:
    """Line and column (from 1) of an offset in a text, counting lines as YAML does."""
    before = text[:offset].replace("\r\n", "\n").replace("\r", "\n")
    return (before.count("\n") + 1, len(before) - before.rfind("\n"))
