"""The description of the interface and the page that shows it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from jsonschema import Draft202012Validator
from rewards.api import examples, schemas_catalogue, schemas_requests
from rewards.api.auth import routes
from rewards.api.fields import RequestSchema

from .shop import Caller


@pytest.fixture(scope="module")
def description(shared_app: Flask) -> dict[str, Any]:
    """The description as anyone reads it."""
    found: dict[str, Any] = Caller(shared_app).get("/v1/openapi.json")
    return found


def operations(description: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def test_every_guarded_route_is_described_with_its_roles(shared_app: Flask, description: dict[str, Any]) -> None:
    described = {(method, path): operation["x-roles"] for method, path, operation in operations(description)}
    guarded = {
        (method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule)): sorted(access.roles)
        for method, rule, access in routes(shared_app)
        if rule.startswith("/v1/") and not access.public
    }
    assert described == guarded


def test_every_operation_says_what_it_does_needs_and_answers(description: dict[str, Any]) -> None:
    for _, path, operation in operations(description):
        assert operation["summary"], path
        assert operation["security"] == [{"bearer": []}, {"key": []}]
        assert {"401", "403", "422", "429", "503", "default"} <= set(operation["responses"]), path
        answers = [answer for status, answer in operation["responses"].items() if status.startswith("2")]
        assert answers
        assert all("$ref" in content["schema"] for each in answers for content in each["content"].values())
    assert set(description["components"]["securitySchemes"]) == {"bearer", "key"}


def test_every_reference_leads_somewhere_and_every_schema_is_referred_to(
    description: dict[str, Any],
) -> None:
    text = str(description)
    referred = set(re.findall(r"#/components/(\w+)/(\w+)", text))
    defined = {(kind, name) for kind in ("schemas", "responses") for name in description["components"][kind]}
    assert referred <= defined
    assert {name for kind, name in defined - referred if kind == "schemas"} == set()


def test_amounts_are_published_as_texts_with_their_pattern(description: dict[str, Any]) -> None:
    schemas = description["components"]["schemas"]
    total = schemas["OrderIn"]["properties"]["total"]
    assert total["type"] == "string"
    assert re.search(total["pattern"], "12.50")
    assert not re.search(total["pattern"], "-12.50")
    assert re.search(schemas["AdjustmentIn"]["properties"]["quantity"]["pattern"], "-12.50")
    numbers = [
        (name, field)
        for name, schema in schemas.items()
        for field, shape in schema.get("properties", {}).items()
        if shape.get("type") == "number"
    ]
    assert numbers == []


def test_bodies_have_examples_that_hold(description: dict[str, Any]) -> None:
    for method, path, operation in operations(description):
        for kind, content in operation.get("requestBody", {}).get("content", {}).items():
            assert "example" in content, (method, path, kind)
            if kind == "application/json":
                schema = {**content["schema"], "components": description["components"]}
                Draft202012Validator(schema).validate(content["example"])


@pytest.mark.parametrize(
    ("schema", "example"),
    [
        (schemas_requests.MemberIn, examples.MEMBER),
        (schemas_requests.OrderIn, examples.ORDER),
        (schemas_requests.EventIn, examples.EVENT),
        (schemas_requests.TagIn, examples.TAG),
        (schemas_requests.DeclarationIn, examples.DECLARATION),
        (schemas_requests.CloseIn, examples.CLOSE),
        (schemas_requests.RedemptionIn, examples.REDEMPTION),
        (schemas_requests.ConversionIn, examples.CONVERSION),
        (schemas_requests.PaymentIn, examples.PAYMENT),
        (schemas_requests.AdjustmentIn, examples.ADJUSTMENT),
        (schemas_catalogue.ClaimIn, examples.CLAIM),
        (schemas_catalogue.CancellationIn, examples.CANCELLATION),
        (schemas_catalogue.CodesIn, examples.CODES),
        (schemas_requests.SourceIn, examples.SOURCE),
        (schemas_requests.ActivationIn, examples.ACTIVATION),
    ],
)
def test_examples_are_read(schema: type[RequestSchema], example: dict[str, Any]) -> None:
    assert schema().load(example)


def test_the_page_and_its_assets_come_from_here(shared_app: Flask) -> None:
    anyone = Caller(shared_app)
    page = anyone("GET", "/v1/docs", follow_redirects=True)
    assert page.status_code == 200
    assert "text/html" in page.content_type
    assert re.findall(r"(?:https?:)?//[a-z]", re.sub(r"<!--.*?-->|// [A-Z].*", "", page.text)) == []
    assets = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(assets) >= 5
    for asset in assets:
        assert asset.startswith("/v1/docs/")
        assert anyone("GET", asset).status_code == 200, asset
    assert "/v1/openapi.json" in page.text
    assert '"validatorUrl": null' in page.text


def test_the_page_may_load_from_nowhere_else(shared_app: Flask) -> None:
    policy = Caller(shared_app)("GET", "/v1/docs/").headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'self';")
    assert "http" not in policy
