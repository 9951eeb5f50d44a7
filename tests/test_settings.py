"""Settings: read from the environment, checked together, told in both languages."""

from __future__ import annotations

import dataclasses
import os
import typing

import pytest

from rewards.settings import SETTINGS, Settings, WrongSettings, language_of_environment, read_settings


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment without settings."""
    for name in os.environ:
        if name.startswith("REWARDS_"):
            monkeypatch.delenv(name)


def wrong(language: str = "en") -> str:
    with pytest.raises(WrongSettings) as caught:
        read_settings()
    return caught.value.text(language)


def test_every_field_has_a_variable_of_its_type() -> None:
    types = typing.get_type_hints(Settings)
    settings = read_settings()

    assert [setting.field for setting in SETTINGS] == [field.name for field in dataclasses.fields(Settings)]
    assert {name: type(value) for name, value in dataclasses.asdict(settings).items()} == types


def test_without_any_variable_everything_has_its_default() -> None:
    settings = read_settings()

    assert (settings.database_url, settings.listen_host, settings.listen_port) == (
        "sqlite:///rewards.db", "127.0.0.1", 8000,
    )  # fmt: skip
    assert (settings.rate, settings.member_rate, settings.metrics_open) == (0, 300, False)


def test_variables_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REWARDS_DATABASE_URL", "postgresql://user:pass@host/rewards")
    monkeypatch.setenv("REWARDS_WORKERS", " 7 ")
    monkeypatch.setenv("REWARDS_METRICS_OPEN", "Yes")
    monkeypatch.setenv("REWARDS_THREADS", "")
    settings = read_settings()

    assert (settings.workers, settings.metrics_open, settings.threads) == (7, True, 4)
    assert settings.database_url == "postgresql://user:pass@host/rewards"


def test_everything_that_is_wrong_is_told_in_one_go(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "REWARDS_WORKERS": "many",
        "REWARDS_LISTEN_PORT": "70000",
        "REWARDS_LOG_LEVEL": "loud",
        "REWARDS_LANGUAGE": "fr",
    }.items():
        monkeypatch.setenv(name, value)

    assert wrong().splitlines() == [
        "4 variable(s) of the environment cannot be used:",
        '  REWARDS_LANGUAGE: "fr" is not allowed; allowed: one of en, zh',
        '  REWARDS_LISTEN_PORT: "70000" is not allowed; allowed: a whole number from 1 to 65535',
        '  REWARDS_WORKERS: "many" is not allowed; allowed: a whole number from 1 to 64',
        '  REWARDS_LOG_LEVEL: "loud" is not allowed; allowed: one of debug, info, warning, error',
    ]
    assert "REWARDS_WORKERS: 不允许“many”；允许：1 至 64 之间的整数" in wrong("zh")


@pytest.mark.parametrize("value", ["0", "65", "-1", "1.5", "٣", "1e1", "+2", "9" * 5000])
def test_whole_numbers_are_whole_and_within_bounds(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("REWARDS_WORKERS", value)

    assert "REWARDS_WORKERS" in wrong()
    assert len(wrong()) < 300


@pytest.mark.parametrize("url", ["mysql://user:hidden@host/db", "hidden", "postgresql://user:hidden@host:port/db"])
def test_a_database_url_that_cannot_be_used_is_not_shown(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("REWARDS_DATABASE_URL", url)

    assert "REWARDS_DATABASE_URL" in wrong()
    assert "hidden" not in wrong()


def test_a_password_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REWARDS_DATABASE_URL", "postgresql://user:hidden@host/db")

    assert SETTINGS[0].shown() == "postgresql://user:***@host/db"


def test_a_name_that_is_all_but_a_settings_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REWARDS_WORKER", "3")

    assert "REWARDS_WORKER: there is no setting of this name; did you mean REWARDS_WORKERS?" in wrong()


def test_names_that_others_put_there_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A container platform gives every service named `rewards` variables such as these."""
    for name in ("REWARDS_PORT", "REWARDS_SERVICE_HOST", "REWARDS_SERVICE_PORT", "REWARDS_PORT_8000_TCP_ADDR"):
        monkeypatch.setenv(name, "tcp://10.0.0.1:8000")

    assert read_settings() == read_settings()


@pytest.mark.parametrize(
    ("variables", "language"),
    [
        ({"REWARDS_LANGUAGE": "zh"}, "zh"),
        ({"REWARDS_LANGUAGE": "fr", "LANG": "zh_CN.UTF-8"}, "en"),
        ({"REWARDS_LANGUAGE": "", "LC_ALL": "", "LANG": "zh_CN.UTF-8"}, "zh"),
    ],
)
def test_there_is_always_a_language_to_tell_it_in(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], language: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    assert language_of_environment() == language
