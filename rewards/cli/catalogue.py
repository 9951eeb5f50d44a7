"""`rewards codes`: the voucher codes that claims of a reward are given."""

from __future__ import annotations

import re
from typing import NamedTuple

import click

from rewards.cli.base import Session, command
from rewards.cli.output import print_json
from rewards.cli.plans import RULE_FILE
from rewards.errors import InvalidRequest
from rewards.services.catalogue import add_codes
from rewards.services.requests import CodesRequest

_PLACE = re.compile(r"/codes/([0-9]+)", re.ASCII)


class _Line(NamedTuple):
    """A code and the number of its line, from 1."""

    number: int
    code: str


@command("codes")
@click.argument("plan")
@click.argument("reward")
@click.argument("file", type=RULE_FILE)
def codes(session: Session, plan: str, reward: str, file: str) -> None:
    """Load voucher codes of a reward."""
    lines = _read(file)
    try:
        with session.platform() as platform:
            made = add_codes(platform, CodesRequest(reward, tuple(line.code for line in lines), plan))
    except InvalidRequest as error:
        place = _PLACE.fullmatch(error.pointer or "")
        if place is None:
            raise
        number = lines[int(place[1])].number
        raise InvalidRequest(
            "cli.codes.line", file=_name(file), line=number, reason=error.text(session.language)
        ) from None
    if session.json:
        print_json(made)
    session.say("cli.codes.done", plan=made.plan, reward=made.reward, added=made.added, left=made.left)


def _name(file: str) -> str:
    return "<stdin>" if file == "-" else file


def _read(file: str) -> list[_Line]:
    """The codes of a file, one a line; blank lines count for nothing. Raises InvalidRequest when it is no text."""
    with click.open_file(file, "rb") as opened:
        content: bytes = opened.read()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        number = content[: error.start].count(b"\n") + 1
        raise InvalidRequest("cli.codes.not-text", file=_name(file), line=number) from None
    written = ((number, line.strip()) for number, line in enumerate(text.splitlines(), 1))
    return [_Line(number, code) for number, code in written if code]


COMMANDS = (codes,)
