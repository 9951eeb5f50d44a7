"""Printing: tables for people, JSON for scripts, and nothing that could steer a terminal."""

from __future__ import annotations

import dataclasses
import json
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from enum import Enum
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from rewards.services.views import TransferView

WIDTH_OF_A_FILE = 160
"""How wide tables may be when the output is no terminal."""


def clean(text: str) -> str:
    """The text without control characters: what others wrote must not be able to steer the reader's terminal."""
    return "".join(
        "\ufffd" if unicodedata.category(each) in ("Cc", "Cs") and each not in "\n\t" else each for each in text
    )


def _console(*, error: bool) -> Console:
    console = Console(stderr=error, highlight=False, markup=False, emoji=False, soft_wrap=True)
    if not console.is_terminal:
        console.width = WIDTH_OF_A_FILE
    return console


def stdout() -> Console:
    """Where results go."""
    return _console(error=False)


def stderr() -> Console:
    """Where everything else goes: progress, errors, notes."""
    return _console(error=True)


def plain(value: Any) -> Any:
    """A view as data that JSON can hold. A transfer's two sides are named `from` and `to`, as in the HTTP interface."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = {"source": "from", "target": "to"} if isinstance(value, TransferView) else {}
        return {
            names.get(field.name, field.name): plain(getattr(value, field.name)) for field in dataclasses.fields(value)
        }
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, str):
        return [plain(each) for each in value]
    return value


def print_json(value: Any, console: Console | None = None) -> None:
    """Print a value as one JSON document."""
    file = (console or stdout()).file
    file.write(json.dumps(plain(value), ensure_ascii=False, indent=2) + "\n")


def print_table(
    headings: Sequence[str], rows: Iterable[Sequence[object]], *, right: Sequence[int] = (), title: str = ""
) -> None:
    """Print rows below headings; the columns whose indexes are in `right` are aligned to the right, as amounts are."""
    table = Table(box=box.SIMPLE_HEAD, title=title or None, title_justify="left", pad_edge=False)
    for index, heading in enumerate(headings):
        table.add_column(heading, justify="right" if index in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(clean("" if each is None else str(each))) for each in row))
    stdout().print(table, soft_wrap=False)
