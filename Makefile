# One word per task. The first call makes .venv and installs; a stamp inside .venv makes the next one quick.

VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test test-all lint format bench graphs messages clean chromium

run: $(VENV)/.run
	$(BIN)/streamlit run app.py

test: chromium
	$(BIN)/pytest

test-all: chromium
	$(BIN)/pytest --slow

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: chromium
	$(BIN)/python -m resnet_viz bench

graphs: $(VENV)/.run
	$(BIN)/python -m resnet_viz graphs

messages: $(VENV)/.run
	$(BIN)/python -m resnet_viz.messages

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# The first Python that is new enough, by the names under which systems keep them.
$(BIN)/python:
	@for python in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	  if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    $$python -m venv $(VENV) || { \
	      rm -rf $(VENV); echo "$$python cannot make a virtual environment (on Debian: apt install python3-venv)." >&2; exit 1; }; \
	    exit 0; \
	  fi; \
	done; \
	echo "ResNet Viz needs Python 3.11 or newer; found $$(python3 --version 2>/dev/null || echo none)." >&2; exit 1

# make run TORCH_INDEX=https://download.pytorch.org/whl/cpu: of two equal versions pip prefers the one marked "+cpu".
INDEX = $(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX))

$(VENV)/.run: requirements.txt pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(INDEX) -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.run
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

# The browser tests take any Chromium: the system's, else Debian's package where we may install it, else Playwright's
# with the libraries it needs. Looked for each time: a browser can go while the virtual environment stays.
BROWSERS := chromium chromium-browser google-chrome google-chrome-stable
PLAYWRIGHTS := import os, playwright.sync_api as p; b = p.sync_playwright().start(); \
  path = b.chromium.executable_path; b.stop(); raise SystemExit(not os.path.exists(path))

chromium: $(VENV)/.dev
	@for name in $(BROWSERS); do command -v $$name >/dev/null 2>&1 && exit 0; done; \
	$(BIN)/python -c '$(PLAYWRIGHTS)' && exit 0; \
	if [ "$$(id -u)" = 0 ] && grep -qx 'ID=debian' /etc/os-release 2>/dev/null && apt-get update -qq && \
	  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ] || sudo -n true 2>/dev/null; then $(BIN)/playwright install --with-deps chromium && exit 0; fi; \
	$(BIN)/playwright install chromium
