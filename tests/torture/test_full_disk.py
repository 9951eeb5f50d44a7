"""A full disk: the error says so, nothing is half done, and with more room the same work goes on."""

from __future__ import annotations

import contextlib
import io
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import URL, Engine, event

from rewards.ledger import StoreUnavailable
from rewards.services.platform import Platform
from tests.databases import Fresh, copies_on_sqlite, run_as_admin
from tests.torture.books import Books, books_of, broken, difference
from tests.torture.script import FIRST_DAY, Script, Size, Step
from tests.torture.steps import DO, ImportStopped, Work, settled
from tests.torture.tmpfs import small_disk

SCRIPT = Script(7, Size(members=8, batch=10, lines=30))
FULL = "the disk that the database is on is full (database or disk is full); nothing was changed: make room, then "


@pytest.fixture(autouse=True)
def _settled() -> Iterator[None]:
    with settled():
        yield


@pytest.fixture(scope="module")
def expected(_migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Books:
    """The books when there is always room."""
    folder = tmp_path_factory.mktemp("whole")
    with settled(), copies_on_sqlite(_migrated_sqlite)() as url, working(url, folder) as work:
        for step in SCRIPT.steps():
            assert do(work, step) is None
        return books_of(work.platform)


@contextmanager
def working(url: str, folder: Path) -> Iterator[Work]:
    work = Work.on(url, folder)
    SCRIPT.write_files(work.folder)
    try:
        yield work
    finally:
        work.platform.close()


def do(work: Work, step: Step) -> tuple[str, str] | None:
    """Do a step; answers the code and the text of the error that has stopped it."""
    said = io.StringIO()
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(said):
            DO[step["do"]](work, step)
    except StoreUnavailable as error:
        assert "{" not in error.text("zh")
        return error.code, error.text("en")
    except ImportStopped:
        text = " ".join(said.getvalue().split())
        return ("ledger.full" if "is full" in text else "another", text)
    return None


def check(work: Work, expected: Books) -> None:
    """All is as if there had always been room."""
    assert difference(books_of(work.platform), expected) == ""
    assert broken(work.platform, with_replay=True) == []


# --- SQLite ----------------------------------------------------------------------------------------------------------


class Limit:
    """How many pages a SQLite database may have, for every connection made while this is in force."""

    def __init__(self) -> None:
        self.pages = 1_000_000

    @contextmanager
    def held(self) -> Iterator[None]:
        event.listen(Engine, "connect", self._connected)
        yield
        event.remove(Engine, "connect", self._connected)

    def _connected(self, connection: object, _record: object) -> None:
        self.of(connection, f"PRAGMA max_page_count = {self.pages}")

    @staticmethod
    def of(connection: object, pragma: str) -> int:
        found: int = connection.execute(pragma).fetchone()[0]  # type: ignore[attr-defined]
        return found

    def set(self, platform: Platform, more: int) -> None:
        """Allow so many pages more than there are now; connections are made anew, as they hear of it only then."""
        with platform.ledger.read() as tx:
            self.pages = self.of(tx.connection.driver_connection, "PRAGMA page_count") + more
        platform.ledger.engine.dispose()


@pytest.mark.parametrize("store", ["sqlite"])
def test_every_step_of_the_work_goes_on_after_a_full_disk(fresh: Fresh, tmp_path: Path, expected: Books) -> None:
    """Each step is tried with no page to spare, then with one, two, three, …: so it fails at ever later places."""
    refused: Counter[str] = Counter()
    with fresh() as url:
        limit = Limit()
        with limit.held(), working(url, tmp_path) as work:
            for step in SCRIPT.steps():
                more = 0
                while True:
                    limit.set(work.platform, more)
                    before = books_of(work.platform)
                    error = do(work, step)
                    if error is None:
                        break
                    code, text = error
                    assert code == "ledger.full"
                    assert FULL in text
                    refused[step["do"]] += 1
                    if step["do"] in ("order", "batch", "refund", "redeem"):  # one unit, and nothing of it
                        assert books_of(work.platform) == before
                    assert broken(work.platform, with_replay=False) == []
                    more += 1
            limit.set(work.platform, 1_000_000)
            check(work, expected)
    assert {"activate", "batch", "import", "close"} <= refused.keys(), refused


@pytest.mark.parametrize("store", ["sqlite"])
def test_orders_one_by_one_until_the_disk_is_full(fresh: Fresh, tmp_path: Path) -> None:
    order = {"do": "order", "member": "m1", "total": "3000.00", "at": f"{FIRST_DAY}T12:00:00+08:00", "points": "0"}
    limit = Limit()
    with fresh() as url, limit.held(), working(url, tmp_path) as work:
        for step in SCRIPT.steps()[:3]:  # the plans, and those who join
            do(work, step)
        limit.set(work.platform, 1)
        number, before = 0, books_of(work.platform)
        while (error := do(work, {**order, "id": f"o-{number}"})) is None:
            number, before = number + 1, books_of(work.platform)
        assert error[0] == "ledger.full"
        assert books_of(work.platform) == before
        assert do(work, {**order, "id": "o-0"}) is None  # what was taken can still be asked for again
        limit.set(work.platform, 100)
        assert do(work, {**order, "id": f"o-{number}"}) is None
        assert len(books_of(work.platform)["event"]) == len(before["event"]) + 1
        assert broken(work.platform, with_replay=True) == []


def test_a_small_disk_gets_full_wherever_it_likes(_migrated_sqlite: Path, tmp_path: Path, expected: Books) -> None:
    """Here the journal gets full, or a commit; what was kept stays, and with more room all goes on."""
    disk = tmp_path / "disk"
    size = _migrated_sqlite.stat().st_size // 1024 + 100
    codes: Counter[str] = Counter()
    with small_disk(disk, size) as resize:
        shutil.copyfile(_migrated_sqlite, disk / "rewards.db")
        with working(f"sqlite:///{disk / 'rewards.db'}", tmp_path) as work:
            for step in SCRIPT.steps():
                while error := do(work, step):
                    codes[error[0]] += 1
                    size += 40
                    resize(size)
                    assert broken(work.platform, with_replay=False) == []
            resize(100_000)
            check(work, expected)
    assert codes["ledger.full"] > 10
    assert codes.keys() <= {"ledger.full", "ledger.uncertain", "ledger.unreachable"}


# --- PostgreSQL ------------------------------------------------------------------------------------------------------


@contextmanager
def postgres_on(server: URL, migrated: str, folder: Path) -> Iterator[str]:
    """The URL of a database whose tables are in a folder."""
    made = f"CREATE DATABASE small TEMPLATE {migrated} TABLESPACE small"
    run_as_admin(server, f"CREATE TABLESPACE small LOCATION '{folder}'", made, "CHECKPOINT")
    try:
        yield server.set(database="small").render_as_string(hide_password=False)
    finally:
        # Only after a checkpoint are the files of what was dropped gone.
        run_as_admin(server, "DROP DATABASE small WITH (FORCE)", "CHECKPOINT", "DROP TABLESPACE small")


def test_a_full_disk_of_a_server(
    postgres_server: URL, _migrated_postgres: str, tmp_path: Path, expected: Books, public_folder: Callable[[], Path]
) -> None:
    data = postgres_folder(postgres_server)
    disk = public_folder() / "disk"
    codes: Counter[str] = Counter()
    with small_disk(disk, 1_000_000) as resize:
        shutil.chown(disk, data.owner(), data.group())
        with (
            postgres_on(postgres_server, _migrated_postgres, disk) as url,
            working(url, tmp_path) as work,
        ):
            size = used_kib(disk) + 8
            resize(size)
            for step in SCRIPT.steps():
                more = 0
                while error := do(work, step):
                    codes[error[0]] += 1
                    # Ever more: what a try has written stays in the way until the server tidies up, a minute later.
                    more += 32
                    size += more
                    resize(size)
                    assert broken(work.platform, with_replay=False) == []
            resize(1_000_000)
            check(work, expected)
    assert codes["ledger.full"] > 10
    assert set(codes) == {"ledger.full"}


def used_kib(disk: Path) -> int:
    return shutil.disk_usage(disk).used // 1024 + 1


def postgres_folder(server: URL) -> Path:
    """Where the server keeps its data; skips the test when that is not on this machine."""
    folder = Path(str(run_as_admin(server, "SHOW data_directory")))
    if not folder.exists():
        pytest.skip("the server is on another machine")
    return folder
