# Yihaotong 一号通. `make` alone lists the targets.

PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3.14 python3; do command -v $$p && break; done || echo python3)
VENV   := .venv
BIN    := $(VENV)/bin
RUNS   := $(VENV)/.installed-to-run
TESTS  := $(VENV)/.installed-to-test

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run operate sandbox test coverage check fuzz bench schema translations clean distclean

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

run: $(RUNS)  ## start the provider, the sandbox upstreams and two demo portals; Ctrl-C stops all
	@exec $(BIN)/python -m examples

operate: $(RUNS)  ## flask idp … for the provider that `make run` started: make operate ARGS="clients list"
	@$(BIN)/python -m examples.operate $(ARGS)

sandbox: $(RUNS)  ## start the sandbox upstreams alone, at http://127.0.0.1:8100 (options: ARGS="--generated 2000")
	@exec $(BIN)/python -m adapters.sandbox --cmpp-port 7890 $(ARGS)

test: $(TESTS)  ## install what tests need (Chromium and PostgreSQL too) and run all of them
	@tests/install
	$(BIN)/python -m pytest -n auto

coverage: $(TESTS)  ## the same, with the share of lines and branches that ran
	@tests/install
	$(BIN)/python -m pytest -n auto --cov

check: $(TESTS)  ## format, lint, types and the law of imports
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

fuzz: $(TESTS)  ## send 20,000 requests by the description in /openapi.json: no answer may be a fault
	@tests/install
	$(BIN)/python -m pytest tests/fuzz -p no:randomly --fuzz-requests 20000 --timeout 3600

bench: $(TESTS)  ## measure CPU, round trips and queries of sign-on, refresh and userinfo
	$(BIN)/python -m bench.sign_on

schema: $(RUNS)  ## write docs/clients.schema.json from the models of clients.yaml
	IDP_MODE=development $(BIN)/python -m flask --app wsgi:make_app idp clients schema > docs/clients.schema.json.new
	mv docs/clients.schema.json.new docs/clients.schema.json

translations: $(RUNS)  ## collect the pages' sentences into the catalogue, for the translator
	mkdir -p var
	$(BIN)/pybabel -q extract -F idp/web/translations/babel.cfg -k _l --no-location --sort-output -o var/messages.pot idp
	$(BIN)/pybabel -q update -N --no-wrap --ignore-pot-creation-date -i var/messages.pot -d idp/web/translations

clean:  ## forget the data of `make run`
	rm -rf var

distclean: clean  ## forget the virtual environment and every cache as well
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage htmlcov
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamps make a second start free of pip: they are older than a requirements file only when it changed.
$(VENV)/.made:
	@./.ci/environment $(PYTHON) $(VENV)
	@touch $@

$(RUNS): $(VENV)/.made requirements-hashed.txt requirements.txt examples/requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-hashed.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt -r examples/requirements.txt
	@touch $@

$(TESTS): $(RUNS) requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@
