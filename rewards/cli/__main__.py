"""`python -m rewards.cli` is the `rewards` command."""

from rewards.cli import main

main(prog_name="rewards")
