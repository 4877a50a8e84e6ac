# libdistcoord: `make demo` shows it at work, `make test` checks it. Each does its whole set-up on a fresh Debian that
# has Swift. `make help` lists the rest.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := build
# SwiftPM allows one build at a time per folder, and spreads each over the cores itself.
.NOTPARALLEL:

PREFIX ?= /usr/local
LIBDIR ?= $(PREFIX)/lib
DESTDIR ?=
ROUNDS ?= 5

SWIFT ?= swift
BUILD := .build/release
# With the Swift runtime inside, users of the library and of the command need no Swift.
RELEASE := -c release -Xswiftc -static-stdlib
LIBRARY := $(BUILD)/libdistcoord.so
COMMAND := $(BUILD)/distcoord-command

.PHONY: all build debug test demo proof soak bench install uninstall clean format lint generate help

all: build

build: ## Build library and command, release
	@cmake/setup.sh build
	@# The package manager does not see that the list of exports has changed.
	@if [ cmake/libdistcoord.map -nt $(LIBRARY) ]; then rm -f $(LIBRARY); fi
	$(SWIFT) build $(RELEASE)
	@# Programs linked against the library look for its SONAME, also when they run from the build folder.
	@ln -sfn libdistcoord.so $(BUILD)/libdistcoord.so.0

debug: ## Build everything for debugging
	@cmake/setup.sh build
	$(SWIFT) build

test: ## Build and run every suite; SUITES="python faults" for some
	@cmake/setup.sh test
	@$(MAKE) --no-print-directory build
	@Tests/run $(SUITES)

demo: ## Distributed word count with four languages; FILES="a.txt b.txt" for your text
	@cmake/setup.sh demo
	@$(MAKE) --no-print-directory build
	@Tests/Demo/run $(FILES)

proof: ## Check the models of the lock's protocol exhaustively, and that they catch seeded faults
	@cmake/setup.sh proof
	@Tests/Model/run

soak: ## Histories of 200 000 acquisitions, of elections and of what is shared, accounts of 100 000 jobs and of 30 minutes, 200 random graphs; faults and demo: ROUNDS=5
	@cmake/setup.sh test
	@$(MAKE) --no-print-directory build
	@Tests/History/run LIB="$(CURDIR)/$(LIBRARY)" --acquisitions 200000 --election-minutes 5 --share-minutes 5
	@Tests/Accounting/run --rounds 10
	@Tests/Accounting/run --minutes 30
	@Tests/Workflows/run LIB="$(CURDIR)/$(LIBRARY)" --graphs 200
	@for round in $$(seq $(ROUNDS)); do \
	    echo "== round $$round of $(ROUNDS)"; \
	    Tests/run faults demo; \
	done

bench: ## Ratios to the floor measured in the same run; BENCHMARKS="calls startup" for some
	@cmake/setup.sh test
	@$(MAKE) --no-print-directory build
	@DISTCOORD_LIBRARY="$(CURDIR)/$(LIBRARY)" Tests/Benchmarks/run $(BENCHMARKS)

# Not a prerequisite on `build`: `sudo make install` after `make` must not run the compiler as root.
install: | $(LIBRARY) $(COMMAND) ## Install under PREFIX (/usr/local); DESTDIR for packagers
	@PREFIX="$(PREFIX)" LIBDIR="$(LIBDIR)" DESTDIR="$(DESTDIR)" cmake/install.sh install $(BUILD)

uninstall: ## Remove what install put there
	@PREFIX="$(PREFIX)" LIBDIR="$(LIBDIR)" DESTDIR="$(DESTDIR)" cmake/install.sh uninstall $(BUILD)

$(LIBRARY) $(COMMAND):
	@$(MAKE) --no-print-directory build

generate: ## Write again the files made from the header
	python3 cmake/generate_map.py
	python3 bindings/python/tools/generate_abi.py

C_SOURCES = $(shell git ls-files -- 'bindings/c/*.c' 'Tests/*.c' 'Tests/*.h')

format: ## Format Swift and C sources
	@cmake/setup.sh lint
	$(SWIFT) format format --in-place --recursive Package.swift Sources Tests
	clang-format -i $(C_SOURCES)

lint: ## Check formatting, change nothing
	@cmake/setup.sh lint
	$(SWIFT) format lint --strict --recursive Package.swift Sources Tests
	clang-format --dry-run --Werror $(C_SOURCES)

clean: ## Remove everything that was built
	rm -rf .build

help: ## This list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  %-10s %s\n", $$1, $$2 }' Makefile
