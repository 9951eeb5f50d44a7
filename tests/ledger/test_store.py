"""Opening databases and working on them in atomic units."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.event import listen, remove
from sqlalchemy.exc import DBAPIError

from rewards.errors import RewardsError
from rewards.ledger import Ledger, StoreUnavailable, events, migrate, open_engine, promises
from rewards.ledger.tables import event

from .books import an_event


def test_what_a_unit_wrote_is_kept(ledger: Ledger) -> None:
    with ledger.write() as tx:
        events.add(tx, [an_event(1, "note", "a")])
    with ledger.read() as tx:
        assert events.find(tx, "note", "a") == an_event(1, "note", "a")


def test_a_failed_unit_leaves_nothing(ledger: Ledger) -> None:
    with pytest.raises(KeyError), ledger.write() as tx:
        events.add(tx, [an_event(1, "note", "a")])
        raise KeyError
    with ledger.read() as tx:
        assert events.next_seq(tx) == 1


def test_a_reader_cannot_write(ledger: Ledger) -> None:
    with pytest.raises(DBAPIError, match=r"read-?only"), ledger.read() as tx:
        events.add(tx, [an_event(1, "note", "a")])
    with ledger.write() as tx:  # and the connection it used can write again
        events.add(tx, [an_event(1, "note", "a")])


def test_a_reader_sees_one_moment(ledger: Ledger) -> None:
    with ledger.read() as reader:
        assert events.next_seq(reader) == 1
        with ledger.write() as tx:
            events.add(tx, [an_event(1, "note", "a")])
        assert events.next_seq(reader) == 1
    with ledger.read() as reader:
        assert events.next_seq(reader) == 2


def test_a_second_writer_gives_up_after_a_while(ledger: Ledger) -> None:
    with ledger.write() as tx:
        events.add(tx, [an_event(1, "note", "a")])
        with pytest.raises(StoreUnavailable) as caught, ledger.write():
            pytest.fail("two writers at once")
        assert caught.value.code == "ledger.busy"
    with ledger.write() as tx:
        assert events.next_seq(tx) == 2


def test_writers_take_turns_and_leave_no_gap(database_url: str) -> None:
    engine = open_engine(database_url, durable=False)
    ledger = Ledger(engine)

    def write(writer: int) -> None:
        for note in range(10):
            with ledger.write() as tx:
                events.add(tx, [an_event(events.next_seq(tx), "note", f"{writer}-{note}")])

    threads = [threading.Thread(target=write, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with ledger.read() as tx:
        assert tx.scalar(select(func.count()).select_from(event)) == 40
        assert promises.verify(tx) == []
    engine.dispose()


@pytest.fixture
def pool_told(ledger: Ledger) -> Iterator[list[str]]:
    """What a ledger's pool was told to do from now on."""
    told: list[str] = []
    listeners = {name: (lambda *_, name=name: told.append(name)) for name in ("checkout", "checkin", "close")}
    for name, listener in listeners.items():
        listen(ledger.engine, name, listener)
    yield told
    for name, listener in listeners.items():
        remove(ledger.engine, name, listener)


@pytest.mark.parametrize("store", ["sqlite"])
def test_a_unit_on_a_file_leaves_its_connection_to_the_next(ledger: Ledger, pool_told: list[str]) -> None:
    ledger.engine.dispose()
    pool_told.clear()
    for number in range(1, 4):
        with ledger.write() as tx:
            events.add(tx, [an_event(number, "note", str(number))])
        with ledger.read() as tx:
            assert events.next_seq(tx) == number + 1
    assert pool_told == ["checkout", "checkout"]  # one to write and one to read
    with ledger.read(), ledger.read() as tx:
        assert events.next_seq(tx) == 4
    assert pool_told == ["checkout"] * 3 + ["checkin"]  # of two readers at once one was kept
    ledger.engine.dispose()
    assert pool_told.count("close") == 3


def test_ledgers_on_one_engine_keep_one_connection(ledger: Ledger, pool_told: list[str]) -> None:
    """Whoever looks at a database for a moment makes a ledger of its engine, as often as it is asked."""
    pool_told.clear()
    for _ in range(30):
        with Ledger(ledger.engine).read() as tx:
            assert events.next_seq(tx) == 1
    assert pool_told.count("checkout") - pool_told.count("checkin") <= 1


@pytest.mark.parametrize("store", ["sqlite"])
def test_a_connection_is_not_left_by_a_unit_that_failed(ledger: Ledger, pool_told: list[str]) -> None:
    with ledger.write() as tx:
        events.add(tx, [an_event(1, "note", "a")])
    with pytest.raises(KeyError), ledger.write() as tx:
        events.add(tx, [an_event(2, "note", "b")])
        raise KeyError
    assert pool_told[-1] == "checkin"
    with ledger.write() as tx:
        assert events.next_seq(tx) == 2
    assert pool_told[-1] == "checkout"


@pytest.mark.parametrize("store", ["postgresql"])
def test_every_unit_on_a_server_asks_the_pool(ledger: Ledger, pool_told: list[str]) -> None:
    """It sees whether the server still answers."""
    for _ in range(2):
        with ledger.write():
            pass
    assert pool_told == ["checkout", "checkin"] * 2


def test_who_listens_to_statements_from_now_on_hears_of_the_next_unit(ledger: Ledger) -> None:
    with ledger.write() as tx:
        events.next_seq(tx)
    heard: list[str] = []

    def hear(_c: object, _cursor: object, statement: str, *_: object) -> None:
        heard.append(statement)

    listen(ledger.engine, "before_cursor_execute", hear)
    with ledger.write() as tx:
        events.next_seq(tx)
    remove(ledger.engine, "before_cursor_execute", hear)
    assert sum("max(event.seq)" in statement for statement in heard) == 1
    with ledger.write() as tx:
        events.next_seq(tx)
    assert sum("max(event.seq)" in statement for statement in heard) == 1


def test_an_unreachable_database_is_said_plainly(store: str, tmp_path: Path, opened: Callable[[str], Engine]) -> None:
    missing = {
        "sqlite": f"sqlite:///{tmp_path / 'no-such-folder' / 'rewards.db'}",
        "postgresql": "postgresql://nobody@127.0.0.1:1/none?connect_timeout=2",
    }
    with pytest.raises(StoreUnavailable) as caught, Ledger(opened(missing[store])).read():
        pytest.fail("connected to nothing")
    assert isinstance(caught.value, RewardsError)
    assert caught.value.code == "ledger.unreachable"
    assert caught.value.text("zh").startswith("无法连接数据库")


@pytest.mark.parametrize("store", ["postgresql"])  # a file has no connection to lose
def test_a_lost_connection_is_said_plainly(ledger: Ledger) -> None:
    with pytest.raises(StoreUnavailable), ledger.write() as tx:
        own = tx.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        with ledger.engine.begin() as other:
            other.exec_driver_sql("SELECT pg_terminate_backend(%s)", (own,))
        events.next_seq(tx)
    with ledger.read() as tx:
        assert events.next_seq(tx) == 1


def test_a_mistake_of_ours_is_not_called_unavailable(ledger: Ledger) -> None:
    with pytest.raises(DBAPIError), ledger.read() as tx:
        tx.exec_driver_sql("SELECT nothing FROM nowhere")


def test_sqlite_is_durable_unless_told_otherwise(tmp_path: Path) -> None:
    for durable, synchronous in ((True, 2), (False, 0)):
        engine = open_engine(f"sqlite:///{tmp_path / 'a.db'}", durable=durable)
        with engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == synchronous
            assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
            assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar_one() == 1
        engine.dispose()


def test_a_database_in_memory_is_one_database() -> None:
    engine = open_engine("sqlite://")
    migrate(engine)
    ledger = Ledger(engine)
    with ledger.write() as tx:
        events.add(tx, [an_event(1, "note", "a")])
    seen: list[int] = []

    def look() -> None:
        with ledger.read() as tx:
            seen.append(events.next_seq(tx))

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert seen == [2]
    engine.dispose()


def test_the_driver_of_postgresql_need_not_be_named() -> None:
    engine = open_engine("postgresql://someone@somewhere/books")
    assert engine.driver == "psycopg"
