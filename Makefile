# Redress. `make run` starts everything; `make test` checks everything; `make help` lists the rest.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

ARGS ?=
CASES ?= 300
BROKERS ?= 1
PORT ?= 9092
FAULTS ?= 30
SEED ?= 1
FOLDER ?=
BIN := .venv/bin
# What `make` starts ends with it, cleanly, even when it is killed.
WITH_MAKE := $(shell command -v setpriv >/dev/null 2>&1 && echo setpriv --pdeathsig TERM)

.PHONY: help run demo kafka kafka-stop up-kafka chaos test bench lint contracts format types fonts lock migration venv venv-dev clean screenshots

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-11s %s\n", $$1, $$2}'

run: venv ## start Redress on this machine (ARGS="--port 8123 --data /path")
	@[ -n "$${REDRESS_SKIP_FONTS:-}" ] || $(BIN)/python scripts/fetch_fonts.py || true
	@exec $(WITH_MAKE) $(BIN)/redress up $(ARGS)

demo: export REDRESS_DATA := $(or $(DATA),$(REDRESS_DATA),data/demo)
demo: venv ## a lived-in system: CASES complaints (up to 1000000), in its own data folder (DATA=…)
	@[ -n "$${REDRESS_SKIP_FONTS:-}" ] || $(BIN)/python scripts/fetch_fonts.py || true
	@[ -e "$$REDRESS_DATA/demo.json" ] || $(BIN)/redress demo --cases $(CASES)
	@exec $(WITH_MAKE) $(BIN)/redress up $(ARGS)

kafka: venv ## start Kafka on this machine, no container needed (BROKERS=3 FOLDER=… PORT=9092)
	@$(BIN)/python scripts/kafka.py start --brokers $(BROKERS) --port $(PORT) $(if $(FOLDER),--folder $(FOLDER))

kafka-stop: venv ## stop what `make kafka` started
	@$(BIN)/python scripts/kafka.py stop $(if $(FOLDER),--folder $(FOLDER))

up-kafka: venv ## three brokers, PostgreSQL and every service as its own process behind one proxy (ARGS="--port 8123")
	@exec $(WITH_MAKE) $(BIN)/python scripts/cluster.py $(ARGS)

test: ## everything there is: style, types, rules of dependency, tests (ARGS go to pytest)
	@scripts/check.sh $(ARGS)

bench: venv-dev ## every measurement beside its floor (ARGS go to it)
	@$(BIN)/python -m bench $(ARGS)

chaos: venv-dev ## faults under load over three brokers, then the books: FAULTS=30 SEED=1 (FOLDER=… to resume)
	@$(BIN)/python -m bench.chaos --faults $(FAULTS) --seed $(SEED) $(if $(FOLDER),--folder $(FOLDER)) $(ARGS)
screenshots: venv-dev ## pictures of every page in build/screenshots (ARGS="--to DIR --only desk --axe")
	@$(BIN)/python scripts/screenshots.py $(ARGS)

lint: venv-dev ## style, rules of dependency, event contracts
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/lint-imports --no-cache && $(BIN)/python scripts/check_contracts.py

contracts: venv-dev ## freeze event versions that are new, and optional fields that published ones gained
	@$(BIN)/python scripts/check_contracts.py --freeze

format: venv-dev ## put the code into the house format
	@$(BIN)/ruff check --fix-only --quiet . ; $(BIN)/ruff format .

types: venv-dev ## strict types
	@$(BIN)/mypy

fonts: venv ## fetch Sarabun into the font cache
	@$(BIN)/python scripts/fetch_fonts.py

lock: venv-dev ## pin again (ARGS="--upgrade" or "--upgrade-package NAME")
	@scripts/lock.sh $(ARGS)

migration: venv-dev ## a migration from the tables as they are now: SERVICE=routing MESSAGE="Add the shelf"
	@[ -n "$(SERVICE)" ] && [ -n "$(MESSAGE)" ] || { echo 'usage: make migration SERVICE=routing MESSAGE="Add the shelf"' >&2; exit 2; }
	@$(BIN)/python scripts/make_migration.py "$(SERVICE)" "$(MESSAGE)"

venv: ## .venv with what running needs
	@scripts/venv.sh runtime

venv-dev: ## .venv with what tests need as well
	@scripts/venv.sh dev

clean: ## remove caches and built files; keeps .venv and data
	@rm -rf build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis *.egg-info
