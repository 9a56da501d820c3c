# make demo: the main job on the bundled data.  make test: the whole suite.  Each sets up what it needs.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet

.PHONY: demo test fast lint lock clean

demo: $(VENV)/runtime.stamp
	$(BIN)/matcher demo

test: $(VENV)/dev.stamp lint
	$(BIN)/python -m pytest

fast: $(VENV)/dev.stamp
	$(BIN)/python -m pytest -m "not slow"

lint: $(VENV)/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# torch first and alone: any looser requirement would pull its CUDA build.
$(VENV)/torch.stamp: requirements/torch.txt
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(v < (3, 11) and f"Python 3.11 or newer is needed; {sys.executable} is {v[0]}.{v[1]}. Try: make demo PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	@echo "Downloading torch (CPU) and the locked dependencies: about 620 MB, a few minutes."
	$(PIP) -r requirements/torch.txt
	@touch $@

$(VENV)/runtime.stamp: $(VENV)/torch.stamp requirements/runtime.txt pyproject.toml
	$(PIP) --no-deps --require-hashes -r requirements/runtime.txt
	$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/dev.stamp: $(VENV)/runtime.stamp requirements/dev.txt
	$(PIP) --no-deps --require-hashes -r requirements/dev.txt
	@touch $@

# torch is left out of the lock files: it has one of its own.
COMPILE := $(BIN)/pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe --no-header \
	--no-emit-index-url --no-emit-find-links --no-emit-options
WITHOUT_TORCH := sed -i '/^torch==/,/^[a-z]/{/^torch==/d;/^    /d};/^# The following packages/d'

lock: $(VENV)/dev.stamp
	$(PIP) pip-tools
	$(COMPILE) --output-file requirements/runtime.txt pyproject.toml
	$(COMPILE) --extra dev --constraint requirements/runtime.txt --output-file requirements/dev.txt pyproject.toml
	$(WITHOUT_TORCH) requirements/runtime.txt requirements/dev.txt

clean:
	rm -rf $(VENV) demo workspace
