"""Plans and test files in a temporary directory."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rewards.testing import FileResult, run_file

PLAN = """\
plan: shop
title: Shop
currency: CNY
timezone: Asia/Shanghai
assets:
  cash: {scale: 2, currency: true}
  points: {scale: 2, lots: {start_after_days: 0}}
  stamps: {scale: 0}
  unit: {scale: 3, priced: {pool: backing, issue_price: "1"}}
pools:
  backing: {}
ladders:
  size:
    measure: order.cash
    levels: [{name: large, from: "100", factor: "1"}]
  tier:
    measure: member.sales
    levels: [{name: silver, from: "100"}, {name: gold, from: "200"}]
applies_to: {order.attributes.channel: {is_not: wholesale}}
rules:
  - id: back
    on: order.paid
    fund: {pool: backing, amount: {rate: 30%, of: order.cash}}
  - id: unit
    on: order.paid
    grant: {asset: unit, to: buyer, worth: {rate: 50%, of: rules.back.amount}}
  - id: points
    on: order.paid
    grant: {asset: points, to: buyer, locked: {basis: order.cash}, amount: {times: size.factor, of: order.cash}}
  - id: stamps
    on: order.paid
    grant:
      asset: stamps
      to: buyer
      amount: {give: "1", per: "10", of: {lines: {where: {line.category: tea}, sum: line.amount}}}
  - id: tier-stamps
    on: day.close
    when: {member.level.tier: {at_least: gold}}
    grant: {asset: stamps, to: member, amount: "1"}
  - id: base
    on: day.close
    release: {asset: points, amount: {rate: 10%, of: lot.basis}}
"""


class Shop:
    """A directory with the plan `shop.yaml`, and a test file for it."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.file = directory / "shop.test.yaml"
        (directory / "shop.yaml").write_text(PLAN, encoding="utf-8")

    def run(self, text: str) -> FileResult:
        """Run a whole test file."""
        self.file.write_text(text, encoding="utf-8")
        return run_file(self.file)

    def run_case(self, *lines: str) -> FileResult:
        """Run one case: the lines below its name (which is line 3), indented as they should be."""
        head = ["plan: shop.yaml", "cases:", "  - name: the case"]
        return self.run("\n".join([*head, *("    " + line for line in lines)]) + "\n")

    def told(self, result: FileResult, language: str = "en") -> Sequence[str]:
        """All mistakes and failures, without the directory."""
        found = [*result.diagnostics, *(failure for case in result.cases for failure in case.failures)]
        return [each.render(language).replace(f"{self.directory}/", "") for each in found]
