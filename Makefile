# What a person does here; `make` alone lists it.
.DEFAULT_GOAL := help
.PHONY: help run build test bench bench-big soak lint lint-contract format generate migration check-generated

GOFUMPT     := go run mvdan.cc/gofumpt@v0.9.2
STATICCHECK := go run honnef.co/go/tools/cmd/staticcheck@v0.8.1
HANDWRITTEN := $(shell git ls-files -co --exclude-standard '*.go' | grep -v -e '^ent/db/' -e '^graph/internal/exec/')
FUZZTIME    ?= 2m

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: build ## build, then serve the demo on 127.0.0.1:8080
	@./bin/citrus-channel demo

build: ## build bin/citrus-channel
	@go build -o bin/citrus-channel ./server

SHELL := /bin/bash

test: ## all tests with the race detector, on SQLite and, where there is one, on PostgreSQL
	@(exec 3<>/dev/tcp/127.0.0.1/5432) 2>/dev/null || test -n "$$CITRUS_TEST_POSTGRES" || \
		echo "no PostgreSQL on 127.0.0.1:5432 and no CITRUS_TEST_POSTGRES: its half of the tests is skipped"
	go test -race -timeout 20m ./...

bench: ## the figures, each beside its reference
	go test -run '^$$' -bench . -benchmem ./server/... ./graph/...

bench-big: ## pages and starts on a million stored tickets: minutes, and some GB of disk
	CITRUS_BENCH_BIG=1 go test -run '^$$' -bench 'Ingest|Stock' -benchtime 200x -timeout 1h ./server/ticket
	CITRUS_BENCH_BIG=1 go test -run '^$$' -bench Start -benchtime 1x -timeout 1h ./server/app

soak: ## long runs: everything seeded at full length, then each fuzzer for FUZZTIME
	CITRUS_SOAK=1 go test -race -timeout 2h ./...
	@for f in $$(grep -rlE '^func Fuzz' --include='*_test.go' server graph | sort); do \
		for name in $$(grep -oE '^func Fuzz[A-Za-z]*' $$f | cut -c6-); do \
			echo "$$name in $$(dirname $$f)"; \
			go test -run '^$$' -fuzz "^$$name$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x ./$$(dirname $$f) || exit 1; \
		done; \
	done

lint: ## formatting, vet and staticcheck
	@unformatted=$$($(GOFUMPT) -l $(HANDWRITTEN)); test -z "$$unformatted" || { echo "make format would change:"; echo "$$unformatted"; exit 1; }
	go vet ./...
	$(STATICCHECK) $$(go list ./... | grep -v -e /ent/db -e /graph/internal/exec)

lint-contract: frontend-contract/node_modules ## the contract and its operations by graphql-eslint; needs Node 20
	@cd frontend-contract && npm run -s lint

frontend-contract/node_modules: frontend-contract/package-lock.json
	@cd frontend-contract && npm ci --no-audit --no-fund --silent && touch node_modules

format: ## format what people write
	@$(GOFUMPT) -w $(HANDWRITTEN)

generate: ## ent/db from ent/schema, graph/internal/exec from schema.graphql
	cd ent && go generate .
	go tool gqlgen generate

migration: ## the next migration of both databases: make migration NAME=add_something (needs PostgreSQL)
	go run ./ent/generate/migration -name $(NAME)

check-generated: generate ## fail when regenerating changes anything or a migration is missing
	go run ./ent/generate/migration -check
	@git diff --exit-code --stat -- ent/db ent/migrations graph/internal/exec go.mod go.sum
	@test -z "$$(git status --porcelain -- ent/db ent/migrations graph/internal/exec)" || { git status --porcelain -- ent/db graph/internal/exec; exit 1; }
