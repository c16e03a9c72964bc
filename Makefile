# `make help` lists the targets. uv brings the locked tools; nothing else has to be installed by hand.
SHELL := /bin/bash
.DEFAULT_GOAL := help
export JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION := 1
# The machine's own certificates: a company's proxy signs with its own.
export UV_SYSTEM_CERTS ?= true
# Where uv may be when nobody put it on the path; `make install` brings .uv if it is nowhere.
export PATH := $(PATH):$(HOME)/.local/bin:$(CURDIR)/.uv/bin
PY := .venv/bin/python
# What detect-secrets reads: everything but locks and what is written from the code.
SCANNED = git ls-files | grep -v -E '^(uv\.lock|requirements\.txt|docs/openapi\.json|\.secrets\.baseline)$$'
SCHEDULES ?= 10000
SEED ?= 0
EXAMPLES ?= 100
ENVIRONMENT ?= local

help: ## This list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

# In a folder of its own: distributions refuse packages beside their own (PEP 668), and some come
# without venv.
.venv/.installed: pyproject.toml uv.lock
	@command -v uv >/dev/null || { python3 -m venv .uv && .uv/bin/pip install --quiet uv; } \
		|| { rm -rf .uv && python3 -m pip install --quiet --target .uv uv; }
	uv sync --locked --quiet
	@touch $@

install: .venv/.installed ## Install the locked tools into .venv

run: install ## Start the local cloud, deploy the three stacks, seed them, show a strategy trade
	@$(PY) -m local.run

stop: install ## Stop the local cloud; its state stays for the next run
	@$(PY) -m local.stop

reset: install ## Stop the local cloud and forget its state
	@$(PY) -m local.stop --forget

test: install check ## Everything: gates, unit, conformance, infrastructure, integration, flows, fuzz, simulation
	@$(PY) -m local.test_jobs

check: install ## The gates: format, lint, types, architecture, house rules, API document, secrets
	.venv/bin/ruff format --check --quiet .
	.venv/bin/ruff check --quiet .
	.venv/bin/mypy cdk_stack lambda_functions shared_utils simulator local bench tests
	.venv/bin/lint-imports --no-logo
	.venv/bin/pytest -q -p no:cacheprovider tests/house
	$(PY) -m local.openapi --check
	@# A copy, because the hook notes in it where a known line has moved to, and then ends with 3.
	@cp .secrets.baseline .venv/.secrets.baseline
	@found=$$(.venv/bin/detect-secrets-hook --baseline .venv/.secrets.baseline $$($(SCANNED))) \
		|| [ $$? = 3 ] || { echo "$$found"; exit 1; }

format: install ## Format the code and make the corrections that are safe
	.venv/bin/ruff format --quiet .
	.venv/bin/ruff check --fix --exit-zero --quiet .

secrets: install ## Look at each finding of detect-secrets that nobody has looked at yet
	.venv/bin/detect-secrets scan --baseline .secrets.baseline $$($(SCANNED))
	.venv/bin/detect-secrets audit .secrets.baseline

lock: install ## Refresh uv.lock and the exported requirements.txt
	uv lock && uv export --locked --no-dev --format requirements-txt --quiet -o requirements.txt

synth: install ## Synthesise the templates of ENVIRONMENT (local, dev, staging, production) into cdk.out/
	@$(PY) -m cdk_stack.synthesise --environment $(ENVIRONMENT) --out cdk.out

openapi: install ## Write docs/openapi.json from the code, and docs/authorization.md from its rows
	@$(PY) -m local.openapi docs/openapi.json
	@$(PY) -m tests.authorization.page

fuzz: install ## Ask every operation EXAMPLES whole and EXAMPLES broken requests made from its schemas
	FUZZ_EXAMPLES=$(EXAMPLES) .venv/bin/pytest -q -p no:cacheprovider -p no:randomly tests/fuzz

simulate: install ## Replay SCHEDULES seeded days of faults through the order path, from SEED
	@$(PY) -m tests.simulation --schedules $(SCHEDULES) --seed $(SEED)

mutants: install ## Break the placement protocol on purpose; the simulation must notice each
	@$(PY) -m tests.simulation.mutants

bench: install ## Measure import times, the money path and pricing, each beside its target
	@$(PY) -m bench

.PHONY: help install run stop reset test check format secrets lock synth openapi fuzz simulate mutants bench
