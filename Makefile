# Needs Node >= 20.19 and GNU make, nothing else. `make help` lists the targets.
NODE ?= node
NPM ?= npm
BIN := node_modules/.bin
DRAINTRACE := $(NODE) dist/bin/draintrace.js
DEMO_DB := tmp/demo.duckdb
# Test files at a time; most of them wait for a process of their own.
JOBS ?= 2

# Real servers and browsers are a matter of targets of their own; everything else needs none.
TESTS := $(shell find test -name '*.test.ts' ! -path 'test/s3/real*' ! -path 'test/browser/*' ! -path 'test/prometheus/*' ! -path 'test/kubernetes/*' ! -path 'test/moto/*' ! -path 'test/viewer/*' ! -path 'test/agent/*' ! -path 'test/image/*' ! -path 'test/install/*' ! -path 'test/engine/real*' | sort)
S3_TESTS := $(shell find test/s3 -name 'real*.test.ts' | sort)
PROMETHEUS_TESTS := $(shell find test/prometheus -name '*.test.ts' | sort)
BROWSER_TESTS := $(shell find test/browser -name '*.test.ts' | sort)
TRINO_TESTS := $(shell find test/engine -name 'real*.test.ts' | sort)
TRINO := $(HOME)/.cache/draintrace/trino
TRINO_VERSION := 476
# Commands whose code meets Node itself: files, threads, streams, terminals.
BINARY_TESTS := $(sort $(wildcard test/command/binary.test.ts test/command/golden.test.ts test/command/load.test.ts test/command/recorded-incident.test.ts test/command/s3.test.ts test/command/export.test.ts))
SOURCES := $(shell find src -name '*.ts')
VIEWS := $(shell find queries/view -name '*.sql')

# Tests that start the program again and again: every disturbance of an input, every command of the documents, every output on a full
# disk. `make test` leaves them to `make test-long`, so that a stranger waits minutes; .ci/run runs both.
LONG_TESTS := $(addprefix test/,deploy.test.ts docs.test.ts pipeline/gate.test.ts release.test.ts \
  $(addprefix accuracy/,more-evidence.test.ts more-evidence-target.test.ts slice.test.ts traffic-shape.test.ts) \
  $(addprefix athena/,answer.test.ts one-table.test.ts pull.test.ts run.test.ts trouble.test.ts) \
  $(addprefix command/,advise.test.ts coverage.test.ts emit.test.ts export.test.ts export-s3.test.ts id.test.ts lake-archive.test.ts load.test.ts \
    live.test.ts load-progress.test.ts nightly.test.ts nightly-notify.test.ts output.test.ts refusal.test.ts secret.test.ts shell.test.ts small-output.test.ts wrapped.test.ts) \
  gather/incident.test.ts \
  $(addprefix mcp/,broken.test.ts hostile.test.ts score.test.ts server.test.ts) \
  $(addprefix evidence/,incident.test.ts read.test.ts unwrap.test.ts) fuzz/lines.test.ts \
  $(addprefix load/,bomb.test.ts damage.test.ts delivered.test.ts disturbed.test.ts evidence.test.ts failures.test.ts failures-near.test.ts failures-verdict.test.ts fault.test.ts kernel-off.test.ts kill.test.ts \
    lake.test.ts line-handler.test.ts other-logs.test.ts trouble.test.ts) \
  $(addprefix query/,database.test.ts keep-alive.test.ts) source/s3-narrow.test.ts source/wrong-blame.test.ts \
  $(addprefix store/,database.test.ts judge.test.ts lake-change.test.ts migrate.test.ts trust.test.ts) story/score.test.ts)
KILL_TESTS := test/command/kill.test.ts

# A test that hangs fails after ten minutes instead of holding up all others.
# `make test T=test/query/golden.test.ts N=trace` runs one file, or the tests with this name.
T ?= $(filter-out $(LONG_TESTS) $(KILL_TESTS),$(TESTS))
NAMED := $(if $(N),--test-name-pattern='$(N)')
# Tests of the inner loop: they read no file but their own golden cases, start no process, and take less than a second each.
SLOW_TESTS := test/alb/kernel.test.ts test/lint/read.test.ts test/lint/world.test.ts test/alb/delivered.test.ts $(addprefix test/evidence/,incident.test.ts simulated.test.ts unwrap.test.ts stream.test.ts json-stream.test.ts read.test.ts) $(addprefix test/simulate/,simulate.test.ts target.test.ts world.test.ts)
QUICK_TESTS := $(filter-out $(SLOW_TESTS),$(shell find test/alb test/evidence test/lint test/report test/simulate test/time test/architecture.test.ts -name '*.test.ts' | sort))
TEST_FLAGS := --import tsx --test-timeout=600000 --test-concurrency=$(JOBS) --test

.DEFAULT_GOAL := help
.PHONY: help demo build test test-long check accept test-sql test-program test-docs test-cost lint typecheck bench accuracy score score-agent docs clean
.PHONY: test-image test-install lint-rivals trino test-trino test-s3 test-prometheus test-kubernetes test-aws test-agent test-kill test-bomb test-browser test-viewer pictures test-node fuzz kernel
.DELETE_ON_ERROR:

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: build ## load the samples, then trace the recorded incident
	@mkdir -p tmp && rm -rf $(DEMO_DB) $(DEMO_DB).wal $(DEMO_DB).spool
	@echo '$$ draintrace load samples/rollout-day samples/recorded-incident --timezone +08:00'
	@$(DRAINTRACE) load samples/rollout-day samples/recorded-incident --timezone +08:00 --db $(DEMO_DB)
	@echo
	@echo '$$ draintrace query failures-per-rollout'
	@$(DRAINTRACE) query failures-per-rollout --db $(DEMO_DB)
	@echo
	@echo '$$ draintrace trace --to 2023-01-08T00:00:00Z'
	@$(DRAINTRACE) trace --to 2023-01-08T00:00:00Z --db $(DEMO_DB)

build: dist/.built ## compile src/ to dist/

test: build typecheck lint ## what needs no server, in minutes (T=test/query/golden.test.ts for one file, N=name for some tests)
	$(NODE) $(TEST_FLAGS) $(NAMED) $(T)

test-long: build ## tests that start the program again and again: disturbances, full disks, every command of the documents
	$(NODE) $(TEST_FLAGS) $(NAMED) $(LONG_TESTS)

check: node_modules/.installed ## the inner loop: types, lint, and the quick tests (make test runs them in full); prints its CPU time
	@$(BIN)/tsc -p tsconfig.json && $(BIN)/biome check . && $(NODE) --import tsx $(NAMED) test/quick.ts $(QUICK_TESTS) && \
	  echo 'CPU time of types, lint and tests, user and system, is the second line:' && times

test-sql: build ## questions, views and verdicts
	$(NODE) $(TEST_FLAGS) $(NAMED) $(shell find test/query -name '*.test.ts' | sort)

test-program: build ## the built program, command by command
	$(NODE) $(TEST_FLAGS) $(NAMED) $(shell find test/command -name '*.test.ts' | sort)

test-docs: build ## every command and statement of the documents
	$(NODE) $(TEST_FLAGS) $(NAMED) test/docs.test.ts test/docs/printed.test.ts test/store/schema-docs.test.ts

test-cost: build ## CPU seconds of each test file, the most expensive first (T=... for some); alone, so it takes long
	@for file in $(T); do \
	  bash -c "TIMEFORMAT='%U %S $$file'; time $(NODE) $(TEST_FLAGS) $$file >/dev/null 2>&1"; \
	done 2>&1 | awk '{ printf "%7.1f %s\n", $$1 + $$2, $$3 }' | sort -rn

accept: ## take every result that differs as expected; look at `git diff` afterwards
	@find README.md docs samples test \( -name '*-changed*' -o -name '*.changed.*' \) | while read -r changed; do \
	  expected=$$(printf '%s' "$$changed" | sed 's/[-.]changed//'); mv -v "$$changed" "$$expected"; done

test-trino: build trino ## questions on a real Trino (Java 24 or newer; its archive, 0.8 GB, comes with Maven; readers of Iceberg from PyPI; TRINO_SHORT=1 asks less)
	bash test/engine/install-readers.sh
	TRINO_SHORT=$(TRINO_SHORT) $(NODE) $(TEST_FLAGS) --test-timeout=1400000 $(TRINO_TESTS)

trino: $(TRINO)/trino-server-$(TRINO_VERSION)/.ready-with-iceberg ## fetch Trino to ~/.cache/draintrace

# Only the connectors of Hive and Iceberg are kept of some fifty. Plugins share files by hard links, so all are unpacked first.
$(TRINO)/trino-server-$(TRINO_VERSION)/.ready-with-iceberg:
	@mkdir -p $(TRINO)/unpack
	@test -f $(TRINO)/trino-server-$(TRINO_VERSION).tar.gz || \
	  mvn -B -q dependency:copy -Dartifact=io.trino:trino-server:$(TRINO_VERSION):tar.gz -DoutputDirectory=$(TRINO)
	tar xzf $(TRINO)/trino-server-$(TRINO_VERSION).tar.gz -C $(TRINO)/unpack
	cd $(TRINO)/unpack/trino-server-$(TRINO_VERSION)/plugin && ls | grep -vxE 'hive|iceberg' | xargs rm -rf
	rm -rf $(TRINO)/trino-server-$(TRINO_VERSION)
	mv $(TRINO)/unpack/trino-server-$(TRINO_VERSION) $(TRINO) && rmdir $(TRINO)/unpack
	@touch $@

test-s3: build ## against a real S3 server: OpenStack Swift, from Debian's packages
	$(NODE) $(TEST_FLAGS) $(S3_TESTS)

test-kubernetes: build ## `watch` of a real kube-apiserver, built from its modules (needs Go; the first time 10 minutes)
	bash test/kubernetes/build.sh
	$(NODE) $(TEST_FLAGS) test/kubernetes/real.test.ts

test-aws: build ## target health and Athena from moto, which speaks AWS's own protocol (needs Python and PyPI)
	bash test/moto/install.sh
	$(NODE) $(TEST_FLAGS) test/moto/*.test.ts

test-agent: build ## draintrace mcp with the Python client of its protocol (needs Python and PyPI)
	bash test/agent/install.sh
	$(NODE) $(TEST_FLAGS) test/agent/*.test.ts

test-prometheus: build ## kube-state-metrics from a real Prometheus (Debian: prometheus, prometheus-pushgateway); rules, and the dashboard by Grafana's types (Go)
	$(NODE) $(TEST_FLAGS) $(PROMETHEUS_TESTS)

test-browser: build ## pages in a real headless Chromium (Debian: chromium, or set CHROMIUM); INCIDENTS=15 for fewer
	INCIDENTS=$(or $(INCIDENTS),60) $(NODE) $(TEST_FLAGS) $(BROWSER_TESTS)

test-viewer: build ## the incident as a trace, opened by Perfetto, Chrome's trace viewer and speedscope (needs Chromium, PyPI, npm)
	bash test/viewer/install.sh
	$(NODE) $(TEST_FLAGS) test/viewer/*.test.ts

pictures: build ## screenshots of the report for docs/report.md, to look at before a release (Debian: chromium)
	$(NODE) --import tsx test/browser/pictures.ts

test-image: ## build deploy/Dockerfile with podman and run it, read-only and without root (Debian: podman runc)
	$(NODE) $(TEST_FLAGS) test/image/image.test.ts

test-install: build ## install the package as users do: tarball, npx, a clone, a Git address
	$(NODE) $(TEST_FLAGS) test/install/install.test.ts

test-kill: build ## kill every command that writes 100 times, load of logs also while it reads from a real S3 server (KILLS=50 for each half of it, COMMAND_KILLS=5 for fewer of the others)
	KILLS=$(or $(COMMAND_KILLS),$(KILLS),100) $(NODE) $(TEST_FLAGS) --test-timeout=7200000 --test-name-pattern=killed $(KILL_TESTS) test/athena/pull.test.ts test/watch/journal.test.ts
	KILLS=$(or $(KILLS),50) $(NODE) $(TEST_FLAGS) --test-name-pattern='killed .* from (files|Swift)' test/load/kill.test.ts test/s3/real-load.test.ts

test-bomb: build ## load gzip bombs of 10 GB (make test: 0.25 GB)
	BOMB_GB=10 $(NODE) $(TEST_FLAGS) test/load/bomb.test.ts

fuzz: node_modules/.installed ## read 5 million broken lines (FUZZ="50000000 7" for more, with another seed)
	$(NODE) --import tsx test/fuzz/lines.ts $(FUZZ)

kernel: node_modules/.installed ## compile kernel/, the fast line reader, into src/alb/kernel-code.ts
	$(NODE) --import tsx kernel/build.ts

# The npm package `node` brings other versions of Node; they run the demo and the tests of the program itself.
NODE_VERSIONS ?= 22 24
test-node: build ## demo and program tests under Node 22 and 24 (NODE_VERSIONS=24 for one of them)
	@set -eu; for version in $(NODE_VERSIONS); do \
	  folder=$$(mktemp -d); \
	  trap 'rm -rf "$$folder"' EXIT; \
	  $(NPM) install --silent --no-audit --no-fund --no-save --prefix "$$folder" node@$$version >&2; \
	  node="$$folder/node_modules/node/bin/node"; \
	  echo "== Node $$("$$node" --version)"; \
	  $(MAKE) --no-print-directory demo NODE="$$node" DEMO_DB="$$folder/demo.duckdb"; \
	  "$$node" $(TEST_FLAGS) $(BINARY_TESTS); \
	  rm -rf "$$folder"; \
	done

lint: node_modules/.installed ## format and lint rules
	$(BIN)/biome check .

lint-rivals: node_modules/.installed ## other linters of manifests on the cases of `draintrace lint`; writes docs/lint.md (needs Go)
	bash test/lint/rivals.sh

typecheck: node_modules/.installed ## types of src, test, samples and bench
	$(BIN)/tsc -p tsconfig.json

bench: build ## load against its rivals, on 1.5 million rows (BENCH_ARGS="--rows 300000" for fewer)
	$(NODE) --import tsx bench/run.ts $(BENCH_ARGS)

score: build ## samples/stories scored, as Markdown (STORY=name tells of one)
	$(NODE) --import tsx bench/story.ts $(STORY)

score-agent: build ## the same stories, answered from the tools of draintrace mcp alone (STORY=name tells of one)
	$(NODE) --import tsx bench/agent.ts $(STORY)

accuracy: build ## verdicts against the truth of made-up incidents; writes docs/accuracy.md
	$(NODE) --import tsx bench/accuracy.ts $(ACCURACY_ARGS)

docs: build ## print the tables of docs/ from the code: flags, rules, shapes, folders, licences
	$(NODE) --import tsx test/docs/printed.ts

clean: ## remove what the other targets made
	rm -rf dist tmp bench/data coverage node_modules

node_modules/.installed: package.json package-lock.json
	$(NPM) ci --no-audit --no-fund --ignore-scripts
	@touch $@

dist/.built: node_modules/.installed build.js third-party.js tsconfig.json $(SOURCES) $(VIEWS)
	$(NPM) run --silent build
	@touch $@
