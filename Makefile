PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

.PHONY: demo test dev lint audit faults fuzz format site screenshots release clean

demo: .venv/.demo ## set up, audit the shipped sample, say where the report is
	$(BIN)/auditor run sample_data/banking_en.csv -o runs/demo
	@echo "Open runs/demo/report.html in a browser."

test: .venv/.dev ## set up and run the tests
	$(BIN)/python -m pytest -n 2 --dist loadscope -rs

dev: .venv/.dev ## the same environment with every extra

lint: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/bandit --quiet --recursive --configfile pyproject.toml auditor

fuzz: .venv/.dev ## every reader with broken files, FUZZ_SECONDS each; with atheris where it is installed
	$(BIN)/python -m tests.fuzz.run --seconds $${FUZZ_SECONDS:-600}

faults: .venv/.dev ## kill and refuse every write, sync, rename, removal of every verb that writes (half an hour)
	AUDITOR_FAULTS=all $(BIN)/python -m pytest -n 2 -s tests/faults/test_every_write.py

audit: .venv/.dev ## known holes in the dependencies; needs the network
	$(PYTHON) -m venv .venv/pip-audit
	.venv/pip-audit/bin/python -m pip install --quiet --disable-pip-version-check "pip-audit>=2.9,<3"
	.venv/pip-audit/bin/pip-audit --requirement constraints.txt --no-deps --disable-pip

site: .venv/.dev ## the pages of docs/ with those made from the program, into site/; a broken link fails
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict

screenshots: .venv/.dev ## the pictures in docs/img, from the samples; needs Chromium
	$(BIN)/python docs/screenshots.py

release: .venv/.dev ## dist/: the wheel, tried in an empty environment, and what that holds (SBOM in CycloneDX)
	rm -rf dist
	$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps -w dist .
	$(PYTHON) -m venv dist/env
	dist/env/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt "$$(ls dist/*.whl)[bench,embeddings,zh]"
	cd dist && env/bin/auditor doctor
	$(BIN)/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible -o dist/auditor.cdx.json dist/env/bin/python
	rm -rf dist/env

format: .venv/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf .venv runs site dist

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/.demo: .venv/bin/python pyproject.toml constraints.txt
	$(PIP) -e ".[bench,embeddings,translation,zh]"
	@touch $@

.venv/.dev: .venv/bin/python pyproject.toml constraints.txt
	$(PIP) -e ".[bench,embeddings,translation,zh,dev]"
	@touch .venv/.demo $@
