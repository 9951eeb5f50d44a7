"""`rewards explain` and `verify`: why a transfer has its amount, and whether the books keep their promises."""

from __future__ import annotations

import click

from rewards.cli.base import FOUND, Session, command, option
from rewards.cli.output import clean, print_json, stdout
from rewards.services.explain import explain as find_explanation
from rewards.services.reports import CheckResult
from rewards.services.reports import verify as run_checks


@command("explain")
@click.argument("transfer")
def explain(session: Session, transfer: str) -> None:
    """Explain a transfer."""
    with session.platform() as platform:
        found = find_explanation(platform, transfer)
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


@command("verify")
@option("--no-replay", "no_replay", is_flag=True, help="help.option.no-replay")
@click.pass_context
def verify(context: click.Context, session: Session, no_replay: bool) -> None:
    """Check every promise of the books."""
    with session.platform() as platform:
        results = run_checks(platform, with_replay=not no_replay)
    if session.json:
        print_json(results)
    else:
        print_checks(session, results)
    context.exit(FOUND if any(result.violations for result in results) else 0)


def print_checks(session: Session, results: list[CheckResult]) -> None:
    """A line for each promise, and below it what breaks it."""
    for result in results:
        title = session.title(result.title)
        if result.violations:
            session.say("cli.verify.broken", style="red", promise=result.promise, title=title)
        else:
            session.say("cli.verify.kept", style="green", promise=result.promise, title=title)
        for violation in result.violations:
            stdout().print(f"    {session.title(violation)}")
    broken = sum(bool(result.violations) for result in results)
    session.say("cli.verify.done", kept=len(results) - broken, broken=broken)


COMMANDS = (explain, verify)
