# Every command there is; `make` lists them.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
export PYTHONDONTWRITEBYTECODE = 1
export MLFLOW_DISABLE_TELEMETRY = true

.PHONY: help setup demo test lint verify bench dictionary lock clean
help: ## list the commands
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 22

setup: $(VENV)/.ready ## make the environment (.venv) from the lock file, with the Delta jars

$(VENV)/.ready: requirements.lock pyproject.toml deploy/environment/delta_jars.py deploy/environment/check.sh
	@sh deploy/environment/check.sh "$(PYTHON)"
	@echo "Making the environment in $(VENV) (a few minutes the first time) ..."
	@test -x $(BIN)/python || "$(PYTHON)" -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@echo "Fetching the Delta jars ..."
	@$(BIN)/python deploy/environment/delta_jars.py > $(VENV)/delta_jars.log 2>&1 || (tail -5 $(VENV)/delta_jars.log; exit 1)
	@touch $@

demo: setup ## synthetic London to linked dataset, pages and figures, in data/
	@$(BIN)/cyplink demo

test: setup ## the tests
	@$(BIN)/python -m pytest

lint: setup ## formatting, lint and types
	@$(BIN)/ruff check .
	@$(BIN)/mypy

verify: setup ## longer checks: cluster, kill and run again, pages in a browser
	@$(BIN)/python -m pytest -n 0 -m verify

bench: setup ## benchmarks, printed
	@$(BIN)/python -m pytest -n 0 -m bench -s

dictionary: setup ## write DICTIONARY.md and its pages (data/dictionary) from the declarations
	@$(BIN)/cyplink dictionary

lock: setup ## compile requirements.lock from pyproject.toml (needs uv)
	uv pip compile --no-annotate --no-header --no-emit-index-url --generate-hashes --python-version 3.11 --extra dev pyproject.toml -o requirements.lock

clean: ## remove everything the demo made
	rm -rf data
