"""The JSON Schema of what plan tests say of rewards: claims, cancellations, codes and stock."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rewards.testing.schema_parts import each, many, mapping, ref

_PIECES = {"type": "integer", "minimum": 0, "maximum": 1_000_000_000}


def claim_step(whose: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of `claim`."""
    claim = {
        **whose,
        "reward": ref("name", "Which of the rewards the plan declares."),
        "count": {"type": "integer", "minimum": 1, "maximum": 1_000_000, "description": "How many; left out: one."},
        "id": ref("order", "What a cancellation names it by."),
    }
    return mapping(claim, "reward", "member", description="A member claims a reward and pays its price.")


def cancel_step(whose: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of `cancel`."""
    cancel = {"claim": ref("order", "The id of the claim that is taken back."), "on": whose["on"]}
    return mapping(cancel, "claim", description="A claim is taken back, and its price given back.")


def given_codes() -> dict[str, Any]:
    """The schema of the codes there are at first."""
    code = {"type": "string", "minLength": 1, "maxLength": 200}
    return each("name", many(code), "The voucher codes of rewards; where none are given, codes are not checked.")


def expected_stock() -> dict[str, Any]:
    """The schema of the expected stock."""
    return each("name", _PIECES, "How many of a reward are left.")
