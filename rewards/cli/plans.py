"""`rewards check`, `test` and `activate`: what an operator does with a rule file, in this order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import click

from rewards.cli.base import FOUND, Session, command, option, read_day
from rewards.cli.output import clean, print_json, stdout
from rewards.plan.diagnostics import Diagnostic, Severity
from rewards.resources import rules_directory
from rewards.services.plans import PlanRejected, activate_plan, check_plan
from rewards.testing import as_json, render, run_paths

RULE_FILE = click.Path(exists=True, dir_okay=False, allow_dash=True)
"""A file, or `-` for standard input."""


def read_source(file: str) -> bytes:
    """What is in a rule file."""
    with click.open_file(file, "rb") as opened:
        content: bytes = opened.read()
        return content


def source_name(file: str) -> str:
    """What diagnostics call a rule file."""
    return "<stdin>" if file == "-" else file


def print_diagnostics(session: Session, diagnostics: Sequence[Diagnostic]) -> None:
    """Print what there is to say about rule files."""
    for diagnostic in diagnostics:
        style = "red" if diagnostic.severity is Severity.ERROR else "yellow"
        stdout().print(clean(diagnostic.render(session.language)), style=style)


@command("check", database=False)
@click.argument("files", nargs=-1, required=True, type=RULE_FILE, metavar="FILE...")
@option("--strict", is_flag=True)
@click.pass_context
def check(context: click.Context, session: Session, files: Sequence[str], strict: bool) -> None:
    """Check rule files."""
    found = [diagnostic for file in files for diagnostic in check_plan(read_source(file), source_name(file))]
    errors = sum(diagnostic.severity is Severity.ERROR for diagnostic in found)
    warnings = len(found) - errors
    if session.json:
        print_json([diagnostic.as_json(session.language) for diagnostic in found])
    else:
        print_diagnostics(session, found)
        session.say("cli.check.done", files=len(files), errors=errors, warnings=warnings)
    context.exit(FOUND if errors or (strict and found) else 0)


@command("test", database=False)
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path), metavar="[PATH]...")
@click.pass_context
def test(context: click.Context, session: Session, paths: Sequence[Path]) -> None:
    """Run the tests of rule files."""
    if not paths:
        own = Path("rules")
        paths = [own if own.is_dir() else rules_directory()]
    results = run_paths(paths)
    if session.json:
        print_json(as_json(results, session.language))
    else:
        stdout().print(clean(render(results, session.language)))
    context.exit(0 if results and all(result.passed for result in results) else FOUND)


@command("activate")
@click.argument("file", type=RULE_FILE, metavar="FILE")
@option("--from", "from_day", type=read_day, required=True, metavar="DAY")
@click.pass_context
def activate(context: click.Context, session: Session, file: str, from_day: date) -> None:
    """Put a plan in force from a business day on."""
    with session.platform() as platform:
        try:
            version = activate_plan(platform, read_source(file), source_name(file), from_day)
        except PlanRejected as rejected:
            if session.json:
                print_json([each.as_json(session.language) for each in rejected.diagnostics])
            else:
                print_diagnostics(session, rejected.diagnostics)
                session.note("plan.rejected", style="red", **rejected.parameters)
            context.exit(FOUND)
    if session.json:
        print_json(version)
    session.say(
        "cli.activate.done",
        style="green",
        plan=version.plan,
        version=version.version[:12],
        day=version.from_day,
    )


COMMANDS = (check, test, activate)
