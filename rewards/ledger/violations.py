"""What a check of the books reports: which promise is found broken, and where."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select

from rewards.messages import Message

AT_MOST = 100
"""How many violations one check names; more would not help whoever reads them."""


class Violation(NamedTuple):
    """A promise found broken.

    Its number (1 to 10), a code of the message catalogue and what fills its text.
    """

    promise: int
    code: str
    parameters: Mapping[str, object]

    def text(self, language: str = "en") -> str:
        """The violation in words, in `language` (`en` or `zh`)."""
        return Message(self.code, self.parameters).render(language)


Check = Callable[[Connection], list[Violation]]


def found(
    tx: Connection, promise: int, code: str, names: tuple[str, ...], wanted: Select[*tuple[Any, ...]]
) -> list[Violation]:
    """One violation for each row of `wanted`, its columns being the text's parameters `names`."""
    rows: Any = tx.execute(wanted.limit(AT_MOST))
    return [Violation(promise, f"ledger.violation.{code}", dict(zip(names, row, strict=True))) for row in rows]


def moved(
    tx: Connection, promise: int, code: str, names: tuple[str, ...], wanted: Select[*tuple[Any, ...]]
) -> list[Violation]:
    """One violation for each transfer in `wanted`.

    The three columns of its identity, then the parameters `names`.
    """
    rows: Any = tx.execute(wanted.limit(AT_MOST))
    violations = []
    for seq, member, number, *others in rows:
        parameters = {"transfer": f"{seq}-{member}-{number}", **dict(zip(names, others, strict=True))}
        violations.append(Violation(promise, f"ledger.violation.{code}", parameters))
    return violations
