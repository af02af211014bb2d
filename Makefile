# The commands for users. Everything is built in release mode with all traits.

SWIFT ?= swift
TRAITS = --traits Tools,WebP,Serve
# With Swift's runtime linked in, the command starts faster and runs without an installed Swift.
# lld, because gold warns about a function in it.
BUILD = $(SWIFT) build -c release $(TRAITS) --static-swift-stdlib -Xswiftc -use-ld=lld
# The tests use internal names. One build serves the tests and the command that they run.
TESTABLE = -c release -Xswiftc -enable-testing $(TRAITS)
PREFIX ?= /usr/local
# A Python with the packages that Tools/interop/interop.py (make interop), Benchmarks/peers/requirements.txt
# (make bench-peers), Tools/serving/requirements.txt or Benchmarks/serve/requirements.txt lists.
PYTHON ?= python3
SOURCES = Package.swift Sources Tests Examples
PRODUCTS = EfficientNet EfficientNetCompute EfficientNetSystem EfficientNetImages EfficientNetFormats \
	EfficientNetHub EfficientNetFeatures EfficientNetTraining EfficientNetSearch EfficientNetExplanation \
	EfficientNetQuantization

.PHONY: all build serve demo test api docs parity interop serve-interop bench-serve bench-peers bench-peers-train bench-curves bench-subnormals lint format kernels install clean

all: build

build: ## Build the libraries and the command.
	@Scripts/bootstrap.sh
	@$(BUILD) --product effnet
	@$(BUILD) --product effnet-serve

serve: build ## Download pretrained weights and start the server on http://127.0.0.1:8080.
	@.build/release/effnet pull lite0
	@.build/release/effnet serve

demo: build ## Download pretrained weights and classify the sample photos.
	@.build/release/effnet pull lite0
	@for photo in cat.png coffee.png rocket.jpg; do .build/release/effnet classify Examples/photos/$$photo || exit 1; done

# With this variable, Package.swift makes every warning an error.
test api parity: export EFFNET_STRICT = 1

test: ## Check the format, build and run all tests.
	@Scripts/bootstrap.sh
	@$(MAKE) --no-print-directory lint
	@$(SWIFT) build $(TESTABLE) --build-tests
	@SWIFT="$(SWIFT)" Scripts/test.sh $(TESTABLE) --skip-build

api: ## Write the public declarations of the libraries to Docs/api, after an intended change.
	@Scripts/bootstrap.sh
	@$(SWIFT) build $(TESTABLE) --build-tests
	@EFFNET_API=write $(SWIFT) test $(TESTABLE) --skip-build --filter PublicInterfaceTests

docs: ## Build the documentation of the libraries as a website in .build/docs.
	@Scripts/bootstrap.sh
	@EFFNET_DOCS=1 $(SWIFT) package --allow-writing-to-directory .build/docs generate-documentation \
		$(foreach product,$(PRODUCTS),--target $(product)) --enable-experimental-combined-documentation \
		--warnings-as-errors --output-path .build/docs
	@echo "To read it: python3 -m http.server --directory .build/docs 8000, then http://127.0.0.1:8000/documentation"

parity: ## Compare the logits of every network with those of other frameworks, and print a table.
	@Scripts/bootstrap.sh
	@$(SWIFT) build $(TESTABLE) --build-tests
	@EFFNET_PARITY=all $(SWIFT) test $(TESTABLE) --skip-build --filter ParityTests

interop: build ## Exchange weight files with other frameworks, compare the logits, and print a table.
	@$(PYTHON) Tools/interop/interop.py

# MODELS="b0 b4" and ROUNDS=30 measure a part. OPTIONS takes the options of python -m Benchmarks.peers,
# Benchmarks.train, Benchmarks.curves or Benchmarks.subnormals (see --help).
bench-peers: build ## Measure other runtimes and ours in turns, and write a page for this machine into Docs/benchmarks.
	@BENCH_COMMAND='make $@ $(strip $(foreach name,MODELS ROUNDS OPTIONS,$(if $($(name)),$(name)="$($(name))")))' \
		$(PYTHON) -m Benchmarks.peers $(if $(MODELS),--models $(MODELS)) $(if $(ROUNDS),--rounds $(ROUNDS)) $(OPTIONS)

bench-peers-train: build ## Measure training steps of other frameworks and ours in turns, and write a page for this machine into Docs/benchmarks.
	@BENCH_COMMAND='make $@ $(strip $(foreach name,ROUNDS OPTIONS,$(if $($(name)),$(name)="$($(name))")))' \
		$(PYTHON) -m Benchmarks.train $(if $(ROUNDS),--rounds $(ROUNDS)) $(OPTIONS)

bench-serve: build ## Measure the server under load beside other servers, and write a page for this machine into Docs/benchmarks.
	@BENCH_COMMAND='make $@ $(strip $(foreach name,OPTIONS,$(if $($(name)),$(name)="$($(name))")))' \
		$(PYTHON) -m Benchmarks.serve $(OPTIONS)

serve-interop: build ## Run the clients of Triton, KServe and others against the server.
	@$(PYTHON) Tools/serving/interop.py $(OPTIONS)

bench-curves: build ## Measure how the cost grows with batch and network, and write Docs/benchmarks/curves.md.
	@BENCH_COMMAND='make $@ $(strip $(foreach name,ROUNDS OPTIONS,$(if $($(name)),$(name)="$($(name))")))' \
		$(PYTHON) -m Benchmarks.curves $(if $(ROUNDS),--rounds $(ROUNDS)) $(OPTIONS)

bench-subnormals: build ## Measure whether subnormal numbers take longer, and write Docs/benchmarks/subnormals.md.
	@BENCH_COMMAND='make $@ $(strip $(foreach name,MODELS ROUNDS OPTIONS,$(if $($(name)),$(name)="$($(name))")))' \
		$(PYTHON) -m Benchmarks.subnormals $(if $(MODELS),--models $(MODELS)) $(if $(ROUNDS),--rounds $(ROUNDS)) $(OPTIONS)

lint: ## Check the format of the sources.
	@$(SWIFT) format lint --strict --recursive --configuration .swift-format $(SOURCES)
	@Scripts/clang-format.sh --dry-run --Werror

format: ## Format the sources.
	@$(SWIFT) format --in-place --recursive --configuration .swift-format $(SOURCES)
	@Scripts/clang-format.sh -i

kernels: ## Compare the kernels with the scalar ones: NEON in an emulator, this machine's under sanitizers.
	@Scripts/check-kernels.sh

install: build ## Copy the commands to $(PREFIX)/bin.
	install -D .build/release/effnet $(DESTDIR)$(PREFIX)/bin/effnet
	install -D .build/release/effnet-serve $(DESTDIR)$(PREFIX)/bin/effnet-serve

clean: ## Remove all build products.
	rm -rf .build
