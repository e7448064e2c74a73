# Two commands do everything on a machine that has Python >= 3.11, make and git:
#   make demo   record a real vote, verify it, replay it, audit it
#   make test   style, types, architecture, tests

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
QUIET := --quiet --disable-pip-version-check --no-input
SOURCES := $(shell git ls-files --cached --others --exclude-standard -- '*.py' '*.json' pyproject.toml py.typed ':!tests' ':!benchmarks' ':!examples')

.PHONY: install demo test lint types tests bench bench-writers many-writers tamper fuzz clean

install: $(VENV)/.installed

# The tools and dependencies: once, and when pyproject or the pins change.
$(VENV)/.dependencies: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "inblue needs Python 3.11 or later; set PYTHON=python3.x")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install $(QUIET) --constraint constraints.txt 'setuptools>=77' '.[dev]'
	@touch $@

# The package itself as users get it, not editable: whenever a file of it changes.
$(VENV)/.installed: $(VENV)/.dependencies $(SOURCES)
	@rm -rf build *.egg-info
	@$(BIN)/python -m pip install $(QUIET) --no-deps --no-build-isolation --force-reinstall .
	@rm -rf build *.egg-info
	@touch $@

demo: install
	@sh examples/demo.sh $(BIN)

test: lint types tests

lint: install
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .
	@$(BIN)/lint-imports --no-logo

types: install
	@$(BIN)/mypy --no-error-summary -p inblue
	@$(BIN)/mypy --no-error-summary tests examples benchmarks

tests: install
	@$(BIN)/python -m pytest

bench: install
	@$(BIN)/python benchmarks/run.py

bench-writers: install
	@$(BIN)/python benchmarks/writers.py

# Slower suites, beside make test, which runs a seeded sample of each.
tamper: install
	@$(BIN)/python tests/tamper.py

many-writers: install
	@INBLUE_TEST_WRITERS=8 INBLUE_TEST_ACTS=60 INBLUE_TEST_KILLS=40 $(BIN)/python -m pytest tests/contract/test_many_writers.py tests/contract/test_copying.py

FUZZ_SECONDS ?= 60
fuzz: install
	@$(BIN)/python -m pip install $(QUIET) atheris==3.0.0
	@PYTHONPATH=tests $(BIN)/python -m fuzz.run --all --seconds $(FUZZ_SECONDS)

clean:
	rm -rf $(VENV) .demo build *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
