# Every target does its own set-up; a second run starts at once. Needs Python 3.11+, make and git.
#   make live ARGS="--source 0"     pass arguments on
#   make setup PYTHON=python3.12    choose the Python that .venv is made from

.DEFAULT_GOAL := help
SHELL := /bin/sh
ARGS ?=
WORKERS ?= 2
BIN := .venv/bin
LIVE := .venv/.installed-live
DEV := .venv/.installed-dev
CHECKS := .venv/.installed-checks
MINUTES ?= 1
INPUTS := requirements/install.sh requirements/system-packages.sh requirements/bootstrap.txt pyproject.toml
HEADLESS := QT_QPA_PLATFORM=offscreen OMP_NUM_THREADS=1

# A .venv that came along with a copied checkout would run the code of the other one.
ifneq ($(wildcard .venv/.checkout),)
ifneq ($(shell cat .venv/.checkout),$(CURDIR))
.PHONY: $(LIVE) $(DEV)
endif
endif

.PHONY: help live setup test test-slow fuzz mutants licences sbom lint format docs bench train-demo gallery screenshots lock clean

help:
	@echo "make live         open the app (ARGS=\"--source 0\" passes arguments on)"
	@echo "make test         lint, types and tests"
	@echo "make test-slow    the tests that take longer than a few seconds"
	@echo "make fuzz         search for files on which a reader fails (MINUTES=1 for each, READERS=\"...\")"
	@echo "make mutants      change the program place by place; do tests notice? (FILES=\"...\")"
	@echo "make licences     the licences of all locked packages, against those that are allowed"
	@echo "make sbom         what is installed, as CycloneDX, in build/sbom.json"
	@echo "make setup        the full development environment in .venv"
	@echo "make lint         ruff and basedpyright"
	@echo "make format       let ruff mend what it can"
	@echo "make docs         the documentation site, in build/site"
	@echo "make bench        measure speed here and write docs/benchmarks.md"
	@echo "make train-demo   train a small network, report on it, export it (FERPLUS=FOLDER)"
	@echo "make gallery      record the five sessions of docs/gallery.md again"
	@echo "make screenshots  take the pictures in docs/ again"
	@echo "make lock         refresh the locks in requirements/"

$(LIVE): $(INPUTS) requirements/live.txt
	@sh requirements/install.sh live

$(DEV): $(INPUTS) requirements/dev.txt requirements/live.txt
	@sh requirements/install.sh dev

$(CHECKS): requirements/checks.txt | $(DEV)
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --no-deps -r $<
	@touch $@

live: $(LIVE)
	@$(BIN)/avce-live $(ARGS)

setup: $(DEV)

test: $(DEV) lint
	$(HEADLESS) $(BIN)/python -m pytest -n $(WORKERS) $(ARGS)

test-slow: $(DEV)
	$(HEADLESS) $(BIN)/python -m pytest -n $(WORKERS) -m slow $(ARGS)

fuzz: $(DEV) $(CHECKS)
	$(HEADLESS) $(BIN)/python -m tests.fuzzing.fuzz --minutes $(MINUTES) $(READERS)

mutants: $(DEV) $(CHECKS)
	$(HEADLESS) $(BIN)/python tools/mutants.py $(FILES)

licences: $(DEV)
	@$(BIN)/python tools/licences.py

sbom: $(DEV) $(CHECKS)
	@mkdir -p build
	$(BIN)/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible \
		--output-file build/sbom.json $(BIN)/python

lint: $(DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/basedpyright

format: $(DEV)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(DEV)
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict --quiet
	@echo "open build/site/index.html"

bench: $(DEV)
	$(BIN)/python benchmarks/write_benchmarks.py

gallery: $(DEV)
	$(HEADLESS) $(BIN)/python docs/gallery.py

screenshots: $(DEV)
	xvfb-run --auto-servernum --server-args="-screen 0 1920x1200x24" $(BIN)/python docs/screenshots.py

# Three commands, in a size for two cores; fit crops no more faces than it needs. At the 64 px of the
# preset a map would have one value.
DEMO_RUN := runs/demo
DEMO_CROPS = --crops $(DEMO_RUN)/crops
train-demo: $(DEV)
	@test -d "$(FERPLUS)" || { echo "name the FER+ folder: make train-demo FERPLUS=FOLDER" >&2; exit 2; }
	$(BIN)/avce-train fit --preset small --input-size 128 --run $(DEMO_RUN) \
		$(DEMO_CROPS) --data "ferplus:$(FERPLUS)"
	$(BIN)/avce-export $(DEMO_RUN) --out $(DEMO_RUN)/demo.onnx
	$(BIN)/avce-train report $(DEMO_RUN) $(DEMO_CROPS)

# One resolution for everything, then the smaller locks as parts of it.
LOCK = $(BIN)/uv pip compile --quiet --upgrade --universal --generate-hashes --no-header \
	--python-version 3.11 --override requirements/overrides.txt
lock: $(DEV)
	$(LOCK) --extra train --extra lsl --extra study --extra dev pyproject.toml -o requirements/dev.txt
	$(LOCK) -c requirements/dev.txt pyproject.toml -o requirements/live.txt
	$(LOCK) -c requirements/dev.txt --extra gpu pyproject.toml -o requirements/gpu.txt
	$(LOCK) -c requirements/dev.txt requirements/bootstrap.in -o requirements/bootstrap.txt
	$(LOCK) -c requirements/dev.txt requirements/checks.in -o requirements/checks.txt

clean:
	rm -rf .venv build dist *.egg-info .pytest_cache .ruff_cache
