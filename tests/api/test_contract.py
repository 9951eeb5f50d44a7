"""The published description against the application: requests made from it, well formed and not, get what it says.

Every operation is called as an operator with generated data. The examples are the same in every run.
"""

from __future__ import annotations

import json
from typing import Any

import schemathesis
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from rewards.api import create_app, examples
from rewards.api.orders import NDJSON
from rewards.api.plans import YAML_TYPES
from schemathesis.checks import load_all_checks
from schemathesis.specs.openapi import checks

from rewards.ledger import Ledger, open_engine
from rewards.services.platform import Platform

EXAMPLES = 12

_lines = st.one_of(st.just(json.dumps(examples.ORDER)), st.text(st.characters(codec="utf-8"), max_size=40))
schemathesis.openapi.media_type(NDJSON, st.lists(_lines, max_size=4).map(lambda lines: "\n".join(lines).encode()))
for kind in YAML_TYPES:
    schemathesis.openapi.media_type(kind, st.text(st.characters(codec="utf-8"), max_size=200).map(str.encode))


# The description needs no database: this one is never opened. Requests go to the application of the fixture.
_described = create_app(Platform(Ledger(open_engine("sqlite://"))))
published = schemathesis.openapi.from_wsgi("/v1/openapi.json", _described)


@published.parametrize()
@settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
def test_requests_get_what_the_description_says(
    case: schemathesis.Case[Any], shared_app: Flask, secrets: dict[str, str]
) -> None:
    load_all_checks()
    excluded = [
        checks.positive_data_acceptance,  # the rules and balances may refuse it, which no schema can tell
        checks.allow_header_conformance,  # /orders/batch may be read, too: as the order with the id "batch"
    ]
    headers = {"Authorization": f"Bearer {secrets['operator']}"}
    case.call_and_validate(app=shared_app, headers=headers, excluded_checks=excluded)
