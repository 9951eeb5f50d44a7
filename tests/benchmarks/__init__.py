"""How fast orders are taken and days closed, beside what the database alone needs for the same rows.

Run with `make bench-orders` and `make bench-close`; `python -m tests.benchmarks --help` and
`python -m tests.benchmarks.closing --help` tell what else can be asked for. What is measured is not tested, because a
machine's speed is no truth about the program; that the same things are compared is.
"""
