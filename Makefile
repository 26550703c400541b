# Two commands matter: `make demo` and `make test`. Both do their own set-up.
CARGO ?= cargo
ONCE  ?=
CITY  ?= demo/CITY.toml
OUT   ?= .cache/eyes/held-out
BIN   := $(CURDIR)/target/release/streetwatch

.PHONY: help setup setup-test build demo evaluate test check bench schemas fmt clean

help:
	@echo 'make demo          build, run the demo city, print each candidate beside its truth, serve 127.0.0.1:8080'
	@echo 'make demo ONCE=1   the same, ending when the sources end'
	@echo 'make evaluate      figures on the held-out videos of OUT=$(OUT), into models/training/figures'
	@echo 'make test          every test'
	@echo 'make check         format, lints, generated schemas'
	@echo 'make bench         benchmarks'
	@echo 'make schemas       write the JSON Schemas and the AsyncAPI document anew'

setup:
	@scripts/setup.sh build

setup-test: setup
	@scripts/setup.sh test

build: setup
	$(CARGO) build --release --locked -p streetwatch

demo: build
	@scripts/demo.sh "$(BIN)" "$(CITY)" $(if $(ONCE),--once)

evaluate: build
	@scripts/evaluate.sh "$(BIN)" "$(OUT)"

# The end-to-end tests run the binary, so it is built first.
test: setup-test
	$(CARGO) build --locked --workspace
	$(CARGO) test --locked --workspace

check: setup
	$(CARGO) fmt --all --check
	$(CARGO) clippy --locked --workspace --all-targets -- -D warnings
	$(CARGO) test --locked --workspace --lib -- payload::schema

schemas: setup
	$(CARGO) run --locked -p streetwatch -- schema write pipeline/schemas

# One alone: cargo bench -p streetwatch-benches --bench rules. BENCH_QUICK=1 is a smoke test.
bench: setup-test
	@benches/python/venv.sh
	$(CARGO) bench --locked -p streetwatch-benches

fmt:
	$(CARGO) fmt --all

clean:
	$(CARGO) clean
	rm -rf data
