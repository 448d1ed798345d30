# One word a wish. `make` lists them. Needs Python 3.11 or newer and make, nothing else.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
UV_VERSION := 0.13.9
WORKERS ?= 2
TESTS ?= tests
SECONDS ?= 300

# What a step prints is shown only when it fails.
quietly = printf '%-8s' '$(1)'; if out=$$($(2) 2>&1); then echo ok; else echo FAILED; printf '%s\n' "$$out"; exit 1; fi

.PHONY: help
help: ## Say what can be made
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: $(READY) ## Make .venv with exactly what the lock names

$(READY): requirements.lock pyproject.toml
	@started=$$SECONDS; python=; \
	for candidate in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11 python; do \
	  if "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then python=$$candidate; break; fi; \
	done; \
	if [ -z "$$python" ]; then echo 'Usher needs Python 3.11 or newer. Install it, or name it: make setup PYTHON=/path/to/python3' >&2; exit 1; fi; \
	if [ ! -x $(BIN)/python ]; then \
	  "$$python" -m venv $(VENV) || { rm -rf $(VENV); echo "$$python cannot make a virtual environment. On Debian or Ubuntu: apt-get install python3-venv" >&2; exit 1; }; \
	fi; \
	echo 'Installing the packages of requirements.lock into $(VENV) ...'; \
	if $(BIN)/python -m pip install --quiet --disable-pip-version-check 'uv==$(UV_VERSION)'; then \
	  $(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes --compile-bytecode requirements.lock; \
	  $(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .; \
	else \
	  echo 'uv cannot be had here; pip does the same, more slowly.'; \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock; \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .; \
	fi; \
	touch $(READY); echo "Ready in $$((SECONDS - started)) s."

.PHONY: demo
demo: $(READY) ## Run all of Usher on invented people and open phones to play with
	@$(BIN)/usher demo

.PHONY: run
run: $(READY) ## Run Usher with the settings in .env
	@$(BIN)/usher run

.PHONY: test
test: lint types arch i18n ## Everything CI runs: format, lint, types, imports, catalogs, tests
	@$(BIN)/pytest --no-header --numprocesses $(WORKERS) $(TESTS)

.PHONY: check
check: test ## The definition of done: the same as test

.PHONY: lint
lint: $(READY) ## Format and lint, changing nothing
	@$(call quietly,format,$(BIN)/ruff format --check .)
	@$(call quietly,lint,$(BIN)/ruff check .)

.PHONY: types
types: $(READY) ## Check the types, strictly
	@$(call quietly,types,$(BIN)/mypy)

.PHONY: arch
arch: $(READY) ## Check that imports go one way
	@$(call quietly,arch,$(BIN)/lint-imports --no-logo)

.PHONY: i18n
i18n: $(READY) ## Check that every language says the same
	@$(call quietly,i18n,$(BIN)/usher locales check)

.PHONY: chaos
chaos: $(READY) ## Break everything, one by one and then at random: SECONDS=300, SEED=n draws a run again
ifndef SEED
	@$(BIN)/pytest --no-header --numprocesses 0 -m chaos tests/e2e/chaos
endif
	@$(BIN)/python -m tests.e2e.chaos --seconds $(SECONDS) $(if $(SEED),--seed $(SEED)) $(if $(FAULTS),--faults $(FAULTS))

.PHONY: bench
bench: $(READY) .venv-bench/ready ## Measure everything beside its limit, MOST=1 also the largest sizes; figures go to bench/results
	@$(BIN)/python -m bench $(if $(MOST),--most)

# What stands beside Usher in bench.naive and is no part of it. Where it cannot be had, the bench says so and goes on.
.venv-bench/ready: bench/rivals/requirements.txt | $(READY)
	@$(BIN)/python -m venv .venv-bench
	@if $(BIN)/uv pip install --quiet --python .venv-bench/bin/python -r $< || \
	  .venv-bench/bin/python -m pip install --quiet --disable-pip-version-check -r $<; then touch $@; fi

.PHONY: docs
docs: $(READY) ## Write the generated pages of docs/reference again
	@$(BIN)/python docs/generate.py

.PHONY: lock
lock: $(READY) ## Choose package versions again; the lock names no index
	@$(BIN)/uv pip compile --quiet --universal --no-emit-index-url --generate-hashes --extra dev --extra otel \
	  --python-version 3.11 pyproject.toml --output-file requirements.lock
