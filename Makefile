# Everything a developer runs. `make help` lists it.

GO     ?= go
TOOL   := $(GO) tool -modfile=tools.mod
BIN    := bin/huiyin
DATA   ?= ./data
ADDR   ?= 127.0.0.1:12345

# What is under the race detector: the rooms with goroutines of their own.
RACE   := ./internal/auth/... ./internal/casework/... ./internal/crypt/... ./internal/db/... ./internal/jobs/... ./internal/search/... ./internal/draft/... ./internal/figures/... ./internal/meter/...
FUZZTIME ?= 20s

export CGO_ENABLED = 0

.DEFAULT_GOAL := help
.PHONY: help assets build run test test-quick test-race deps lint fmt fuzz bench clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

ASSETS := internal/web/ui/static/vendor/icons.svg

assets: $(ASSETS) ## fetch what pages need from npm, as the lock file has it

$(ASSETS): scripts/assets.sh internal/web/ui/package-lock.json $(shell find internal/web -name '*.html' -o -name '*.go')
	scripts/assets.sh

build: assets ## make bin/huiyin, one static program
	$(GO) build -trimpath -buildvcs=auto -o $(BIN) ./cmd/huiyin

run: build ## build, fill the demo city if the data folder is empty, serve on 127.0.0.1:12345
	$(BIN) --data $(DATA) serve --demo --addr $(ADDR)

test: deps assets lint test-race ## lint, then all tests on SQLite and PostgreSQL
	scripts/pg-test.sh $(GO) test -shuffle=on -timeout 20m ./...

test-quick: assets ## short tests on SQLite only
	$(GO) test -short -timeout 5m ./...

test-race: ## short tests of the concurrent rooms under the race detector, if there is a C compiler
	scripts/race-test.sh $(RACE)

deps: ## install the Debian packages that the tests need, or name them
	scripts/install-deps.sh

lint: ## go vet, golangci-lint with gofumpt
	$(GO) vet ./...
	$(TOOL) golangci-lint run --allow-parallel-runners ./...

fmt: ## format all Go files
	$(TOOL) gofumpt -w cmd internal

fuzz: ## fuzz every target for FUZZTIME (20s) each
	scripts/fuzz.sh $(FUZZTIME)

bench: build ## measure the loop and the hot paths on this machine
	scripts/bench.sh $(BIN)

clean: ## remove what was built, keep the data
	rm -rf bin dist
