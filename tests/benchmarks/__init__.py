"""How fast orders are taken, beside what the database alone needs for the same rows; run with `make bench-orders`.

Not collected as tests: a machine's speed is no truth about the program. `python -m tests.benchmarks --help`.
"""
