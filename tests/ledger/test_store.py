"""Opening databases and working on them in atomic units."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select
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
