"""A small shop for the tests: four people, two shipped plans, a key for every role."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from flask import Flask
from rewards.api import create_app
from rewards.api.context import platform as platform_of_request

from rewards.resources import rules_directory
from rewards.services import keys, members, plans
from rewards.services.platform import Platform
from rewards.services.requests import MemberRequest
from rewards.settings import read_settings

FIRST_DAY = date(2026, 4, 1)
NOW = datetime.fromisoformat("2026-04-10T12:00:00+08:00")
PLANS = ("appreciating-token", "locked-points")
ROLES = ("operator", "client", "auditor", "anna", "bert")
"""A key each: three roles, and two members."""

GIFTS = """
plan: gifts
title: {en: Gifts, zh: 礼品}
currency: CNY
timezone: Asia/Shanghai
assets:
  gift-points: {scale: 0}
rules:
  - id: gift-points
    on: order.paid
    grant: {asset: gift-points, to: buyer, amount: {give: "1", per: "1", of: order.cash}}
rewards:
  mug: {title: {en: Mug, zh: 马克杯}, price: {gift-points: "30"}, stock: 3, per_member: {most: 2}}
  tv: {price: {gift-points: "9999"}}
  ticket: {price: {gift-points: "10"}, codes: true}
"""
"""A point for every 1 spent, a catalogue of three rewards."""


def open_shop(platform: Platform) -> dict[str, str]:
    """Add anna, who sponsored bert, who sponsored carl, and a merchant; activate the plans; a key for each of ROLES."""
    for wanted in (
        MemberRequest("anna", phone="+8613800138000"),
        MemberRequest("bert", sponsor="anna"),
        MemberRequest("carl", sponsor="bert"),
        MemberRequest("teahouse", merchant=True),
    ):
        members.add_member(platform, wanted)
    for name in PLANS:
        path = rules_directory() / f"{name}.yaml"
        plans.activate_plan(platform, path.read_bytes(), path.name, FIRST_DAY)
    secrets = {role: keys.create_key(platform, role, f"the {role}'s") for role in ROLES[:3]}
    return secrets | {id: keys.create_key(platform, "member", f"{id}'s own", id) for id in ROLES[3:]}


CLUB = """
plan: club
title: {en: Club, zh: 俱乐部}
currency: CNY
timezone: Asia/Shanghai
events:
  stay: {title: {en: Stay, zh: 入住}, fields: {nights: number, spend: amount, hotel: text, suite: flag}}
tags:
  vip: {title: {en: VIP, zh: 贵宾}}
parameters:
  dividend: {title: {en: Dividend, zh: 分红}, declared: week}
assets:
  points: {title: {en: Points, zh: 积分}, scale: 2, cash_value: "1.00", expires: {days: 3, notice_days: 2}}
measures:
  nights: {title: {en: Nights, zh: 间夜}, sum: event.nights, on: event.stay, over: year}
ladders:
  tier:
    title: {en: Tier, zh: 等级}
    measure: member.measure.nights
    evaluated: at_once
    lasts: {months: 12}
    floors: {vip: silver}
    levels:
      - {name: silver, title: {en: Silver, zh: 银}, from: "2"}
      - {name: gold, title: {en: Gold, zh: 金}, from: "9"}
caps:
  budget: {rules: [thanks], per: plan, over: day, most: "5", excess: stop}
rules:
  - id: welcome
    on: member.joined
    grant: {asset: points, to: member, amount: "3"}
  - id: stay
    on: event.stay
    grant: {asset: points, to: member, amount: {rate: 10%, of: event.spend}}
  - id: thanks
    on: day.close
    when: {member.measure.nights: {at_least: 5}}
    grant: {asset: points, to: member, amount: "6"}
  - id: dividend
    on: week.close
    grant: {asset: points, to: member, amount: {rate: $dividend, of: member.balance.points}}
"""
"""A plan of stays: with tags, a parameter to declare, points that expire, and a budget that stops a close."""


def order(id: str, member: str, total: object, **more: object) -> dict[str, object]:
    """The body of an order paid on the first day."""
    return {"id": id, "member": member, "total": total, "paid_at": "2026-04-01T10:00:00+08:00", **more}


def stay(id: str, member: str, **fields: object) -> dict[str, object]:
    """The body of a stay that ended on the first day."""
    return {"id": id, "event": "stay", "member": member, "at": "2026-04-01T11:00:00+08:00", "fields": fields}


def under(app: Flask, **changed: Any) -> Flask:
    """The application of the same shop under other settings."""
    with app.app_context():
        platform = platform_of_request()
    return create_app(platform, replace(read_settings(), **changed))


@dataclass(frozen=True)
class Caller:
    """Someone who calls the interface with a key, or without one."""

    app: Flask
    key: str | None = None
    language: str | None = None

    def __call__(self, method: str, path: str, **options: Any) -> Any:
        headers: dict[str, str] = dict(options.pop("headers", {}))
        if self.key is not None:
            headers.setdefault("Authorization", f"Bearer {self.key}")
        if self.language is not None:
            headers["Accept-Language"] = self.language
        return self.app.test_client().open(path, method=method, headers=headers, buffered=True, **options)

    def get(self, path: str, **query: object) -> Any:
        """The JSON of something that is there."""
        answer = self("GET", path, query_string=query)
        assert answer.status_code == 200, answer.text
        return answer.json

    def post(self, path: str, body: object, status: int = 201) -> Any:
        """The JSON of what posting a body is answered with."""
        answer = self("POST", path, json=body)
        assert answer.status_code == status, answer.text
        return answer.json

    def refused(self, status: int, method: str, path: str, **options: Any) -> Mapping[str, Any]:
        """The problem a request is refused with."""
        answer = self(method, path, **options)
        assert answer.status_code == status, answer.text
        assert answer.content_type == "application/problem+json"
        problem: dict[str, Any] = json.loads(answer.data)
        assert problem["status"] == status
        assert problem["type"].startswith("/problems/")
        return problem
