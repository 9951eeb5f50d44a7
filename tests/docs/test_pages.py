"""What the pages say is so: links lead somewhere, plans load, commands and routes exist."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from rewards.api import create_app
from rewards.api.auth import routes

from rewards.actions import vocabulary
from rewards.cli import main
from rewards.plan.load import load_plan
from rewards.services.platform import Platform
from rewards.testing.write_schemas import schema_texts

from .pages import PAGES, ROOT, Block, blocks, name

LINK = re.compile(r"\]\((?!https?:)([^)#]*)(#[^)]*)?\)")


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {"#" + heading.replace(" ", "-") for heading in plain}


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_somewhere(page: Path) -> None:
    for target, anchor in LINK.findall(page.read_text(encoding="utf-8")):
        linked = page.parent / target if target else page
        assert linked.exists(), target
        assert not anchor or anchor in anchors(linked), f"{target}{anchor}"


def is_good_plan(block: Block) -> bool:
    """Whether a block is a whole plan and meant to load: not the one with mistakes, nor one of another package."""
    named = re.search(r"^plan: [a-z-]+$", block.text, re.MULTILINE)
    return (
        block.language == "yaml"
        and bool(named)
        and "\nassets:" in block.text
        and block.file not in ("mistaken.yaml", "stamps.yaml")
    )


def good_plans() -> list[tuple[str, str]]:
    return [(name(page), block.text) for page in PAGES for block in blocks(page) if is_good_plan(block)]


def test_there_are_plans_to_load() -> None:
    assert {"README.md", "docs/operators.md", "docs/plan-format.md"} <= {page for page, _ in good_plans()}


@pytest.mark.parametrize(("page", "text"), good_plans())
def test_a_plan_that_is_shown_loads_without_a_word(page: str, text: str) -> None:
    loaded = load_plan(text, page, vocabulary())

    assert [each.render() for each in loaded.diagnostics] == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_commands_that_are_shown_exist(page: Path) -> None:
    shown = [
        word
        for block in blocks(page)
        if block.language in ("sh", "console")
        for word in re.findall(r"(?:^|\$ |\()rewards ([a-z]+)", block.text, re.MULTILINE)
    ]

    assert set(shown) <= set(main.commands)


def test_the_readme_lists_every_command_and_every_route(tmp_path: Path) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"^\| `rewards ([a-z]+)", text, re.MULTILINE))
    shown = set(re.findall(r"`(GET|POST|PUT|DELETE) (/(?!problems)[^`]*)`", text))
    platform = Platform.open(f"sqlite:///{tmp_path / 'empty.db'}", create=True)
    app = create_app(platform)
    there = {
        (method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule))
        for method, rule, _ in routes(app)
        if not rule.startswith("/problems/")
    }
    platform.close()

    assert listed == set(main.commands)
    assert shown == {route for route in there if not route[1].startswith("/v1/docs/{")}


def test_decisions_are_numbered_without_a_gap() -> None:
    files = sorted(path.name for path in (ROOT / "docs" / "decisions").glob("*.md"))

    assert [file[:4] for file in files] == [f"{number:04d}" for number in range(1, len(files) + 1)]


GENERATED = ("actions.md", "fields.md", "diagnostics.md")
"""Pages made from the code: that a key is named there does not mean that anybody has explained it."""


def keys_of_the_format() -> dict[str, set[str]]:
    """The keys a plan file and its tests may have, by where they stand."""
    plan = schema_texts()["plan.schema.json"]
    sections = json.loads(plan)["properties"]
    case = json.loads(schema_texts()["test.schema.json"])["properties"]["cases"]["items"]["properties"]
    step = case["steps"]["items"]["properties"]
    return {
        "plan": set(sections),
        "asset": set(sections["assets"]["additionalProperties"]["properties"]),
        "rule": {"id", "title", "on", "when", "enabled"} & set(sections["rules"]["items"]["properties"]),
        "trigger": set(sections["rules"]["items"]["properties"]["on"]["oneOf"][0]["enum"]),
        "amount": set(json.loads(plan)["$defs"]["amount"]["oneOf"][1]["properties"]),
        "given": set(case["given"]["properties"]),
        "step": set(step),
        "expect": set(step["expect"]["properties"]),
    }


@pytest.mark.parametrize("where", keys_of_the_format())
def test_the_format_page_names_every_key(where: str) -> None:
    pages = [ROOT / "docs" / "plan-format.md", *sorted((ROOT / "docs" / "plan-format").glob("*.md"))]
    text = "\n".join(page.read_text(encoding="utf-8") for page in pages if page.name not in GENERATED)
    named = {word for code in re.findall(r"`([^`\n]+)`", text) for word in re.findall(r"[a-z_.]+", code)}

    assert keys_of_the_format()[where] <= named
