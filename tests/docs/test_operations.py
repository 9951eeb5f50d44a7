"""The page on operations has every setting, as it is."""

from __future__ import annotations

import re

from rewards.settings import SETTINGS

from .pages import ROOT


def test_the_page_on_operations_has_every_setting_with_its_default() -> None:
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(REWARDS_\w+)` \| ([^|]+) \| (?:`([^`]+)` )?\|$", page, re.MULTILINE)

    assert rows == [(setting.variable, setting.title.render("en"), setting.default) for setting in SETTINGS]
