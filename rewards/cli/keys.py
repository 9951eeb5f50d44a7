"""`rewards key create`: keys for the HTTP interface."""

from __future__ import annotations

import click

from rewards.cli.base import Group, Session, choose_language, command, option, usage
from rewards.cli.output import print_json, stdout
from rewards.services.keys import ROLES, create_key


@click.group("key", cls=Group, code="key")
@choose_language
def key() -> None:
    """Keys of the HTTP interface."""


@command("create", code="key.create")
@option("--role", type=click.Choice(ROLES), required=True)
@option("--label", required=True, metavar="TEXT")
@option("--member", metavar="ID", help="help.option.key-member")
def create(session: Session, role: str, label: str, member: str | None) -> None:
    """Make a key."""
    if (member is not None) != (role == "member"):
        raise usage("key.member-needed" if member is None else "key.member-excess")
    with session.platform() as platform:
        secret = create_key(platform, role, label, member)
    if session.json:
        print_json({"role": role, "label": label, "member": member, "key": secret})
        return
    # The key alone on stdout, so that a script can take it as it is; it is shown this once.
    stdout().print(secret)
    session.note("cli.key.done", role=role)


key.add_command(create)
COMMANDS = (key,)
