PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

.PHONY: demo test dev lint format clean

demo: .venv/.demo ## set up, audit the shipped sample, say where the report is
	$(BIN)/auditor run sample_data/banking_en.csv -o runs/demo
	@echo "Open runs/demo/report.html in a browser."

test: .venv/.dev ## set up and run the tests
	$(BIN)/python -m pytest -n 2 --dist loadscope

dev: .venv/.dev ## the same environment with every extra

lint: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: .venv/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf .venv runs

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/.demo: .venv/bin/python pyproject.toml constraints.txt
	$(PIP) -e ".[bench,embeddings,translation,zh]"
	@touch $@

.venv/.dev: .venv/bin/python pyproject.toml constraints.txt
	$(PIP) -e ".[bench,embeddings,translation,zh,dev]"
	@touch .venv/.demo $@
