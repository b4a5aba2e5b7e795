# Poolhouse. `make help` lists what there is; `make run` and `make test` need nothing but Python ≥ 3.11.
.DEFAULT_GOAL := help
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
PORT ?= 9229
DATA ?= .poolhouse
JOBS ?= 2

help: ## Print this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | sort | awk -F'\t' '{printf "  make %-12s %s\n", $$1, $$2}'

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Poolhouse needs Python 3.11 or newer; set PYTHON=…")'
	$(PYTHON) -m venv $(VENV)

.make/run: requirements/build.txt requirements/run.txt pyproject.toml | $(VENV)/bin/python
	@echo "Installing what the server needs …"
	$(PIP) install --require-hashes --no-deps -r requirements/build.txt
	$(PIP) install --require-hashes --no-deps -r requirements/run.txt
	$(PIP) install --no-deps --no-build-isolation --editable .
	@mkdir -p .make && touch $@

.make/test: requirements/test.txt .make/run
	@echo "Installing what the tests need …"
	$(PIP) install --require-hashes --no-deps -r requirements/test.txt
	@mkdir -p .make && touch $@

.make/npm: tests/sdk/js/package-lock.json .make/test
	@echo "Installing the JavaScript clients that the tests drive …"
	cd tests/sdk/js && PATH="$(CURDIR)/$(BIN):$$PATH" npm ci --silent --no-audit --no-fund --omit-lockfile-registry-resolved
	@mkdir -p .make && touch $@

install: .make/run ## Set up the virtual environment with what the server needs

run: .make/run ## Start the server for development and print what to paste next
	@$(BIN)/python -m compileall -q src
	@$(BIN)/poolhouse serve --dev --port $(PORT) --data $(DATA)

demo: .make/test ## Drive a running server through the main job with boto3 and pycognito
	@$(BIN)/python tools/demo.py

.make/chromium: | .make/run
	@command -v "$${POOLHOUSE_TEST_CHROMIUM:-chromium}" >/dev/null || command -v chromium-browser >/dev/null \
	  || command -v google-chrome >/dev/null \
	  || { echo "Installing Chromium, in which the tests use passkeys …"; \
	       { apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
	         apt-get install -qq --no-install-recommends chromium; } >/dev/null 2>&1; } \
	  || { echo "The tests need Chromium: run \`apt-get install chromium\` as root, or name one in" \
	         "POOLHOUSE_TEST_CHROMIUM." >&2; exit 1; }
	@mkdir -p .make && touch $@

test: .make/test .make/npm .make/chromium ## Run every test on both engines (PostgreSQL from PyPI or POOLHOUSE_TEST_POSTGRESQL, Chromium from Debian or POOLHOUSE_TEST_CHROMIUM)
	@$(BIN)/python -m compileall -q src
	$(BIN)/python -m pytest -n $(JOBS) $(PYTEST_ARGS)

fuzz: .make/test ## Drive many generated requests against both engines (FUZZ_ARGS="<requests> <seed>")
	@PYTHONPATH=src:tests $(BIN)/python -m fuzz $(FUZZ_ARGS)

check: .make/test ## Format, lint, types, imports
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .make/test ## Measure each operation beside its own floor; prints a table, writes build/bench.json
	@$(BIN)/python -m compileall -q src
	@$(BIN)/python -m bench $(BENCH_ARGS)

bench-peers: .make/test ## The same journey on moto, ministack and cognito-local, and tokens of two providers, beside it
	@$(BIN)/python -m bench.peers
	@$(BIN)/python -m bench.oauth_peers

wire: .make/test ## Generate the wire's types from botocore's service model
	$(BIN)/python tools/gen_wire.py

texts: .make/test ## Bring the catalogues of the pages' texts up to date with the templates; lists what is untranslated
	@PYTHONPATH=src $(BIN)/python tools/texts.py

screenshots: .make/test .make/chromium ## Take the pictures of the pages in docs/images again
	@PYTHONPATH=src $(BIN)/python tools/screenshots.py

docs: .make/test ## Generate the reference pages from the code
	$(BIN)/python tools/gen_docs.py

lock: .make/test ## Lock the requirements again
	sh tools/lock.sh $(BIN)/uv

clean: ## Remove the environment and what was built (never your data)
	rm -rf $(VENV) .make build tests/sdk/js/node_modules

.PHONY: help install run demo test fuzz check bench bench-peers wire texts screenshots docs lock clean
