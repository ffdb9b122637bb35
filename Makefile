# Two commands: `make demo` runs the whole mission on real input, `make test` runs every check. The rest is `renkei`.
SHELL := /bin/bash
.DEFAULT_GOAL := help
DEMO := .renkei/demo
export RENKEI_ONNXRUNTIME ?= $(CURDIR)/$(DEMO)/onnxruntime/libonnxruntime.so
export RENKEI_DUCKDB ?= $(CURDIR)/.renkei/records/duckdb
CARGO_TARGET := $(or $(CARGO_TARGET_DIR),target)

help: ## what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

setup: ## Debian packages that building needs
	@deploy/setup build

fetch: ## ONNX Runtime, an encoder, a slide and a cohort, by pinned hash
	@deploy/demo/fetch $(DEMO)

demo: setup fetch ## the whole mission, embedded, on real input; prints where the report is
	cargo build --release --bin renkei
	$(CARGO_TARGET)/release/renkei demo --components $(DEMO) --out .renkei/demo-run

cluster: setup fetch ## what `renkei cluster up` needs: etcd, an S3 server, the programs
	@deploy/setup cluster
	@deploy/cluster/fetch
	cargo build --release --bins

test: setup fetch ## every check: form, lints, docs, tests
	@deploy/setup test
	@deploy/cluster/fetch
	@deploy/records/fetch
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --all-features -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --all-features
	deploy/nextest
	cargo test --workspace --doc --all-features
	python3 -m unittest discover -s deploy/demo -p 'test_*.py'
	python3 -m unittest discover -s deploy/cluster -p 'test_*.py'

SEEDS ?= 100000
ROUNDS ?= 10
chaos: setup fetch ## faults for hours: SEEDS simulated schedules, then every chaos test ROUNDS times
	@deploy/setup test
	@deploy/cluster/fetch
	RENKEI_SEEDS=$(SEEDS) cargo test --workspace --all-features --test simulation -- --nocapture
	for round in $$(seq $(ROUNDS)); do cargo test --workspace --all-features --test chaos -- --test-threads 1 || exit 1; done

bench: setup fetch ## reading and pipeline beside peers in the same run; prints a table
	@deploy/setup bench
	@deploy/cluster/fetch
	benches/run

.PHONY: help setup fetch demo cluster test chaos bench
