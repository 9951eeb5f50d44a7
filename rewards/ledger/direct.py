"""Statements of every order, run by the database's driver itself.

SQLAlchemy puts a statement together; what it does around each execution takes several times as long as a small one.
So those that every order needs are put together once for each kind of database, and from then on handed to the driver
of the unit's connection, with values and results converted as the columns' types say. Its errors come as SQLAlchemy's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import ColumnElement, Connection, Dialect, Select, bindparam
from sqlalchemy.sql.selectable import CompoundSelect
from sqlalchemy.types import TypeEngine

from rewards.ledger.among import among, several

Statement = Select[*tuple[Any, ...]] | CompoundSelect[*tuple[Any, ...]]
Convert = Callable[[Any], Any]
Row = Any
"""A tuple, of what the statement selects."""

T = TypeVar("T")
Later = Callable[[], T]
"""Tells what a question that was sent is answered; to be asked for outside of `together`."""


_KNOWN = "rewards_known"
"""The attribute of a unit's connection with what `_get_to_know` has found."""


class Keys:
    """How a statement asks for one of several keys; given to what builds it."""

    def __init__(self, dialect: str, *, single: bool) -> None:
        self.dialect, self._single = dialect, single
        self.names: set[str] = set()

    def one_of(self, column: ColumnElement[Any], parameter: str) -> ColumnElement[bool]:
        """That a column of whole numbers or of texts has one of the values that are given as this parameter."""
        self.names.add(parameter)
        if self._single:
            return column == bindparam(parameter, type_=column.type)
        return among(self.dialect, column, parameter)


class _Prepared(NamedTuple):
    """A statement as the driver of one kind of database takes it."""

    text: str
    names: tuple[str, ...]
    """Its parameters, in their order,"""
    fixed: dict[str, Any]
    """the values of those that nobody gives,"""
    by_name: bool
    """and whether the driver wants them by name."""
    binds: dict[str, Convert]
    results: tuple[Convert | None, ...]
    """How columns of the result are converted; empty when none is."""
    keys: frozenset[str]
    """Those of the parameters that are several values."""


class Question:
    """A SELECT that is put together once for each kind of database, and once more for a single key.

    Asked for one key by a form for several, SQLite takes four times as long.
    """

    def __init__(self, build: Callable[[Keys], Statement]) -> None:
        """`build` makes it, with `bindparam` and `Keys.one_of` for what differs each time."""
        self._build = build
        self._prepared: dict[tuple[str, bool], _Prepared] = {}

    def ask(self, tx: Connection, **given: Any) -> list[Row]:
        """Its rows for these values; for `Keys.one_of` collections, each a list or a tuple. Raises DBAPIError."""
        cursor, prepared = self._run(tx, given)
        rows: list[Row] = cursor.fetchall()
        return _converted(rows, prepared.results) if prepared.results else rows

    def send(self, tx: Connection, **given: Any) -> Later[list[Row]]:
        """As `ask`, but inside `together` its rows are told once that is over."""
        cursor, prepared = self._run(tx, given)
        return lambda: _converted(cursor.fetchall(), prepared.results)

    def _run(self, tx: Connection, given: dict[str, Any]) -> tuple[Any, _Prepared]:
        single = all(len(value) == 1 for value in given.values() if isinstance(value, (list, tuple)))
        prepared = self._prepared.get((tx.dialect.name, single)) or self._prepare(tx.dialect, single=single)
        for name in prepared.keys:
            given[name] = given[name][0] if single else several(tx, given[name])
        for name, convert in prepared.binds.items():
            given[name] = convert(given[name])
        given |= prepared.fixed
        values = given if prepared.by_name else [given[name] for name in prepared.names]
        return run(tx, prepared.text, values), prepared

    def _prepare(self, dialect: Dialect, *, single: bool) -> _Prepared:
        keys = Keys(dialect.name, single=single)
        statement = self._build(keys)
        compiled = statement.compile(dialect=dialect)
        places: Sequence[str] | None = getattr(compiled, "positiontup", None)
        names = tuple(compiled.params if places is None else places)
        fixed = {name: value for name, value in compiled.params.items() if value is not None}
        binds = {name: bind(compiled.binds[name].type, dialect) for name in names if name not in fixed}
        results = tuple(_result(column.type, dialect) for column in statement.selected_columns)
        found = self._prepared[dialect.name, single] = _Prepared(
            str(compiled),
            names,
            fixed,
            places is None,
            {name: convert for name, convert in binds.items() if convert is not None},
            results if any(results) else (),
            frozenset(keys.names),
        )
        return found


def run(tx: Connection, text: str, values: Any = ()) -> Any:
    """Run a statement written for the driver; returns its cursor. Raises sqlalchemy.exc.DBAPIError."""
    return _execute(tx, text, values, many=False)


def together(tx: Connection) -> AbstractContextManager[None]:
    """Send statements without waiting for each to be answered, where the driver can do that; at the end all are done.

    They are done one after the other, each seeing what those before it have done, and what others have meanwhile while
    it waited for a lock. Questions are sent by `Question.send`, whose answers are known at the end; nothing else may
    be read inside, nor may it matter how many rows a statement has found. Not to be nested. Raises
    sqlalchemy.exc.DBAPIError, of whichever statement.
    """
    return _in_a_pipeline(tx) if tx.dialect.name == "postgresql" else _ONE_BY_ONE


_ONE_BY_ONE = nullcontext()


@contextmanager
def _in_a_pipeline(tx: Connection) -> Iterator[None]:
    driver: Any = tx.connection.driver_connection
    try:
        with driver.pipeline():
            yield
    except tx.dialect.loaded_dbapi.Error as error:
        tx._handle_dbapi_exception(error, None, None, None, None)


def run_many(tx: Connection, text: str, rows: Sequence[Sequence[Any]]) -> None:
    """Run a statement for each of some rows of values. Raises sqlalchemy.exc.DBAPIError."""
    _execute(tx, text, rows, many=True).close()


def _get_to_know(tx: Connection) -> tuple[Any, bool]:
    """A unit's connection of the driver, and whether anybody listens to its statements.

    Asking for both takes as long as a small statement, so it is done once a unit: who listens begins between units.
    """
    heard = bool(tx.dispatch.before_cursor_execute or tx.dispatch.after_cursor_execute)
    known = vars(tx)[_KNOWN] = (tx.connection.driver_connection, heard)
    return known


def forget(connection: Connection) -> None:
    """Let the next unit of a connection look anew who listens to its statements."""
    vars(connection).pop(_KNOWN, None)


def _execute(tx: Connection, text: str, values: Any, *, many: bool) -> Any:
    driver, heard = vars(tx).get(_KNOWN) or _get_to_know(tx)
    cursor = driver.cursor()
    if heard:
        for listener in tx.dispatch.before_cursor_execute:
            listener(tx, cursor, text, values, None, many)
    try:
        if many:
            cursor.executemany(text, values)
        else:
            cursor.execute(text, values)
    except Exception as error:
        # As for its own statements: the error is wrapped and counted, and a connection that is lost is given up.
        tx._handle_dbapi_exception(error, text, values, cursor, None)
    if heard:
        for listener in tx.dispatch.after_cursor_execute:
            listener(tx, cursor, text, values, None, many)
    return cursor


def bind(kind: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    """What turns a value of a type into what the driver takes; None where it is the same."""
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _result(kind: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    return kind.dialect_impl(dialect).result_processor(dialect, None)


def _converted(rows: list[Row], results: Sequence[Convert | None]) -> list[Row]:
    """Rows with their values converted: column by column, as most columns stay as they are."""
    if not results:
        return rows
    columns = zip(*rows, strict=True)
    converted = (
        column if convert is None else map(convert, column) for column, convert in zip(columns, results, strict=False)
    )
    return list(zip(*converted, strict=True))
