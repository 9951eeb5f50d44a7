"""The walkthroughs: every file they show is written, every command run, and what they say it prints compared."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from rewards.api import create_app

from rewards.cli import main
from rewards.resources import rules_directory
from rewards.services.keys import create_key
from rewards.services.platform import Platform

from .pages import ROOT, Block, blocks

CURL = re.compile(r"curl (?:-X (?:POST|PUT) )?\"?http://127\.0\.0\.1:8000(/[^ \"]+)\"? (?:[^\n]*\\\n)*[^\n]*")
DATA = re.compile(r"-d '([^']*)'")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for variable in ("REWARDS_DATABASE_URL", "REWARDS_LANGUAGE", "LC_ALL", "LANG"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def rewards(*words: str) -> str:
    """What a command prints, on either stream."""
    result = CliRunner().invoke(main, list(words), prog_name="rewards")
    assert result.exception is None or isinstance(result.exception, SystemExit), result.output
    return result.output


def dialogue(block: Block) -> Iterator[tuple[list[str], str]]:
    """The commands of a console block with what each is said to print."""
    for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
        command, _, printed = part.partition("\n")
        yield shlex.split(command)[1:], printed


def lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.splitlines() if line.strip()]


def follow(page: str, folder: Path) -> int:
    """Do what a page says from top to bottom; returns how many commands it has."""
    count = 0
    for block in blocks(ROOT / page):
        if block.file:
            (folder / block.file).write_text(block.text, encoding="utf-8")
        elif block.language == "console":
            for words, printed in dialogue(block):
                shown = rewards(*words)
                assert lines(shown) == lines(printed), shlex.join(words)
                count += 1
    return count


def test_the_operators_guide(folder: Path) -> None:
    assert follow("docs/operators.md", folder) == 12


def test_the_operators_guide_in_chinese(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REWARDS_LANGUAGE", "zh")

    assert follow("docs/operators.zh.md", folder) == 12
    assert lines(rewards("balance", "anna"))[0] == "会员 anna，推荐人 –"


def test_the_plan_and_the_test_of_the_format_page(folder: Path) -> None:
    follow("docs/plan-format.md", folder)

    assert "1 of 1 cases passed in 1 files" in rewards("test", "example.test.yaml")


def test_the_page_on_planning_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)  # it runs shipped plans, and stores nothing

    assert follow("docs/simulate.md", ROOT) == 2


def post_all(text: str, platform: Platform, key: str) -> list[tuple[int, object]]:
    """Send what a page's curl commands send; the statuses and bodies of the answers."""
    client = create_app(platform).test_client()
    answers: list[tuple[int, object]] = []
    for command in CURL.finditer(text):
        data = DATA.search(command.group())
        headers = {"Authorization": f"Bearer {key}"}
        headers |= {"Accept-Language": "zh"} if "Accept-Language: zh" in command.group() else {}
        method = "POST" if data or "-X POST" in command.group() else "GET"
        method = "PUT" if "-X PUT" in command.group() else method
        if "--data-binary" in command.group():
            continue
        options = {"data": data.group(1), "content_type": "application/json"} if data else {}
        answer = client.open(command.group(1), method=method, headers=headers, **options)
        body = answer.get_json(force=True)
        body.pop("request_id", None)  # another one each time
        answers.append((answer.status_code, body))
    return answers


def test_the_first_screen_of_the_readme(folder: Path) -> None:
    page = ROOT / "README.md"
    plan, orders = (each for each in blocks(page)[:2])
    (folder / plan.file).write_text(plan.text, encoding="utf-8")
    rewards("init")
    rewards("activate", plan.file, "--from", "2026-01-01")
    platform = Platform.open("sqlite:///rewards.db")
    key = create_key(platform, "operator", "test")
    client = create_app(platform).test_client()
    for body in ({"id": "anna"}, {"id": "bert", "sponsor": "anna"}):
        assert client.post("/v1/members", json=body, headers={"X-API-Key": key}).status_code == 201

    assert [status for status, _ in post_all(orders.text, platform, key)] == [201, 201]
    platform.close()
    for words, printed in dialogue(blocks(page)[2]):
        assert lines(rewards(*words)) == lines(printed)


def test_the_readme_lists_the_promises_that_are_checked() -> None:
    listed = re.findall(r"^\| (\d+) \| (.+) \|$", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    rewards("init")

    checked = json.loads(rewards("verify", "--format", "json"))

    assert [(int(number), title) for number, title in listed] == [
        (each["promise"], each["title"]["en"]) for each in checked
    ]


def test_the_python_of_the_readme(capsys: pytest.CaptureFixture[str]) -> None:
    (python,) = (block for block in blocks(ROOT / "README.md") if block.language == "python")

    exec(compile(python.text, "README.md", "exec"), {})

    assert capsys.readouterr().out == "36.00\n"


def test_the_requests_and_answers_of_the_api_guide(folder: Path) -> None:
    page = ROOT / "docs" / "api.md"
    rewards("init")
    rewards("activate", str(rules_directory() / "locked-points.yaml"), "--from", "2026-01-01")
    platform = Platform.open("sqlite:///rewards.db")
    key = create_key(platform, "operator", "test")
    orders, more = page.read_text(encoding="utf-8").split("## Events, tags, places and gifts")
    answers = post_all(orders, platform, key)
    for name in re.findall(r"^rewards activate rules/(examples/[a-z-]+\.yaml)", more, re.MULTILINE):
        rewards("activate", str(rules_directory() / name), "--from", "2026-01-01")
    wider = post_all(more, platform, key)
    platform.close()

    assert [status for status, _ in answers] == [201, 201, 201, 200, 422, 404, 200, 201, 201, 200, 200, 200, 201]
    assert [status for status, _ in wider] == [201, 422, 201, 200, 201, 200, 200, 200, 422]
    assert wider[1][1]["errors"][0]["pointer"] == "/fields/nights"
    assert wider[8][1]["type"] == "/problems/request.balance-too-small"
    part = answers[11][1]
    assert (part["kind"], part["member"]) == ("close", "bert")
    assert part["plans"][0]["rules"][0]["text"]["en"] == "36.00 points"
    shown = [json.loads(block.text) for block in blocks(page) if block.language == "json"]
    assert shown[0] == answers[3][1]
    assert shown[1]["type"] == "/problems/event.conflict"
    assert shown[2] == answers[4][1]
    assert shown[3] == answers[5][1]
