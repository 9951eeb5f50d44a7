"""Opening a platform: on a database that is set up, or by setting it up."""

from __future__ import annotations

from pathlib import Path

import pytest

from rewards.errors import RewardsError
from rewards.ledger import StoreUnavailable
from rewards.services import members
from rewards.services.platform import Platform
from rewards.services.requests import MemberRequest
from rewards.settings import DATABASE_VARIABLE

from .shop import refused


def test_a_database_is_set_up_once_and_opened_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"sqlite:///{tmp_path / 'books.db'}"
    assert refused(lambda: Platform.open(url), StoreUnavailable) == ("platform.not-migrated", None)
    first = Platform.open(url, create=True, durable=False)
    members.add_member(first, MemberRequest("ann"))
    first.close()
    monkeypatch.setenv(DATABASE_VARIABLE, url)
    again = Platform.open()
    found = members.member(again, "ann")
    assert found.joined_at.tzinfo is not None
    again.close()


def test_without_an_address_the_books_are_in_this_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(DATABASE_VARIABLE, raising=False)
    monkeypatch.chdir(tmp_path)
    Platform.open(create=True).close()
    assert (tmp_path / "rewards.db").exists()


def test_an_unreachable_database_is_named(tmp_path: Path) -> None:
    assert issubclass(StoreUnavailable, RewardsError)
    url = f"sqlite:///{tmp_path / 'missing' / 'books.db'}"
    assert refused(lambda: Platform.open(url, create=True), StoreUnavailable)[0] == "ledger.unreachable"
