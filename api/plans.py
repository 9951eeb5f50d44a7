"""Plans and their versions: checking a rule file, and activating it from a business day on."""

from __future__ import annotations

from datetime import date
from typing import Any

from rewards.plan.diagnostics import Severity
from rewards.services import parameters, plans
from rewards.services.requests import DeclarationRequest
from rewards.services.views import ParameterView, VersionView

from . import examples
from .auth import OPERATOR, READERS, allow
from .blueprints import Blueprint
from .bodies import JSON, load, read_body, read_json, require_type
from .context import platform
from .language import language
from .pages import whole
from .schemas_plans import Checked, ParameterShown, PlanShown, Version, list_of
from .schemas_requests import LONGEST_SOURCE, ActivationIn, DeclarationIn, NoParameters, SourceIn
from .taken import taken_as

YAML_TYPES = ("application/yaml", "text/yaml")
DEFAULT_FILE = "plan.yaml"
_YAML = examples.SOURCE["source"]

blueprint = Blueprint("plans", "Plans and their versions")
_source, _activation = SourceIn(), ActivationIn()


@blueprint.route("/plans")
@blueprint.arguments(NoParameters, location="query")
@blueprint.response(200, list_of(PlanShown))
@allow(*READERS)
def list_plans(_: dict[str, Any]) -> dict[str, Any]:
    """Every plan and the version in force today."""
    return whole(plans.plans_on_record(platform()))


@blueprint.route("/plans/<plan>/versions")
@blueprint.arguments(NoParameters, location="query")
@blueprint.response(200, list_of(Version))
@allow(*READERS)
def list_versions(_: dict[str, Any], plan: str) -> dict[str, Any]:
    """Every version of a plan with its source, and the day from which it applies."""
    return whole(plans.versions(platform(), plan))


@blueprint.route("/plans/check", methods=["POST"])
@blueprint.body(
    {
        JSON: {"schema": SourceIn, "example": examples.SOURCE},
        **{kind: {"schema": {"type": "string"}, "example": _YAML} for kind in YAML_TYPES},
    }
)
@blueprint.response(200, Checked)
@allow(*READERS)
def check_plan() -> dict[str, Any]:
    """Check a rule file; nothing is changed. All that is wrong with it is told in one go."""
    if require_type(JSON, *YAML_TYPES) == JSON:
        wanted = load(_source, read_json(read_body(LONGEST_SOURCE)))
        found = plans.check_plan(wanted["source"], wanted.get("file", DEFAULT_FILE))
    else:
        found = plans.check_plan(read_body(LONGEST_SOURCE), DEFAULT_FILE)
    return {
        "ok": all(each.severity is not Severity.ERROR for each in found),
        "diagnostics": [each.as_json(language()) for each in found],
    }


@blueprint.route("/plans", methods=["POST"])
@blueprint.body({JSON: {"schema": ActivationIn, "example": examples.ACTIVATION}})
@blueprint.response(201, Version, description="In force from that day on")
@allow(OPERATOR)
def activate_plan() -> VersionView:
    """Put a version of a plan in force from a business day on.

    A file with errors is refused with its diagnostics and disturbs nothing.
    """
    require_type(JSON)
    wanted = load(_activation, read_json(read_body(LONGEST_SOURCE)))
    from_day: date = wanted["from_day"]
    return plans.activate_plan(platform(), wanted["source"], wanted.get("file", DEFAULT_FILE), from_day)


@blueprint.route("/plans/<plan>/parameters")
@blueprint.arguments(NoParameters, location="query")
@blueprint.response(200, list_of(ParameterShown))
@allow(*READERS)
def list_parameters(_: dict[str, Any], plan: str) -> dict[str, Any]:
    """Every value that has been declared of a plan's parameters."""
    return whole(parameters.parameters_of(platform(), plan))


@blueprint.route("/plans/<plan>/parameters/<parameter>", methods=["PUT"])
@blueprint.arguments(DeclarationIn, example=examples.DECLARATION)
@blueprint.response(201, ParameterShown, description="Declared")
@blueprint.repeated(ParameterShown)
@allow(OPERATOR)
def declare_parameter(wanted: dict[str, Any], plan: str, parameter: str) -> tuple[ParameterView, int]:
    """Declare what a parameter is for a period, once for each; rules that wait for it run at the next close."""
    found = parameters.declare_parameter(platform(), DeclarationRequest(plan, parameter, **wanted))
    return found, taken_as(parameters.KIND, repeated=found.repeated)
