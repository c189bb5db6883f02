# make run      try it: a VS Code in the browser with the extension and sample captures
# make test     everything that must hold before a change goes in
# make check    the quick part of it: format, vet, lint, unit tests
# The other targets are described in docs/CONTRIBUTING.md.

SHELL := /usr/bin/env bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := build
.NOTPARALLEL:

GO ?= go
CACHE := $(CURDIR)/.cache
# Node 24, where `make run` and `make e2e` have installed it; else the system's.
export PATH := $(CACHE)/e2e/bin:$(PATH)
# Keep in step with vscode-extension/package.json.
VERSION ?= $(shell sed -n 's/^ *"version": *"\([^"]*\)".*/\1/p' vscode-extension/package.json | head -1)
COMMIT ?= $(shell git describe --always --dirty --match '' 2>/dev/null)
GOFLAGS_BUILD := -trimpath -ldflags '-s -w -X main.version=$(VERSION)$(if $(COMMIT),+$(COMMIT))'

# The captures and texts of real tools that conformance and bench use. They are no part of the repository.
export SCAPLS_SHARED ?= $(abspath ../shared)

GOLANGCI_VERSION := v2.15.0
GOFUMPT_VERSION := v0.12.0
GOLANGCI := $(CACHE)/bin/golangci-lint-$(GOLANGCI_VERSION)
GOFUMPT := $(CACHE)/bin/gofumpt-$(GOFUMPT_VERSION)

PLATFORMS := linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64
# VS Code's name of a platform, and Go's.
VSIX_TARGETS := linux-x64=linux/amd64 linux-arm64=linux/arm64 alpine-x64=linux/amd64 alpine-arm64=linux/arm64 \
	darwin-x64=darwin/amd64 darwin-arm64=darwin/arm64 win32-x64=windows/amd64 win32-arm64=windows/arm64
VSIX_DIR := bin/vsix
HOST_TARGET = $(shell $(GO) env GOHOSTOS GOHOSTARCH | paste -sd- - | sed 's/amd64/x64/; s/windows/win32/')

.PHONY: build check fmt vet lint unit extension-check test race fuzz cross generate generate-check conformance filter-oracle stats-oracle bench bench-capture soak soak-remote agents e2e e2e-setup ssh-setup screenshots run run-setup \
	package package-host vsix/% peers peers-roundtrip peers-export peers-notes clean

build: ## bin/scapls
	CGO_ENABLED=0 $(GO) build $(GOFLAGS_BUILD) -o bin/ ./cmd/scapls

check: fmt vet lint unit extension-check ## the quick checks, no network needed once the tools are installed

# Format: every Go file that git knows or would add.
fmt: $(GOFUMPT)
	@bad=$$(git ls-files -co --exclude-standard '*.go' | grep -v '\.gen\.go$$' | while read -r f; do [ ! -f "$$f" ] || echo "$$f"; done | xargs $(GOFUMPT) -l); \
	if [ -n "$$bad" ]; then echo "not formatted (run gofumpt -w):"; echo "$$bad"; exit 1; fi

vet:
	$(GO) vet ./...

lint: $(GOLANGCI)
	GOLANGCI_LINT_CACHE=$(CACHE)/golangci $(GOLANGCI) run ./...

unit:
	$(GO) test ./...

$(GOLANGCI):
	GOBIN=$(CACHE)/bin $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_VERSION)
	mv $(CACHE)/bin/golangci-lint $@

$(GOFUMPT):
	GOBIN=$(CACHE)/bin $(GO) install mvdan.cc/gofumpt@$(GOFUMPT_VERSION)
	mv $(CACHE)/bin/gofumpt $@

# The extension's packages, installed again when the lock file changes.
NODE_STAMP := vscode-extension/node_modules/.scapls-installed
$(NODE_STAMP): vscode-extension/package-lock.json
	cd vscode-extension && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	touch $@

extension-check: $(NODE_STAMP)
	cd vscode-extension && npm run --silent typecheck && node esbuild.mjs --tests && node --test dist/test/*.mjs

test: ## everything; a skipped part is a failure when SCAPLS_REQUIRE names it
	@testdata/tools/test-all.sh e2e-setup ssh-setup fmt vet lint unit extension-check generate-check race fuzz build conformance cross e2e

# The packages with goroutines. The race detector needs a C compiler.
race:
	CGO_ENABLED=1 $(GO) test -race -short ./scapio $(patsubst %,./%/...,$(wildcard index session rpc capture))

FUZZTIME ?= 3s
fuzz: ## every fuzz target for a few seconds
	@testdata/tools/fuzz.sh $(FUZZTIME)

cross: ## the binary builds for every platform
	@for p in $(PLATFORMS); do \
	  CGO_ENABLED=0 GOOS=$${p%/*} GOARCH=$${p#*/} $(GO) build -trimpath -o /dev/null ./cmd/scapls; \
	  echo "ok   cross $$p"; \
	done

generate: ## event tables, fields, wire types, system calls; BPF objects where clang 16 is
	$(GO) generate ./...

generate-check:
	@testdata/tools/generate-check.sh

conformance: build ## against what real sysdigs printed; ARGS='-hist', '-file NAME -kind calls -v 5', '-update' …
	@$(GO) run ./cmd/internal/conformance $(ARGS)

filter-oracle: ## which events filters select, against real sysdig (make peers); ARGS='-only fd.ip', '-record'
	@mkdir -p $(CACHE) && $(GO) run ./cmd/internal/filteroracle $(ARGS)

stats-oracle: ## statistics and streams against real sysdig's chisels (make peers); ARGS='-only topconns -file nginx', '-only streams'
	@mkdir -p $(CACHE) && $(GO) run ./cmd/internal/statsoracle $(ARGS)

bench: build ## speed and memory against the goals, and against real sysdig (make peers)
	@$(GO) run ./cmd/internal/bench $(ARGS)

bench-capture: ## what a capture costs each call of the observed program, as root; ARGS='-runs 10 -strict'
	@mkdir -p $(CACHE) && $(GO) build -o $(CACHE)/capturebench ./cmd/internal/capturebench && $(CACHE)/capturebench $(ARGS)

soak: build ## ten minutes of capture under load (root, Linux); SOAK_SECONDS=
	@testdata/tools/soak.sh $(or $(SOAK_SECONDS),600)

soak-remote: ssh-setup ## links of remote captures cut at random, 50 times or CUTS=
	SCAPLS_REQUIRE=ssh SCAPLS_CUTS=$(or $(CUTS),50) $(GO) test -count=1 -timeout 20m -v -run TestCutLinks ./capture/remote

AGENTS_DIR ?= bin/agents
agents: ## what remote captures upload, for both architectures, with their sums
	@rm -rf $(AGENTS_DIR) && mkdir -p $(AGENTS_DIR)
	@for arch in amd64 arm64; do CGO_ENABLED=0 GOOS=linux GOARCH=$$arch $(GO) build $(GOFLAGS_BUILD) -o $(AGENTS_DIR)/scapls-linux-$$arch ./cmd/scapls; done
	@cd $(AGENTS_DIR) && { sha256sum scapls-linux-* 2>/dev/null || shasum -a 256 scapls-linux-*; } >SHA256SUMS
	@echo "ok   $(AGENTS_DIR)"

e2e-setup:
	@testdata/tools/setup-e2e.sh

ssh-setup:
	@testdata/tools/setup-ssh.sh

run-setup:
	@command -v $(GO) >/dev/null || { echo "please install Go 1.26 or newer"; exit 1; }
	@SKIP_BROWSER=1 testdata/tools/setup-e2e.sh

e2e: e2e-setup build package-host ## the extension in a real VS Code in a real browser
	@testdata/tools/e2e.sh $(CURDIR)/$(VSIX_DIR)/scapls-$(HOST_TARGET).vsix

screenshots: e2e-setup build package-host ## in four themes into artifacts/themes, and docs/screenshot.png
	@testdata/tools/e2e.sh $(CURDIR)/$(VSIX_DIR)/scapls-$(HOST_TARGET).vsix test/e2e/screenshots.mjs $(CURDIR)/docs/screenshot.png

run: run-setup build package-host ## FILE=/path/x.scap opens that capture, PORT=8127 chooses the port
	@testdata/tools/run.sh $(CURDIR)/$(VSIX_DIR)/scapls-$(HOST_TARGET).vsix $(FILE)

# One vsix per platform, each with its own binary.
package: $(foreach t,$(VSIX_TARGETS),vsix/$(firstword $(subst =, ,$(t)))) ## bin/vsix/*.vsix for eight platforms

package-host: vsix/$(HOST_TARGET)

vsix/%: $(NODE_STAMP)
	@mkdir -p $(VSIX_DIR) $(CACHE)
	@platform=$(patsubst $*=%,%,$(filter $*=%,$(VSIX_TARGETS))); \
	[ -n "$$platform" ] || { echo "no platform $*"; exit 1; }; \
	rm -rf vscode-extension/bin && mkdir vscode-extension/bin; \
	CGO_ENABLED=0 GOOS=$${platform%/*} GOARCH=$${platform#*/} $(GO) build $(GOFLAGS_BUILD) -o vscode-extension/bin/ ./cmd/scapls; \
	$(MAKE) --no-print-directory agents AGENTS_DIR=vscode-extension/bin/agents; \
	case $$platform in linux/*) rm vscode-extension/bin/agents/scapls-linux-$${platform#*/};; esac; \
	cd vscode-extension; \
	npx --no-install vsce package --no-dependencies --target $* -o ../$(VSIX_DIR)/scapls-$*.vsix >$(CACHE)/vsce.log 2>&1 || { cat $(CACHE)/vsce.log; exit 1; }
	@echo "ok   $(VSIX_DIR)/scapls-$*.vsix"

peers: ## real sysdig and Stratoshark in a chroot (Debian, root)
	@testdata/tools/peers.sh setup

peers-roundtrip: build ## what scapls writes, opened by real sysdig and Stratoshark
	@testdata/tools/peers-roundtrip.sh $(FILE)

peers-export: build ## slices that scapls writes show in real sysdig what the whole capture shows
	@testdata/tools/peers-export.sh $(FILE)

peers-notes: build ## copies with notes are to both what they were, and Stratoshark shows the notes
	@testdata/tools/peers-notes.sh $(FILE)

clean:
	rm -rf bin artifacts .cache/run .cache/test vscode-extension/bin vscode-extension/dist
