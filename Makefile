# Two commands on a fresh machine that has only python3, git and make: `make demo` and `make test`.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(CURDIR)/$(VENV)/bin
export PATH := $(BIN):$(CURDIR)/node_modules/.bin:$(PATH)
export JSII_SILENCE_WARNING_DEPRECATED_NODE_VERSION := 1

.PHONY: help setup demo sandbox test fast synth lint types e2e contract registry thorough bench histories clean

help: ## Say what each command does
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 12

$(VENV)/.ready: requirements.txt requirements-dev.txt pyproject.toml package.json package-lock.json
	@echo "setup: a virtual environment with the pinned packages (about two minutes the first time)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt -r requirements-dev.txt
	@$(BIN)/npm ci --silent
	@touch $@

setup: $(VENV)/.ready ## Install what the project needs, into .venv and node_modules

demo: setup ## Deploy the example connectors to the sandbox, sign a person in, clean up
	@$(BIN)/python -m sandbox demo

sandbox: setup ## Keep the sandbox up, for signing in with a browser; Ctrl-C ends it
	@$(BIN)/python -m sandbox up

lint: setup ## Rules of style and likely mistakes
	ruff check .
	ruff format --check .

types: setup ## Static types, strictly
	mypy

fast: setup ## The tests that need neither Node nor a server
	pytest -m "not synth and not e2e" -n 2

synth: setup ## The tests that synthesize, every example as the CDK, cdk-nag and cfn-lint see it
	pytest -m "synth and not e2e" -n 2 --dist loadfile

e2e: setup ## The tests on the sandbox, in a browser where there is one
	pytest -m "e2e and not thorough" -n 2 --dist loadfile

thorough: setup ## The longest runs of the pipelines for GitHub and GitLab, which the gate leaves out
	pytest -m thorough -n 2

test: lint types fast synth e2e ## The whole gate, the same by hand and in CI

contract: setup ## AWS's contract tests of the registry type, without AWS (`fast` holds them too)
	$(BIN)/python -m registry.contract_tests

registry: setup ## Build what registers the type: the project for `cfn submit`, and its zip, in build/registry
	$(BIN)/python -m registry.package build/registry

histories: setup ## Play random histories of deployments and faults, others each time (HISTORIES=2000)
	SAML_CONNECTORS_HISTORIES=$(or $(HISTORIES),2000) pytest tests/test_provider_histories.py -k at_random

bench: setup ## Measure speed, as ratios in one run
	$(BIN)/python -m benchmarks

clean: ## Remove what the commands above made
	rm -rf $(VENV) node_modules cdk.out .sandbox build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
