# Everything here works right after `git clone` on Debian 12 or later, as root or with sudo; each step says what it does.
SHELL       := /bin/bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS   += --no-print-directory

export CARGO_TARGET_DIR ?= target
CARGO   := scripts/cargo
DEV     := "$$CARGO_TARGET_DIR/debug/sansheng"
RELEASE := "$$CARGO_TARGET_DIR/release/sansheng"
MODEL   ?= base
TRUTH   ?= tests/audio
HALL    ?= $(CARGO_TARGET_DIR)/demo-hall

.DEFAULT_GOAL := help
.PHONY: help setup build model run test bench eval clean

help: ## Show this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1|\2/p' Makefile | while IFS='|' read -r target what; do printf '%-12s %s\n' "$$target" "$$what"; done

setup: ## Install what is missing: C++ compiler, cmake, libclang, pip, Rust
	@scripts/setup.sh

build: setup ## Build the release program
	@echo "==> build: cargo build --release"
	@$(CARGO) build --release --locked

model: build ## Fetch the speech model, once (MODEL=base)
	@echo "==> model: fetch $(MODEL)"
	@$(RELEASE) model fetch $(MODEL)

run: model ## Build all, then run a hall of the bundled recordings with its dashboard, until Ctrl-C (HALL=folder)
	@echo "==> run: sansheng demo --hall $(HALL)"
	@$(RELEASE) demo --hall "$(HALL)"

test: ## Check formatting, lints, documentation and the set-up; run every test
	@scripts/setup.sh --test
	@echo "==> test: set-up script on made-up machines"
	@bash tests/setup.sh
	@echo "==> test: cargo fmt --check"
	@$(CARGO) fmt --check
	@echo "==> test: cargo clippy"
	@$(CARGO) clippy --all-targets --locked -- -D warnings
	@echo "==> test: cargo doc"
	@RUSTDOCFLAGS="-D warnings" $(CARGO) doc --no-deps --locked --quiet
	@echo "==> test: cargo build"
	@$(CARGO) build --bins --tests --locked
	@echo "==> test: model fetch $(MODEL)"
	@$(DEV) model fetch $(MODEL)
	@echo "==> test: cargo test"
	@# Many tests wait for a clock or for another program: more of them than cores keep the cores busy.
	@RUST_TEST_THREADS=4 $(CARGO) test --locked
	@echo "==> test: the dashboard in a browser (pictures in $$CARGO_TARGET_DIR/e2e)"
	@cd tests/e2e && npm ci --no-audit --no-fund --loglevel=error >/dev/null
	@SANSHENG=$(DEV) SANSHENG_ARTEFACTS="$$CARGO_TARGET_DIR/e2e" node --test tests/e2e/assets.test.mjs tests/e2e/words.test.mjs \
		tests/e2e/contrast.test.mjs tests/e2e/reckoning.test.mjs tests/e2e/pages.test.mjs tests/e2e/hall.test.mjs

bench: setup ## Measure the stages, one by one
	@echo "==> bench: cargo bench"
	@$(CARGO) bench --locked

eval: model ## Score findings against labelled recordings (TRUTH=folder)
	@echo "==> eval: $(TRUTH)"
	@$(RELEASE) eval "$(TRUTH)"

clean: ## Remove what was built; the model and the toolchain stay
	@echo "==> clean: $$CARGO_TARGET_DIR"
	@$(CARGO) clean
