"""`rewards declare` and `tag`: what an operator says of a plan's parameters and of members."""

from __future__ import annotations

from datetime import date

import click

from rewards.cli.base import Session, command, option, read_day
from rewards.cli.output import print_json
from rewards.services.parameters import declare_parameter
from rewards.services.requests import DeclarationRequest, TagRequest
from rewards.services.tagging import give_tag


@command("declare")
@click.argument("plan")
@click.argument("parameter")
@click.argument("period")
@click.argument("value")
def declare(session: Session, plan: str, parameter: str, period: str, value: str) -> None:
    """Declare a parameter for a period."""
    with session.platform() as platform:
        made = declare_parameter(platform, DeclarationRequest(plan, parameter, period, value))
    if session.json:
        print_json(made)
    code = "cli.declare.repeated" if made.repeated else "cli.declare.done"
    session.say(code, plan=made.plan, parameter=made.parameter, period=made.period, value=made.value)


@command("tag")
@click.argument("member")
@click.argument("tag")
@option("--from", "since", type=read_day, metavar="DAY", help="help.option.tag-from")
@option("--through", type=read_day, metavar="DAY", help="help.option.tag-through")
def tag(session: Session, member: str, tag: str, since: date | None, through: date | None) -> None:
    """Give a member a tag."""
    with session.platform() as platform:
        made, repeated = give_tag(platform, TagRequest(member=member, tag=tag, since=since, through=through))
    if session.json:
        print_json({"member": member, "tag": made, "repeated": repeated})
    code = "cli.tag.repeated" if repeated else "cli.tag.done"
    title = session.title(made.title, made.tag)
    end = session.text("cli.through", day=made.through) if made.through else session.text("cli.no-end")
    session.say(code, member=member, tag=title, since=made.since, end=end)


COMMANDS = (declare, tag)
