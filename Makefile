# `make help` says what there is. Written for GNU make 3.81 (macOS) and later.

PYTHON ?= python3
VENV = .venv
BIN = $(VENV)/bin
CDNOW = $(VENV)/cdnow/Lifetimes-0.11.3-py3-none-any.whl
# SERVE=0 makes the demonstration stop before it serves.
SERVE ?= 1
# Whose books `make audit` has checked.
AUDIT ?= appreciating-token or locked-points
# Rooms of the core: each has to be covered, branches included, to this percentage.
CORE = plan actions interpreter ledger
CORE_COVERAGE = 95
CORE_TESTS = $(CORE:%=tests/%) tests/services/test_explain.py

export REWARDS_CDNOW_WHEEL = $(CURDIR)/$(CDNOW)

# Many tests start a Python of their own; it would compile everything anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test lint unit core rest coverage end-to-end cdnow audit bench-orders bench-close bench-kernels bench-simulate torture stateful wheel clean

help:
	@echo "make demo        install into $(VENV), load a year of real orders, close the days, serve the result"
	@echo "make demo SERVE=0   the same, without serving at the end"
	@echo "make test        everything that has to pass: lint, unit tests (of the core with coverage), end-to-end tests"
	@echo "make lint        ruff, mypy and the direction of imports"
	@echo "make unit        unit tests, those of the core with branch coverage"
	@echo "make core        the core's alone"
	@echo "make rest        all other tests, the end-to-end ones included"
	@echo "make end-to-end  the product as its users run it"
	@echo "make cdnow       all of CDNOW through every shipped plan, its variants included"
	@echo "make audit       have beancount check the books of two plans month by month; AUDIT=... names others"
	@echo "make bench-orders  how fast orders are taken, beside what the database alone needs for the same rows"
	@echo "make bench-close  how fast a day is closed, beside what the database alone needs; MEMBERS='1000000 10000000' TIMES=... PLANS=... STORES=..."
	@echo "make bench-kernels  how fast a close is in memory, kernel by kernel; MEMBERS='1000000 10000000' how many members"
	@echo "make bench-simulate  how fast planning runs are, compiled beside interpreted; ORDERS=100000000 the large one"
	@echo "make torture     kill processes at their work, 200 times; KILLS=... how often, SEED=... the very same again"
	@echo "make stateful    lives at random beside plain models; EXAMPLES=... STEPS=... how many, SEED=... the very same again"
	@echo "make wheel       build dist/*.whl"
	@echo "make clean       remove everything made here, $(VENV) included"
	@echo "PYTHON=python3.12 chooses the Python that $(VENV) is made with (3.11 or newer)"

# One stamp a change: reinstalled when the metadata or the pinned versions change, and not otherwise.
$(VENV)/installed: setup.cfg pyproject.toml constraints.txt
	@command -v $(PYTHON) >/dev/null || { \
	    echo "There is no $(PYTHON) here. Install Python 3.11 or newer, or name one: make PYTHON=/path/to/python3" >&2; \
	    exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	    echo "$(PYTHON) is `$(PYTHON) --version 2>&1`; rewards needs Python 3.11 or newer." >&2; \
	    echo "Name one with: make PYTHON=python3.12" >&2; \
	    exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[test]'
	@touch $@

# The CDNOW orders are a file inside this wheel; only the file is used, the package itself is not installed.
$(CDNOW): $(VENV)/installed
	$(BIN)/python -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: \
	    --dest $(VENV)/cdnow lifetimes==0.11.3
	@touch $@

demo: $(CDNOW)
	$(BIN)/rewards demo --cdnow $(CDNOW) $(if $(filter 0,$(SERVE)),--no-serve)

test: lint core rest

lint: $(VENV)/installed
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy rewards api wsgi.py
	$(BIN)/lint-imports

# All that is not the core's in one go, so that the long end-to-end tests have company.
rest: $(CDNOW)
	$(BIN)/pytest tests -n 2 --dist loadgroup $(CORE_TESTS:%=--ignore=%)

# Coverage is measured where it is demanded, by the tests of these very rooms: measuring slows every test down.
unit: core $(CDNOW)
	$(BIN)/pytest tests -m "not end_to_end" -n 2 $(CORE_TESTS:%=--ignore=%)

core: $(VENV)/installed
	$(BIN)/pytest $(CORE_TESTS) rewards -n 2 --cov --cov-report=
	@$(MAKE) coverage

# Reads what the last `make core` measured.
coverage: $(VENV)/installed
	@for room in $(CORE); do \
	    echo "rewards/$$room: branch coverage of at least $(CORE_COVERAGE) %"; \
	    $(BIN)/coverage report --include="rewards/$$room/*" --fail-under=$(CORE_COVERAGE) || exit 1; \
	done

end-to-end: $(CDNOW)
	$(BIN)/pytest tests -m end_to_end -n 2 --dist loadgroup

cdnow: $(CDNOW)
	REWARDS_CDNOW_PLANS=all $(BIN)/pytest tests/end_to_end -m end_to_end -n 2

# Which plans: AUDIT="recurring-dividend or locked-points"
audit: $(CDNOW)
	REWARDS_CDNOW_AUDIT=all $(BIN)/pytest tests/end_to_end -m end_to_end -n 2 -k "$(AUDIT)"

# Not part of `make test`: a quarter of an hour, and what it says is about the machine as well.
bench-orders: $(VENV)/installed
	$(BIN)/python -m tests.benchmarks

# MEMBERS: one number or several; SQL_MEMBERS: of the close written in SQL, 0 leaves it out; FOLDER: with room for copies.
bench-close: $(VENV)/installed
	$(BIN)/python -m tests.benchmarks.closing $(if $(MEMBERS),--members $(MEMBERS)) $(if $(TIMES),--times $(TIMES)) \
	    $(if $(PLANS),--plans $(PLANS)) $(if $(STORES),--stores $(STORES)) \
	    $(if $(SQL_MEMBERS),--sql-members $(SQL_MEMBERS)) $(if $(FOLDER),--folder $(FOLDER))

# One thread; ten million members take some 6 GB.
bench-kernels: $(VENV)/installed
	NUMBA_NUM_THREADS=1 $(BIN)/python -m tests.benchmarks.kernels $(MEMBERS)

# FIRST: how many of the orders the interpreter takes too; MEMBERS and DAYS: of the plan with day closes.
bench-simulate: $(VENV)/installed
	ORDERS="$(ORDERS)" FIRST="$(FIRST)" MEMBERS="$(MEMBERS)" DAYS="$(DAYS)" $(BIN)/python -m tests.benchmarks.simulating

# Drawn anew every night; a failure names the seed and the places (docs/crashes.md).
TORTURE_SEED := $(or $(SEED),$(shell date +%s))
KILLS ?= 200
torture: $(VENV)/installed
	@echo "SEED=$(TORTURE_SEED)"
	REWARDS_TORTURE_SEED=$(TORTURE_SEED) REWARDS_TORTURE_KILLS=$(KILLS) REWARDS_TORTURE_AT="$(AT)" \
	    REWARDS_TORTURE_STRIDE=1 $(BIN)/pytest tests/torture -n 2 -rP

# Not part of `make test`, which lives a few lives of each store: this looks for as long as asked.
stateful: $(VENV)/installed
	REWARDS_STATEFUL_SEED=$(or $(SEED),random) REWARDS_STATEFUL_EXAMPLES=$(or $(EXAMPLES),300) REWARDS_STATEFUL_STEPS=$(or $(STEPS),50) \
	    $(BIN)/pytest tests/stateful -n 2 -rP

wheel: $(VENV)/installed
	$(BIN)/python -m build --outdir dist

clean:
	rm -rf $(VENV) build dist *.egg-info .coverage .coverage.* .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
