# Two commands do everything on a machine that has Python >= 3.11, make and git:
#   make demo   record a real vote, verify it, audit it, make a page of it; then a rehearsal, proven
#   make test   style, types, architecture, tests

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
QUIET := --quiet --disable-pip-version-check --no-input
SOURCES := $(shell git ls-files --cached --others --exclude-standard -- __init__.py py.typed domain ledger cli share pyproject.toml README.md LICENSE)
# Nothing but what pins/ names, by its hash (pins/README.md).
PINNED := $(BIN)/python -m pip install $(QUIET) --require-hashes
# What the tests need of the operating system, by Debian's names: timestamp authorities, other hands, a browser for the
# page, fonts for Arabic and Chinese on paper, a token and an agent that sign, GNOME's keyring on a bus of its own, Node
# 20 or later (Debian's nodejs and npm) for the page's check and the second verifier. APT=no leaves the system as it is.
SYSTEM := openssl jq chromium fonts-noto-core fonts-noto-cjk softhsm2 openssh-client gnome-keyring dbus-daemon \
	nodejs npm
APT ?= yes

# Bytecode is kept, whatever the environment says: each process of the tests would compile all that it imports.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: manual release-check api docs install dev lock dist system demo test test-hosts lint types rewritten tests properties messages clauses pictures bench bench-writers many-writers tamper conformance mutants fuzz load corpus soak clean

install: $(VENV)/.installed

# The tools and dependencies: once, and when pyproject or the pins change.
$(VENV)/.dependencies: pyproject.toml pins/build.txt pins/dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "inblue needs Python 3.11 or later; set PYTHON=python3.x")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(PINNED) --only-binary :all: --requirement pins/build.txt
	@$(PINNED) --no-build-isolation --requirement pins/dev.txt
	@touch $@

# The package itself as users get it, not editable: whenever a file of it changes.
$(VENV)/.installed: $(VENV)/.dependencies $(SOURCES)
	@$(BIN)/python -m pip install $(QUIET) --no-deps --no-build-isolation --force-reinstall .
	@rm -f $(VENV)/.dev
	@touch $@

# The working tree itself, through a link: an edit needs no new installation. For work, never for a result: make test
# installs again as users do.
dev: $(VENV)/.dependencies
	@mkdir -p $(VENV)/dev && ln -sfn ../.. $(VENV)/dev/inblue
	@$(BIN)/python -m pip install $(QUIET) --no-deps --no-build-isolation --force-reinstall --editable .
	@rm -rf $(VENV)/lib/python3.*/site-packages/inblue  # hatchling copies the forced __init__.py, which would hide the link
	@rm -f $(VENV)/.installed
	@touch $(VENV)/.dev
	@echo "the working tree is installed; make test installs it as users do"

# The pins of pyproject.toml and pins/*.in, with the hashes of every platform's files. What fits is kept; UPGRADE=yes
# takes the newest of all.
UV := $(VENV)/lock/bin/uv pip compile --quiet --no-config --universal --python-version 3.11 --generate-hashes \
	--no-annotate --custom-compile-command "make lock" $(if $(UPGRADE),--upgrade)
lock:
	@test -x $(VENV)/lock/bin/python || $(PYTHON) -m venv $(VENV)/lock
	@$(VENV)/lock/bin/python -m pip install $(QUIET) --require-hashes --only-binary :all: --requirement pins/lock.txt
	@$(UV) pins/build.in --output-file pins/build.txt
	@$(UV) pyproject.toml --extra dev --constraint pins/build.txt --output-file pins/dev.txt
	@$(UV) pins/fuzz.in --constraint pins/dev.txt --output-file pins/fuzz.txt
	@$(UV) pins/mutants.in --constraint pins/dev.txt --output-file pins/mutants.txt
	@$(UV) pins/docs.in --constraint pins/dev.txt --output-file pins/docs.txt
	@$(UV) pins/kms.in --output-file pins/kms.txt
	@$(UV) pins/lock.in --output-file pins/lock.txt
	@git diff --stat -- pins

# A release, in dist: the wheel, the source archive, what each is made of, and the sums of all; of one commit the same bytes
# everywhere. SIGN=KEY signs the sums with a key of ssh-keygen, or with one that ssh-agent holds (docs/release.md).
dist: export SOURCE_DATE_EPOCH := $(shell git log -1 --format=%ct)
dist: $(VENV)/.dependencies
	@rm -f dist/inblue-* dist/SHA256SUMS*
	@$(BIN)/python -m hatchling build --directory dist
	@PYTHONPATH=tests/support $(BIN)/python tests/support/make_components.py dist
	@cd dist && sha256sum -- inblue-* >SHA256SUMS
	@$(if $(SIGN),ssh-keygen -q -Y sign -n file -f "$(SIGN)" dist/SHA256SUMS)
	@cat dist/SHA256SUMS

# The wheel in an environment of its own, without extras, away from the checkout; its versions are those of the pins.
release-check: dist
	@$(BIN)/python tests/support/check_release.py dist

# Installed only where something is missing, as a package and as a command of that name, and only by root on Debian, which
# is said first; elsewhere the tests say what they miss.
system:
	@missing=$$(for each in $(SYSTEM); do \
	  command -v $$each >/dev/null || \
	    test "$$(dpkg-query --show --showformat='$${db:Status-Status}' $$each 2>/dev/null)" = installed || printf '%s ' $$each; \
	done); \
	if test -z "$$missing"; then :; \
	elif test "$(APT)" != no && command -v apt-get >/dev/null && test "$$(id -u)" = 0; then \
	  echo "apt-get now installs what tests and demonstrations run: $$missing"; \
	  echo "(openssl: timestamp authorities; jq: other hands; chromium: the page; fonts: paper; softhsm2, openssh-client: keys elsewhere; gnome-keyring: a passphrase there; zsh, fish: completion. make APT=no does without)"; \
	  apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes --no-install-recommends $$missing >/dev/null; \
	else echo "not installed here, and some tests need it: $$missing"; fi

demo: install
	@$(MAKE) --no-print-directory system SYSTEM=openssl
	@rm -rf .demo
	@$(BIN)/inblue demo --folder .demo --no-open
	@sh examples/rehearsal.sh $(BIN)

# The types are checked while another core rewrites the assertions of the tests, once for all workers.
test: lint
	@$(MAKE) --no-print-directory --jobs 2 types rewritten
	@$(MAKE) --no-print-directory tests

lint: install
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .
	@$(BIN)/lint-imports --no-logo

rewritten: install system
	@$(BIN)/python -m pytest --collect-only --quiet --quiet --ignore tests/hosts >/dev/null

types: install
	@$(BIN)/mypy --no-error-summary -p inblue
	@$(BIN)/mypy --no-error-summary tests examples benchmarks conformance docs/site

# The libraries of the second verifier, as its package-lock.json pins them, from npm's registry.
SECOND := examples/second-verifier/node_modules/.package-lock.json
$(SECOND): examples/second-verifier/package-lock.json | system
	@command -v npm >/dev/null && npm ci --silent --no-audit --no-fund --ignore-scripts --prefix examples/second-verifier >/dev/null || \
	  echo "npm is not installed: the second verifier is not run"

# All but what is marked as long and tests/hosts, or one area: make tests AREA=domain, make tests AREA=ledger/audit. An area is run as make dev left it.
AREA ?=
tests: $(if $(AREA),$(if $(wildcard $(VENV)/.dev),,install),install) system $(SECOND)
	@$(BIN)/python -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder $(if $(AREA),tests/$(AREA),-m "not long" --ignore tests/hosts)

# The stub and the reference of the public API (docs/api), after a change that is meant.
api: install
	@$(BIN)/python tests/support/make_api.py
	@git diff --stat -- docs/api

# The documentation as a site of files, in .artefacts/docs: open index.html. A warning is an error. The tools are installed
# beside the others, and are not needed for anything else.
docs: install
	@$(PINNED) --only-binary :all: --requirement pins/docs.txt
	@$(BIN)/python docs/site/make_site.py .artefacts/docs
	@echo ".artefacts/docs/index.html"

# The manual page and the completions in share, after a change of the command line.
manual: install
	@$(BIN)/python tests/support/make_manual.py
	@git diff --stat -- share

# What is said to people: extract it, bring the catalogues up to it, compile them (docs/languages.md).
messages: install
	@$(BIN)/python -m inblue.cli.language.update_catalogues .

# The tables of clauses in docs/clauses.md.
clauses: install
	@PYTHONPATH=tests/support $(BIN)/python tests/support/clause_table.py

bench: install
	@$(MAKE) --no-print-directory system SYSTEM="git openssh-client gnupg"
	@$(BIN)/python benchmarks/run.py

bench-writers: install
	@$(BIN)/python benchmarks/writers.py

# Slower suites; make test and make test-hosts run a seeded sample of each.
tamper: install
	@PYTHONPATH=tests/support:examples $(BIN)/python tests/support/tamper.py

# The verifiers there are, over the vectors: conformance/README.md.
conformance: install $(SECOND)
	@$(BIN)/python conformance/kit.py --batch -- $(BIN)/python conformance/clients/by_inblue.py
	@$(BIN)/python conformance/kit.py --batch --expected conformance/clients/page-expected.json -- node conformance/clients/by_page.mjs
	@$(BIN)/python conformance/kit.py --batch -- node examples/second-verifier/main.mjs

# Every property with new examples, in ROUNDS runs (make test tries the same ones each time).
properties: install system
	@for each in $$(seq $(or $(ROUNDS),1)); do $(BIN)/python -m pytest --numprocesses auto --hypothesis-profile searching -m hypothesis || exit; done

# What pyright says of the face; npm and node are Debian's.
PYRIGHT := $(VENV)/pyright/node_modules/.bin/pyright
$(PYRIGHT): pins/pyright/package-lock.json
	@mkdir -p $(VENV)/pyright && cp pins/pyright/package.json pins/pyright/package-lock.json $(VENV)/pyright/
	@npm ci --silent --no-audit --no-fund --ignore-scripts --prefix $(VENV)/pyright >/dev/null
	@touch $@

# What takes longer than make test may: tests/hosts, what is marked as long elsewhere, and every property with more examples.
# Hosts, servers and their databases, killed before each line of the ledger's recorder too (DEPTH=example: of their own),
# tables of 10,000 votes (VOTES), a key service, pyright, browsers, and a service that is asked whatever its OpenAPI
# document allows.
# AGAIN=yes runs only what failed the last time. Each test is named when it is over; what takes long says how far it is in
# .artefacts/test-hosts.log. A test that hangs fails (the limits are in pyproject.toml and beside the tests that take longest).
VOTES ?= 10000
DEPTH ?= recorder
test-hosts: install $(PYRIGHT) $(SECOND)
	@$(MAKE) --no-print-directory system SYSTEM="pgbouncer patroni etcd-server zsh fish"
	@$(PINNED) --only-binary :all: --requirement pins/kms.txt
	@$(PINNED) --only-binary :all: --requirement pins/docs.txt
	@mkdir -p .artefacts && : > .artefacts/test-hosts.log
	@PYRIGHT=$(PYRIGHT) INBLUE_TEST_PROGRESS=$(CURDIR)/.artefacts/test-hosts.log INBLUE_TEST_VOTES=$(VOTES) INBLUE_TEST_DEPTH=$(DEPTH) INBLUE_TEST_ACTS=60 INBLUE_TEST_SERVERS=1 INBLUE_TEST_BAO=$(BIN)/bao INBLUE_TEST_ASKED=80 $(BIN)/python -m pytest -vv --durations 20 --numprocesses auto --dist loadfile $(if $(AGAIN),--last-failed) --hypothesis-profile thorough -m "long or hypothesis" tests

many-writers: install
	@INBLUE_TEST_WRITERS=8 INBLUE_TEST_ACTS=60 INBLUE_TEST_KILLS=40 $(BIN)/python -m pytest tests/ledger/stores/contract/test_many_writers.py tests/ledger/operations/test_copy.py tests/ledger/operations/test_publish.py

# Every page on every screen, in .artefacts, to be looked at.
pictures: install system
	@INBLUE_TEST_PICTURES=1 $(BIN)/python -m pytest tests/hosts/test_page_in_browser.py tests/hosts/test_serve_in_browser.py -k "screen"

# Faults for so many seconds, counted: make soak SECONDS=300; SEED repeats a run. ONLY one of them, ROUNDS so many times.
SECONDS ?= 60
load: install
	@PYTHONPATH=tests:tests/support $(BIN)/python tests/support/load.py --seconds $(SECONDS) $(if $(SEED),--seed $(SEED))

# Messages that are made up, of every kind, each kept and read: what was proposed, asked, and wrong, by kind.
MESSAGES ?= 360
corpus: install
	@PYTHONPATH=tests:tests/support $(BIN)/python tests/support/corpus.py --messages $(MESSAGES) $(if $(SEED),--seed $(SEED))

soak: install
	@$(MAKE) --no-print-directory system SYSTEM=openssl
	@PYTHONPATH=tests:tests/support:examples $(BIN)/python tests/support/soak.py --seconds $(SECONDS) $(if $(SEED),--seed $(SEED)) $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(ONLY),--only $(ONLY))

# Mutants of the checks, in Python and on the page, and one for each MUST NOT: NUMBER of them drawn with SEED; ONLY python,
# page or spec; QUICK without the area's slower tests. The tools are installed beside the others, and are not needed for anything else.
mutants: install
	@$(MAKE) --no-print-directory system SYSTEM="openssl nodejs npm git"
	@$(PINNED) --requirement pins/mutants.txt
	@mkdir -p $(VENV)/mutants && cp tests/mutants/package.json tests/mutants/package-lock.json $(VENV)/mutants
	@test -d $(VENV)/mutants/node_modules || npm ci --prefix $(VENV)/mutants --ignore-scripts --no-audit --no-fund --silent
	@$(BIN)/python tests/support/mutants.py $(if $(NUMBER),--number $(NUMBER)) $(if $(SEED),--seed $(SEED)) $(if $(ONLY),--only $(ONLY)) $(if $(QUICK),--quick)

FUZZ_SECONDS ?= 60
fuzz: install
	@$(PINNED) --only-binary :all: --requirement pins/fuzz.txt
	@PYTHONPATH=tests:tests/support:examples $(BIN)/python -m fuzz.run --all --seconds $(FUZZ_SECONDS)

clean:
	rm -rf $(VENV) .demo .artefacts dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
