# Every target does its own set-up. Needs Python 3.11 or newer and make, nothing else.

PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin
STAMP := $(VENV)/.installed
# On Linux, CPU-only wheels of torch save about 3 GB:
#   make setup TORCH_INDEX=https://download.pytorch.org/whl/cpu
TORCH_INDEX ?=

.PHONY: setup demo serve test search replay check lint lint-rules lint-format lint-types lint-imports format bench clean

setup: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Credence needs Python 3.11 or newer; '$(PYTHON)' is $$($(PYTHON) --version 2>&1)." >&2; \
	  echo "Name another one: make setup PYTHON=/path/to/python3.12" >&2; exit 1; }
	@test -x $(RUN)/python || $(PYTHON) -m venv $(VENV)
	$(RUN)/python -m pip install --quiet --disable-pip-version-check \
	  $(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX)) -c constraints.txt -e '.[dev]'
	@touch $@

demo: setup
	@$(RUN)/credence demo $(if $(DATA),--data '$(DATA)') $(if $(PERSON),--person '$(PERSON)') $(if $(LLM),--llm '$(LLM)')

serve: setup
	@$(RUN)/credence serve

# As many tests at a time as there are processors, up to four; each computes in one thread, so that they do not
# wait for one another and sums come out alike. In their order: the long files come first, and none is left to one
# processor at the end.
test: setup
	OMP_NUM_THREADS=1 $(RUN)/python -m pytest -n logical --maxprocesses 4 --dist loadscope --no-loadscope-reorder

# The properties again, each with thousands of new random examples: for an evening, not for CI.
search: setup
	$(RUN)/python -m pytest -m hypothesis --hypothesis-profile=search

lint: lint-rules lint-format lint-types lint-imports

lint-rules: setup
	$(RUN)/ruff check .

lint-format: setup
	$(RUN)/ruff format --check .

lint-types: setup
	$(RUN)/mypy

lint-imports: setup
	$(RUN)/lint-imports

check: lint test

format: setup
	$(RUN)/ruff check --fix .
	$(RUN)/ruff format .

# Systems compared on recorded people, or without DATA on simulated ones: five domains in less than ten minutes.
REPLAY ?= replay

replay: setup
	@$(RUN)/credence replay study --out '$(REPLAY)' $(if $(DATA),--data '$(DATA)')

bench: setup
	$(RUN)/python -m scripts.bench

clean:
	rm -rf $(VENV) build dist .hypothesis .import_linter_cache .mypy_cache .pytest_cache \
	  .ruff_cache .schemathesis
	find src tests scripts -name __pycache__ -type d -prune -exec rm -rf {} +
