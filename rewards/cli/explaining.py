"""`rewards explain`: why a transfer has its amount, and what an event has done, what caps cut off included."""

from __future__ import annotations

import re

import click

from rewards.cli.base import Session, command, option
from rewards.cli.output import clean, print_json, stdout
from rewards.errors import InvalidRequest
from rewards.services.explain import explain as explain_transfer
from rewards.services.explain_events import explain_event
from rewards.services.views_explained import EventExplanation

_NUMBER = re.compile("[0-9]{1,18}", re.ASCII)


@command("explain")
@click.argument("transfer")
@option("--member", metavar="ID", help="help.option.explain-member")
def explain(session: Session, transfer: str, member: str | None) -> None:
    """Explain a transfer, or an event by its number."""
    with session.platform() as platform:
        if _NUMBER.fullmatch(transfer):
            _show_event(session, explain_event(platform, int(transfer), member))
            return
        if member is not None:
            raise InvalidRequest("cli.explain.member-of-transfer", pointer="--member", transfer=transfer)
        found = explain_transfer(platform, transfer)
    if session.json:
        print_json(found)
        return
    moved = found.transfer
    session.say(
        "cli.explain.transfer",
        id=moved.id,
        quantity=moved.quantity,
        asset=moved.asset,
        source=moved.source.holder,
        source_part=moved.source.compartment,
        target=moved.target.holder,
        target_part=moved.target.compartment,
    )
    session.say("cli.explain.event", kind=found.kind, event=found.event, day=found.day)
    session.say("cli.explain.rule", plan=moved.plan, version=moved.version[:12], rule=moved.rule, line=found.file_line)
    for line in found.rule_text.splitlines():
        stdout().print(clean(f"    {line}"), style="dim")
    for step in found.steps:
        stdout().print(clean("  " * step.depth + session.title(step.text)))
    for cut in found.cuts:
        stdout().print(clean(session.title(cut.text)))


def _show_event(session: Session, found: EventExplanation) -> None:
    if session.json:
        print_json(found)
        return
    session.say("cli.explain.whole", sequence=found.sequence, kind=found.kind, id=found.id)
    for plan in found.plans:
        session.say("cli.explain.plan", plan=plan.plan, version=plan.version[:12], day=plan.day)
        for rule in plan.rules:
            stdout().print(clean(f"  {rule.rule}: {session.title(rule.text)}"))


COMMANDS = (explain,)
