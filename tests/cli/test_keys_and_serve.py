"""Keys, and the server that asks for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from rewards.cli import serve
from rewards.services.keys import authenticate
from rewards.services.platform import Platform
from rewards.settings import SETTINGS, Settings

from .conftest import Run


def test_a_key_is_printed_alone_so_that_a_script_can_take_it(shop: None, run: Run) -> None:
    result = run("key", "create", "--role", "auditor", "--label", "tax office")
    (secret,) = result.stdout.splitlines()

    assert "shown this once" in result.stderr
    platform = Platform.open()
    caller = authenticate(platform, secret)
    platform.close()
    assert caller is not None
    assert (caller.role, caller.label) == ("auditor", "tax office")


def test_a_members_key_names_the_member(sold: None, run: Run, run_json: Callable[..., Any]) -> None:
    made = run_json("key", "create", "--role", "member", "--label", "app", "--member", "ann")

    assert (made["role"], made["member"]) == ("member", "ann")
    run("key", "create", "--role", "member", "--label", "app", "--member", "nobody", exit_code=1)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--role", "member", "--label", "app"), "a member's key names the member"),
        (("--role", "client", "--label", "app", "--member", "ann"), "only a key with the role member"),
        (("--role", "king", "--label", "app"), "'king' is not one of"),
        (("--role", "client"), "'--label'"),
    ],
)
def test_a_key_that_makes_no_sense_is_wrong_usage(words: tuple[str, ...], told: str, shop: None, run: Run) -> None:
    refused = run("key", "create", *words, exit_code=2)

    assert told in refused.stderr
    assert refused.stdout == ""  # no key was made


@pytest.mark.parametrize(
    ("option", "value", "told"),
    [
        ("--port", "0", "0 is not in the range"),
        ("--workers", "0", "0 is not in the range"),
        ("--port", "http", "'http' is not a valid integer"),
    ],
)
def test_serve_takes_no_odd_numbers(option: str, value: str, told: str, run: Run) -> None:
    refused = run("serve", option, value, exit_code=2).stderr

    assert f"'{option}'" in refused
    assert told in refused


def test_the_settings_are_shown_with_where_they_come_from(
    run: Run, run_json: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REWARDS_WORKERS", "7")
    monkeypatch.setenv("REWARDS_DATABASE_URL", "postgresql://user:hidden@host/db")
    shown = {each["variable"]: (each["value"], each["from"]) for each in run_json("config")}

    assert shown["REWARDS_WORKERS"] == ("7", "environment")
    assert shown["REWARDS_THREADS"] == ("4", "default")
    assert shown["REWARDS_DATABASE_URL"] == ("postgresql://user:***@host/db", "environment")
    assert list(shown) == [setting.variable for setting in SETTINGS]
    assert "进程数" in run("config", "--language", "zh").stdout


@pytest.mark.parametrize("command", ["config", "serve", "verify"])
def test_settings_that_cannot_be_used_are_wrong_usage(run: Run, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    monkeypatch.setenv("REWARDS_WORKERS", "many")
    monkeypatch.setenv("REWARDS_LISTEN_PORT", "http")
    said = run(command, exit_code=2).stderr

    assert "REWARDS_WORKERS" in said
    assert "REWARDS_LISTEN_PORT" in said


def test_options_overrule_the_environment(sold: None, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    served: list[Settings] = []
    monkeypatch.setattr(serve, "run_server", lambda _, settings: served.append(settings))
    monkeypatch.setenv("REWARDS_WORKERS", "7")
    monkeypatch.setenv("REWARDS_THREADS", "9")
    run("serve", "--workers", "3", "--port", "8123")

    assert [(each.workers, each.threads, each.listen_port) for each in served] == [(3, 9, 8123)]
