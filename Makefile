PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# A license that is unknown is not taken for a good one; these two state Apache 2.0 and MIT in their files alone.
DISALLOWED_LICENSES := GNU Affero General Public License v3;GNU Affero General Public License v3 or later (AGPLv3+);GNU General Public License v3 (GPLv3);GNU General Public License v3 or later (GPLv3+);AGPL-3.0-only;AGPL-3.0-or-later;GPL-3.0-only;GPL-3.0-or-later;UNKNOWN
LICENSES_READ := pgserver axe-playwright-python
SPARK_STAMP := $(VENV)/.spark-installed
OCR_STAMP := $(VENV)/.ocr-installed

.PHONY: setup spark ocr demo serve test test-slow test-all test-spark kernels modules lint fuzz audit bench docs clean

setup: $(STAMP)

# The pip that comes with Python 3.11 takes three times as long to choose among the wheels of each package; where no newer
# one can be had it will do.
$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	-@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt --upgrade pip
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@

# Spark and a Java runtime, 600 MB: where they cannot be had, their tests are skipped and say so.
spark: $(SPARK_STAMP)

$(SPARK_STAMP): $(STAMP)
	@if $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[spark]'; \
	then touch $@; else echo 'PySpark or its Java runtime could not be installed: the tests of Spark are skipped'; fi

# Optical character recognition for scanned pages, with its models: without it they are named, not read.
ocr: $(OCR_STAMP)

$(OCR_STAMP): $(STAMP)
	@if $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[ocr]'; \
	then touch $@; else echo 'Optical character recognition could not be installed: its tests are skipped'; fi

demo: setup
	$(BIN)/isocenter demo

# The workbench on this machine; SERVE passes options on, as in `make serve SERVE='--port 8100'`.
serve: setup
	$(BIN)/isocenter serve $(SERVE)

# Each file of tests goes to one worker, for its tests share what is dear to make (tests/conftest.py).
# The quick set, which a contributor runs; what takes long, and Spark, is test-slow.
test: setup
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "not slow and not spark"

test-slow: setup spark ocr
	$(BIN)/python -m pytest -n 3 --dist loadfile -m "slow or spark" -rs

test-all: setup spark ocr
	$(BIN)/python -m pytest -n 3 --dist loadfile -rs

test-spark: setup spark
	$(BIN)/python -m pytest -m spark -rs

# Compiles the kernels, once: else each worker of the tests would compile them at the same time. From the source, for the
# package may be installed again meanwhile, with Spark.
kernels: setup
	made=$$(mktemp -d) && export PYTHONPATH=src && $(BIN)/python -m isocenter phantom c_shape $$made/plan > $$made/log \
	&& $(BIN)/python -m isocenter measure $$made/plan --out $$made/measured >> $$made/log \
	&& $(BIN)/python -m isocenter plan $$made/plan --technique conformal --spacing 10 >> $$made/log && rm -r $$made

# Collects the tests, once, for the bytecode of what they import: else each worker would compile all of it.
modules: setup
	PYTHONPATH=src $(BIN)/python -m pytest --collect-only -qq > /dev/null

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/isocenter check

# More than 10,000 mutated inputs over all readers; FUZZ_SEED=n makes others.
fuzz: setup
	FUZZ_INPUTS=1250 $(BIN)/python -m pytest tests/fuzz -n 2

# Known faults of what is installed, and the licenses that it comes under. Both ask the package index: where it cannot
# be reached nothing was audited, which one sentence says, and make fails as it does where a fault was found.
audit: setup
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --retries 1 pip-audit pip-licenses 2>/dev/null \
	|| { echo 'Nothing was audited: pip-audit and pip-licenses could not be installed from the package index' >&2; exit 2; }
	@if ! $(BIN)/pip-audit --strict --disable-pip --no-deps -r constraints.txt >$(VENV)/audit.txt 2>&1; then \
	if grep -Eq 'Found [0-9]+ known vulnerabilit' $(VENV)/audit.txt; \
	then cat $(VENV)/audit.txt; exit 1; \
	else echo 'Nothing was audited: the index of known faults could not be asked ($(VENV)/audit.txt says why)' >&2; exit 2; \
	fi; fi
	@cat $(VENV)/audit.txt
	$(BIN)/pip-licenses --order=license --ignore-packages $(LICENSES_READ) --fail-on='$(DISALLOWED_LICENSES)'

bench: setup
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r benchmarks/requirements.txt
	$(BIN)/python benchmarks/run_all.py

# The reference pages and the pictures of a report and of the workbench, which need Chromium and stay as they are without.
docs: setup
	$(BIN)/isocenter rules --write docs/rules.md --write-tables docs/tables.md
	$(BIN)/python -m isocenter.rulebook
	$(BIN)/python -m isocenter.review
	$(BIN)/python docs/draw_report.py docs/report.png
	$(BIN)/python -m tests.web.draw_workbench docs/workbench

clean:
	rm -rf $(VENV) build dist out reports
