# Each target does its own set-up; nothing but Python 3.11 or later and make is needed.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test check test-engines bench docs clean

$(VENV)/.base: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	touch $@

$(VENV)/.ready: $(VENV)/.base
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[bench,deep,dev,docs]'
	touch $@

demo: $(VENV)/.base  ## Clean the five seed articles into out/ and say what was done; out/report.html shows it.
	$(BIN)/cleaner clean seeds -o out --overwrite
	$(BIN)/cleaner report out

test: $(VENV)/.ready  ## Every test of the core, those that the rules carry and their lint among them.
	$(BIN)/python -m pytest --numprocesses auto --dist worksteal

check: $(VENV)/.ready  ## What is looked at beside the tests: style, types, layers, quality.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/cleaner bench gate

$(VENV)/.engines: $(VENV)/.ready
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[datasets,datatrove,ray,sklearn,spacy,spark]'
	touch $@

test-engines: $(VENV)/.engines  ## Tests that need other interpreters, engines (Spark wants Java 17) or programs; skips are listed.
	$(BIN)/python -m pytest tests/engines -rs

bench: $(VENV)/.ready  ## Quality and speed on the built-in pages, side by side with other tools: bench.html, bench.json.
	$(BIN)/cleaner bench run --html bench.html --json bench.json

docs: $(VENV)/.ready  ## The documentation as a site, in site/; a link or a name that leads nowhere is an error.
	$(BIN)/python -m sphinx --fail-on-warning --keep-going --quiet -c docs . site
	@echo "open site/index.html"

clean:
	rm -rf $(VENV) out site bench.html bench.json dist build .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
