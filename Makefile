# Builds, installs, demonstrates and tests the extension. `make` alone explains.

# The newest PostgreSQL that is found. Looked up only where a target needs it: setup may have to install it first.
PG_CONFIG ?= $(eval PG_CONFIG := $(shell scripts/find-pg-config.sh))$(PG_CONFIG)
PG_MAJOR = $(if $(PG_CONFIG),$(shell '$(PG_CONFIG)' --version | sed -n -E '1s/^PostgreSQL ([0-9]+).*/\1/p'))
PG_FEATURE = $(if $(filter 15 16 17 18,$(PG_MAJOR)),pg$(PG_MAJOR),$(error PostgreSQL 15 to 18 is needed, not \
	'$(PG_MAJOR)': set PG_CONFIG=/path/to/pg_config))

# Outside the checkout, so that a fresh clone finds the dependencies compiled.
CARGO_TARGET_DIR ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/dify_observe/target
export CARGO_TARGET_DIR
CARGO = scripts/cargo.sh
# pgrx reads these; without the second, having cargo-pgrx around changes the linker's flags and rebuilds everything.
FOR_PG = PGRX_PG_CONFIG_PATH='$(PG_CONFIG)' CARGO_PGRX_DISABLE_GC_SECTIONS_WORKAROUND=1

# Where the demo sends to; empty for the receiver that comes with it.
ENDPOINT ?=
# What the benchmark measures, one part or all, and how much of it: 0.01 is a short form.
PART ?= all
SCALE ?= 1
# `yes` records what the regression guard measures, to compare with from then on.
RECORD ?=
# How many seconds the soak of `make reliability` takes; empty for its default.
SOAK ?=

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help setup setup-tests build install uninstall demo test test-pg check bench regression reliability clean

help: ## this text
	@echo 'dify_observe: observability for LLM applications, inside PostgreSQL'
	@echo
	@sed -n -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20
	@echo
	@echo '  PG_CONFIG=/path/to/pg_config chooses the PostgreSQL; without it, the newest one found.'

setup: ## install what is missing: PostgreSQL, its headers, libclang, a C compiler (Debian)
	@scripts/setup.sh

setup-tests:
	@scripts/setup.sh tests

build: ## compile the extension for PG_CONFIG
	@$(FOR_PG) $(CARGO) build --release --lib --features $(PG_FEATURE)
	@scripts/assemble-sql.sh '$(CARGO_TARGET_DIR)/release'

install: build ## build, then install into that PostgreSQL
	@scripts/install.sh '$(PG_CONFIG)' '$(CARGO_TARGET_DIR)/release'

uninstall: ## remove it from that PostgreSQL
	@scripts/uninstall.sh '$(PG_CONFIG)'

demo: setup install ## log a chat application's activity and show what arrives; ENDPOINT=http://… sends it elsewhere
	@$(CARGO) build --release -p dify_observe_demo
	@PG_CONFIG='$(PG_CONFIG)' $(CARGO) run --quiet --release -p dify_observe_demo -- $(ENDPOINT)

test: setup-tests check install ## check, install, and run every test
	$(CARGO) test --release --lib
	PG_CONFIG='$(PG_CONFIG)' $(CARGO) test --release --no-fail-fast -p dify_observe_tests -p dify_observe_bench
	$(REGRESSION)

test-pg: ## the integration tests on PG=17 or PG=18, built from Debian's source package where it was not yet
	@config=$$(scripts/build-postgres.sh '$(PG)') && $(MAKE) install PG_CONFIG="$$config" && \
		PG_CONFIG="$$config" $(CARGO) test --release -p dify_observe_tests

check: ## format, lints as errors, SQL lint, docs/signals.md
	@cargo fmt --version >/dev/null && cargo clippy --version >/dev/null || { echo "rustup component add rustfmt clippy" >&2; exit 1; }
	cargo fmt --all --check
	scripts/lint-sql.py
	scripts/signals.py --check
	$(CARGO) clippy --release --all-targets -- -D warnings
	$(CARGO) clippy --release --all-targets -p dify_observe_tests -p dify_observe_demo -p dify_observe_bench -- -D warnings
	$(FOR_PG) $(CARGO) clippy --release --lib --features $(PG_FEATURE) -- -D warnings

bench: setup install ## what everything costs, into docs/performance.md; PART=logging is one part, SCALE=0.01 a short form
	PG_CONFIG='$(PG_CONFIG)' $(CARGO) run --quiet --release -p dify_observe_bench -- $(PART) $(SCALE)

# Instructions and bytes of WAL, of which the machine's load changes neither.
REGRESSION = PG_CONFIG='$(PG_CONFIG)' $(CARGO) run --quiet --release -p dify_observe_bench -- regression

regression: setup-tests install ## whether logging, counting or exporting costs more than was recorded; RECORD=yes records anew
	$(REGRESSION) $(if $(RECORD),record)

reliability: setup-tests install ## every fault, and a soak of SOAK=600 seconds, into docs/reliability.md; half an hour
	PG_CONFIG='$(PG_CONFIG)' scripts/reliability.py $(SOAK)

clean: ## remove what was compiled
	rm -rf '$(CARGO_TARGET_DIR)'
