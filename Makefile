# Needs Python 3.11 or newer and make; everything else is put into .venv from requirements.lock.
# The first of PYTHON that is new enough is taken; `make PYTHON=/path/to/python demo` names one.

PYTHON = python3 python3.14 python3.13 python3.12 python3.11 python
VENV = .venv
BIN = $(VENV)/bin
PIP = $(BIN)/python -m pip -qq --disable-pip-version-check

.PHONY: help demo test check texts bench month mutants lock

help: ## this list
	@sed -n 's/^\([a-z]*\):[^#]*## /\1\	/p' Makefile | while IFS='	' read -r name says; do printf '  make %-7s %s\n' "$$name" "$$says"; done

demo: $(VENV)/.ready ## the whole job on a sample calendar: no account, no network
	@$(BIN)/calsync demo

test: $(VENV)/.ready ## every test that needs only Python; what is left out is listed, with its reason
	@$(BIN)/python -m pytest --numprocesses auto --dist loadgroup

check: $(VENV)/.ready ## format, lint, types, the law of the rooms, and that generated files are current
	@$(BIN)/ruff format --check --quiet . || { echo 'run: $(BIN)/ruff format .' >&2; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/python -m pip check
	@$(BIN)/python -m calsync.settings.schema | diff - config/calsync.schema.json
	@$(BIN)/python -m calsync.settings.example | diff - config/calsync.example.toml

texts: $(VENV)/.ready ## every text on a page for each language and tone, tests/data/texts.*.txt, to be read
	@CALSYNC_UPDATE_GOLDEN=1 $(BIN)/python -m pytest -qq tests/words/test_pages.py
	@ls tests/data/texts.*.txt

bench: $(VENV)/.ready ## how fast it reads calendars, beside icalendar with recurring-ical-events
	@$(BIN)/python -m bench

SEEDS = 1000

month: $(VENV)/.ready ## SEEDS=1000 simulated months of a freelancer's life, over all CPUs; fails when a promise broke
	@$(BIN)/python -m tests.month --seeds $(SEEDS)

mutants: $(VENV)/.ready ## programs that are wrong in one thing each (tests/mutants): fails when one of them passes its tests
	@$(BIN)/python -m tests.mutants

lock: ## new versions into requirements.lock (needs uv)
	@command -v uv >/dev/null || { echo 'make lock needs uv: pip install uv' >&2; exit 1; }
	@uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes --upgrade \
	  --no-config --quiet --custom-compile-command 'make lock' --output-file requirements.lock

# Two steps, so that a change to pyproject.toml alone fetches nothing again.
$(VENV)/.ready: $(VENV)/.locked pyproject.toml
	@$(PIP) install --no-deps --no-build-isolation --no-index --editable .
	@touch $@

# An interpreter that has gone away, by an upgrade of the system, leaves a link to nothing behind: begin anew.
ifeq ($(realpath $(BIN)/python),)
.PHONY: $(VENV)/.locked
endif
$(VENV)/.locked: requirements.lock
	@for python in $(PYTHON); do \
	  "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
	  "$$python" -c 'import ensurepip, venv' 2>/dev/null || { \
	    echo "$$("$$python" --version) has no venv module. On Debian and Ubuntu: sudo apt install python3-venv" >&2; exit 1; \
	  }; \
	  echo "making $(VENV) with $$("$$python" --version), about half a minute" >&2; \
	  exec "$$python" -m venv --clear $(VENV); \
	done; \
	echo 'calsync needs Python 3.11 or newer; none of these is: $(PYTHON)' >&2; \
	echo 'If it is somewhere else: make PYTHON=/path/to/python demo' >&2; exit 1
	@$(PIP) install --require-hashes --requirement requirements.lock
	@touch $@
