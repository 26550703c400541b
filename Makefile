# Two commands matter: `make demo` and `make test`. Both do their own set-up.
CARGO ?= cargo
ONCE  ?=
CITY  ?= demo/CITY.toml
OUT   ?= .cache/eyes/held-out
SET   ?= held-out
BIN   := $(CURDIR)/target/release/streetwatch

.PHONY: help setup setup-test setup-scenes build demo evaluate evaluate-components evaluate-sensors train sample-city test soak-workers soak-terminals interop check check-k8s setup-k8s bench bench-city fuzz-jt808 schemas fmt clean

help:
	@echo 'make demo          build, run the demo city, print each candidate beside its truth, serve 127.0.0.1:8080'
	@echo 'make demo ONCE=1   the same, ending when the sources end'
	@echo 'make evaluate      draws the held-out videos and measures how well the shipped models see'
	@echo 'make evaluate-components  draws days of street components and measures what is found missing'
	@echo 'make evaluate-sensors  makes up eight cities and measures what the rules over readings find (SEEDS="1 2" for others)'
	@echo 'make train         trains the shipped models anew (minutes on a GPU, 25 hours on two cores; goes on where it was cut off)'
	@echo 'make sample-city   draws the clips of demo/ anew'
	@echo 'make test          every test'
	@echo 'make soak-workers  half an hour of faults: three brokers, four workers, forty cameras'
	@echo 'make soak-terminals  five minutes of 10,000 vehicle terminals on loopback'
	@echo 'make interop       a vehicle terminal that somebody else wrote against the gateway'
	@echo 'make check         format, lints, generated schemas, Kubernetes manifests'
	@echo 'make check-k8s     the manifests of k8s/ alone: built, against schemas, policy and code; needs no Rust'
	@echo 'make bench         benchmarks'
	@echo 'make fuzz-jt808    ten million made-up inputs through the JT/T 808 decoder (FUZZ_INPUTS=N for others)'
	@echo 'make schemas       write the JSON Schemas and the AsyncAPI document anew'

setup:
	@scripts/setup.sh build

setup-test: setup
	@scripts/setup.sh test

build: setup
	$(CARGO) build --release --locked -p streetwatch

demo: build
	@scripts/demo.sh "$(BIN)" "$(CITY)" $(if $(ONCE),--once)

setup-scenes: setup
	@scripts/setup.sh scenes

evaluate: build setup-scenes
	@scripts/evaluate.sh "$(BIN)" "$(OUT)"

evaluate-components: build setup-scenes
	@scripts/evaluate_components.sh "$(BIN)" "$(SET)"

evaluate-sensors: build
	@scripts/evaluate_sensors.sh "$(BIN)" $(SEEDS)

train: setup-scenes
	@models/training/train.sh

sample-city: build setup-scenes
	cd models/training && "$$(./venv.sh scenes)" -m scenes.sample_city --out ../../demo
	$(BIN) simulate --seed 8 --vehicles 10 --hours 4 --out demo/fleet && rm demo/fleet/CITY.toml

# The end-to-end tests run the binary, so it is built first.
# The same inputs each time; a hunt for new ones sets another seed. End-to-end tests mostly wait, so four run at a time.
test check: export PROPTEST_RNG_SEED ?= 20261126
test: setup-test setup-scenes
	$(CARGO) build --locked --workspace
	$(CARGO) test --locked --workspace --exclude streetwatch-tests
	RUST_TEST_THREADS=$${RUST_TEST_THREADS:-4} $(CARGO) test --locked -p streetwatch-tests
	cd models/training && "$$(./venv.sh scenes)" -m scenes.selfcheck

# Prints the faults and what came of them. SOAK_SEED chooses another list.
soak-workers: setup-test
	$(CARGO) build --locked --workspace
	SOAK_SECONDS=$${SOAK_SECONDS:-1800} SOAK_FAULTS=$${SOAK_FAULTS:-30} \
	  $(CARGO) test --locked -p streetwatch-tests --test workers_soak -- --nocapture

# SOAK_TERMINALS and SOAK_SECONDS for others. Prints what was sent, what was acknowledged, and the gateway's memory.
soak-terminals: setup-test
	$(CARGO) build --locked --workspace
	SOAK_TERMINALS=$${SOAK_TERMINALS:-10000} SOAK_SECONDS=$${SOAK_SECONDS:-300} \
	  $(CARGO) test --locked -p streetwatch-tests --test gateway -- --nocapture soak::

interop: build
	scripts/interop.sh "$(BIN)"

setup-k8s:
	@scripts/setup.sh k8s

check-k8s: setup-k8s
	k8s/check/run.sh

check: setup check-k8s
	$(CARGO) fmt --all --check
	$(CARGO) clippy --locked --workspace --all-targets -- -D warnings
	$(CARGO) test --locked --workspace --lib -- payload::schema

schemas: setup
	$(CARGO) run --locked -p streetwatch -- schema write pipeline/schemas

# One alone: cargo bench -p streetwatch-benches --bench rules. BENCH_QUICK=1 is a smoke test.
bench: setup-test
	@benches/python/venv.sh
	$(CARGO) bench --locked -p streetwatch-benches

# 10,000 modelled cameras, 50 real workers, a real Kafka: balance, failover, lag, volume.
bench-city: setup-test
	$(CARGO) bench --locked -p streetwatch-benches --bench city

fuzz-jt808: setup
	$(CARGO) test --locked -p streetwatch --lib -- --ignored --nocapture gateway::jt808::fuzz_tests

fmt:
	$(CARGO) fmt --all

clean:
	$(CARGO) clean
	rm -rf data
