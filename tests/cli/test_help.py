"""Every command explains itself, in both languages, with an example."""

from __future__ import annotations

import re
from collections.abc import Iterator

import click
import pytest

from rewards.cli import main
from rewards.messages import Message, catalogue

from .conftest import Run

COMMANDS = [
    "init", "check", "test", "activate", "import", "close", "declare", "tag", "codes", "balance", "statement",
    "explain", "verify", "replay", "seal", "export", "key", "serve", "config", "demo", "simulate",
]  # fmt: skip


def walk(group: click.Group, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    for name, command in group.commands.items():
        yield (*words, name), command
        if isinstance(command, click.Group):
            yield from walk(command, (*words, name))


ALL = dict(walk(main))


def test_the_commands_are_these() -> None:
    assert sorted(main.commands) == sorted(COMMANDS)


@pytest.mark.parametrize("words", ALL, ids=" ".join)
def test_help_has_an_example_and_the_exit_codes(words: tuple[str, ...], run: Run) -> None:
    help_ = run(*words, "--help").output

    assert re.search(rf"Example:\n.*rewards {' '.join(words)}\b", help_), help_
    assert "3    the database cannot be used" in help_


@pytest.mark.parametrize("words", ALL, ids=" ".join)
def test_help_is_in_chinese_where_that_is_the_language(
    words: tuple[str, ...], run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REWARDS_LANGUAGE", "zh")
    help_ = run(*words, "--help").output

    assert "示例:" in help_
    assert "3    数据库不可用" in help_
    assert Message(f"help.{'.'.join(words)}").render("zh").splitlines()[0] in help_


@pytest.mark.parametrize("words", ALL, ids=" ".join)
def test_every_option_says_what_it_does(words: tuple[str, ...]) -> None:
    for option in ALL[words].params:
        if isinstance(option, click.Option):
            code = option.help or f"help.option.{option.name}"
            assert code in catalogue(), f"{' '.join(words)} {option.opts[0]}"


def test_the_list_of_commands_is_in_the_language_chosen(run: Run) -> None:
    assert "日结一个或多个业务日" in run("--language", "zh", "--help").output
    assert "Close a business day" in run("--help").output


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"REWARDS_LANGUAGE": "en", "LC_ALL": "zh_CN.UTF-8"}, "not a day"),
        ({"LC_ALL": "zh_CN.UTF-8", "LANG": "en_US.UTF-8"}, "不是日期"),
        ({"LANG": "zh_CN.UTF-8"}, "不是日期"),
        ({"LANG": "de_DE.UTF-8"}, "not a day"),
    ],
)
def test_the_language_comes_from_the_environment(
    variables: dict[str, str], expected: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    assert expected in run("close", "tomorrow", exit_code=2).stderr


def test_the_option_is_stronger_than_the_environment(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REWARDS_LANGUAGE", "zh")

    assert "not a day" in run("close", "tomorrow", "--language", "en", exit_code=2).stderr
    assert "not a day" in run("--language", "en", "close", "tomorrow", exit_code=2).stderr


def test_a_command_that_does_not_exist_is_wrong_usage(run: Run) -> None:
    assert "No such command" in run("clse", exit_code=2).stderr
