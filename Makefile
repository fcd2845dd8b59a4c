# What people type. `make help` lists it.

CARGO ?= cargo
# The profile `make run` builds with: dev builds quickly, release runs quickly.
PROFILE ?= dev

.DEFAULT_GOAL := help
.PHONY: help run test bench fmt lint deps

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-7s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Install what is missing, build, and start an instance at http://localhost:3000 (PROFILE=release for speed)
	@.ci/deps run
	$(CARGO) run --locked --profile $(PROFILE) --bin stoa -- dev

test: ## Check formatting and lints, then run all tests, with every service they need
	@.ci/deps test
	$(CARGO) fmt --all --check
	$(CARGO) clippy --locked --workspace --all-targets -- -D warnings
	@.ci/test

bench: ## Measure this machine: CPU per operation, p50 and p95, memory (not a test)
	@.ci/deps run
	$(CARGO) build --locked --release --bin stoa
	$(CARGO) run --locked --release -p tests --bin bench

fmt: ## Format all code
	$(CARGO) fmt --all

lint: ## Run clippy as the tests do
	$(CARGO) clippy --locked --workspace --all-targets -- -D warnings

deps: ## Install the system packages that are missing, for running and for testing
	@.ci/deps test
