# Throughline. `make` alone lists what there is to do.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

WEB_SOURCES := $(shell find web/src web/public -type f 2>/dev/null) \
	web/index.html web/package.json web/package-lock.json web/vite.config.ts web/tsconfig.json
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)

.PHONY: help run test mutate bench bench-replicas crash fuzz fuzz-api lint fmt dev build web gen clean

help: ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1|\2/' | column -t -s '|'

run: web ## build the web app when it changed and serve on http://127.0.0.1:8080
	go run ./cmd/throughline serve

test: ## check everything: lint, both databases, features, browser journeys, benchmarks once (STEPS="go features" for some)
	@scripts/test.sh $(STEPS)

mutate: ## take away each condition on the workspace and each permission check: the tests of the wall must notice
	@scripts/mutate.sh

bench: ## fill both databases and print the speed tables (SCALE=100000 by default; QUICK=1 for a tenth; ENGINE=sqlite or postgres)
	@scripts/bench.sh

bench-replicas: build ## measure one, two and three replicas on PostgreSQL and Redis, and who uses the processor
	@scripts/bench-replicas.sh

crash: build ## kill the program again and again while it is written to, on both databases (KILLS=200 each by default, SEED=1)
	@scripts/crash.sh

fuzz: ## fuzz everything that parses foreign bytes, and run the models for long (FUZZTIME=2m for each by default)
	@scripts/fuzz.sh

fuzz-api: ## send hostile requests to every operation (FUZZ=1000 of each by default; also on PostgreSQL with THROUGHLINE_TEST_POSTGRES)
	THROUGHLINE_TEST_FUZZ=$${FUZZ:-1000} go test -count=1 -timeout=2h -v -run TestEveryOperationWithstandsHostileRequests ./test/attack

lint: ## the fast part of `make test`: formatting, linters, types
	@scripts/test.sh tools lint web

fmt: bin/tools/golangci-lint web/node_modules/.installed ## put Go and TypeScript into their standard form
	bin/tools/golangci-lint fmt
	cd web && npm run --silent fix

dev: web/node_modules/.installed ## serve with reload: http://127.0.0.1:5173 for the app, Go restarts when a file changes
	@scripts/dev.sh

build: web ## build the single binary bin/throughline
	CGO_ENABLED=0 go build -trimpath -ldflags '-s -w -X github.com/throughlinehq/throughline/internal/app.Version=$(VERSION)' -o bin/throughline ./cmd/throughline

web: web/dist/index.html ## build the web app into web/dist

gen: web/node_modules/.installed ## regenerate openapi.json, the TypeScript types and the map in docs/architecture.md
	@scripts/gen.sh

clean: ## remove what was built; data stays
	rm -rf bin web/node_modules test/e2e/node_modules test/tools/node_modules
	find web/dist -mindepth 1 ! -name .keep -delete

web/node_modules/.installed: web/package.json web/package-lock.json
	# Not npm ci: it refuses the lock file where a registry lacks packages for other systems.
	cd web && npm install --no-save --no-audit --no-fund --loglevel=error
	@touch $@

web/dist/index.html: web/node_modules/.installed $(WEB_SOURCES)
	cd web && npm run --silent build
	@touch $@

bin/tools/golangci-lint: tools/go.mod tools/go.sum
	@mkdir -p bin/tools
	cd tools && go build -o ../bin/tools/ github.com/golangci/golangci-lint/v2/cmd/golangci-lint
	@touch $@

bin/tools/govulncheck: tools/go.mod tools/go.sum
	@mkdir -p bin/tools
	cd tools && go build -o ../bin/tools/ golang.org/x/vuln/cmd/govulncheck
	@touch $@
