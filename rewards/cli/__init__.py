"""The `rewards` command: thin words around the use cases.

Exit codes of every command: 0 done, 1 something was found or refused, 2 the command line is wrong, 3 the database
cannot be used, 130 interrupted.
"""

from __future__ import annotations

import click

from rewards import __version__
from rewards.cli import (
    audit,
    catalogue,
    database,
    days,
    declaring,
    demo,
    explaining,
    exporting,
    keys,
    members,
    orders,
    plans,
    serve,
    simulating,
)
from rewards.cli.base import Group, choose_language

__all__ = ["main"]


@click.group("rewards", cls=Group)
@click.version_option(__version__, prog_name="rewards")
@choose_language
def main() -> None:
    """Everything the platform does, from a terminal."""


for _module in (
    database,
    plans,
    simulating,
    orders,
    days,
    declaring,
    catalogue,
    members,
    explaining,
    audit,
    exporting,
    keys,
    serve,
    demo,
):
    for _command in _module.COMMANDS:
        main.add_command(_command)
