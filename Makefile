# Every verb of the project. `make help` lists them with a sentence each.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
PYTEST = $(BIN)/python -m pytest --numprocesses=2 --dist=worksteal
# The tools of the lock come before the machine's, so that everybody runs the same ones.
export PATH := $(CURDIR)/$(BIN):$(PATH)
export TITLE PORT DATA_DIR

# Written last by the setup: as long as it is newer than the lock, there is nothing to set up.
READY := .venv/.ready
CDK := tests/cdk_cli/node_modules/.bin/cdk

.PHONY: help
help: ## List every verb with a sentence
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  %-12s %s\n", $$1, $$2}' Makefile

$(READY): requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed; name one: make setup PYTHON=python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip' \
	  || { echo "This Python cannot make virtual environments; on Debian: apt-get install python3-venv" >&2; exit 1; }
	@echo "Making .venv; from nothing, this takes about a minute."
	@$(PYTHON) -m venv .venv
	@$(PIP) install --no-compile --require-hashes --requirement requirements/dev.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(CDK): tests/cdk_cli/package-lock.json $(READY)
	npm ci --prefix tests/cdk_cli --omit=optional --loglevel=error
	@touch $@

.PHONY: setup
setup: $(READY) ## Make .venv with every dependency, as locked, and pipeline-manager; instant when nothing changed

.PHONY: demo
demo: $(READY) ## Synthesize every sample and show a table: pipeline, steps, resources, milliseconds, template
	@$(BIN)/pipeline-manager demo

.PHONY: up
up: $(READY) ## Start the whole platform on http://localhost:8080; PORT= and DATA_DIR= choose other places; Ctrl-C stops it
	@$(BIN)/pipeline-manager up

.PHONY: check
check: $(READY) ## Judge the code without changing it: format, lint, types, layers, architecture
	$(BIN)/ruff format --check --diff
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo --no-cache
	$(BIN)/python docs/reference/generate.py --check
	$(BIN)/python -m pytest --quiet tests/architecture

.PHONY: fix
fix: $(READY) ## Format the code and mend what ruff can mend safely
	$(BIN)/ruff check --fix-only
	$(BIN)/ruff format

.PHONY: test
test: $(CDK) ## Run every test there is; the longest wait is for the CDK, which some compare with
	$(PYTEST)

.PHONY: test-quick
test-quick: $(READY) ## Run every test but those that start the CDK
	$(PYTEST) -m "not oracle"

.PHONY: coverage
coverage: $(READY) ## Run the tests of core and synth, and fail where they miss a line or a branch
	$(PYTEST) --cov=pipeline_builder.core --cov=pipeline_builder.synth --cov-report=term --cov-fail-under=100 \
	  -m "not oracle" tests/core tests/synth

.PHONY: mutation
mutation: $(READY) ## Make each decision of tests/mutation wrong, one at a time, and see a test fail because of it
	$(BIN)/python -m tests.mutation

.PHONY: goldens
goldens: $(READY) ## Write the golden files anew, to be reviewed like code
	RENEW_GOLDENS=1 $(PYTEST) --quiet $$(grep --recursive --files-with-matches --include='test_*.py' RENEW_GOLDENS tests)
	git status --short -- ':(glob)tests/**/goldens/**'

.PHONY: lock
lock: $(READY) ## Renew the lock files from pyproject.toml; hashes for every platform, the name of no registry
	$(BIN)/uv pip compile pyproject.toml --quiet --upgrade --universal --python-version 3.11 --extra cdk --extra server \
	  --group build --group test --group lint --group news \
	  --generate-hashes --no-header --no-emit-index-url --no-emit-find-links --output-file requirements/dev.txt
	$(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --constraint requirements/dev.txt \
	  --generate-hashes --no-header --no-emit-index-url --no-emit-find-links --output-file requirements/run.txt
	npm install --prefix tests/cdk_cli --package-lock-only --loglevel=error

.PHONY: docs
docs: $(READY) ## Write the pages of the reference that are made from the source: fields, findings, limits
	@$(BIN)/python docs/reference/generate.py

.PHONY: client
client: $(READY) ## Write the client's methods anew, from the OpenAPI document
	@$(BIN)/python -m pipeline_builder.server.client_source src/pipeline_builder/client/operations.py
	$(BIN)/ruff check --quiet --fix src/pipeline_builder/client
	$(BIN)/ruff format --quiet src/pipeline_builder/client

.PHONY: adr
adr: ## Start the page of a decision: make adr TITLE="What was decided"
	@test -n "$${TITLE:-}" \
	  || { echo 'Say what was decided: make adr TITLE="Templates are rendered natively"' >&2; exit 2; }
	@bash docs/adr/new.sh "$$TITLE"

.PHONY: news
news: $(READY) ## Show what the next release will tell its users, from the fragments in changelog.d/
	@$(BIN)/towncrier build --draft --version next

.PHONY: wheel
wheel: $(READY) ## Build the wheel into dist/, and synthesize a sample with nothing but it
	rm -rf dist .cache/wheel
	$(BIN)/python -m hatchling build --target wheel
	@$(PIP) install --no-deps --target .cache/wheel dist/*.whl
	cd .cache && PYTHONPATH=wheel ../$(BIN)/pipeline-manager synth \
	  wheel/pipeline_builder/catalog/samples/first.json --output wheel/cdk.out

.PHONY: ci
ci: ## Run what the build server runs
	bash .ci/run

.PHONY: clean
clean: ## Remove everything that the other verbs made
	rm -rf .venv .cache .hypothesis .pytest_cache build dist tests/cdk_cli/node_modules
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
