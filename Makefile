# kioskd: `make demo` runs a whole sample hall, `make test` proves it. Neither needs root.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check --no-input
PORT   ?= 8080
ARGS   ?=

.PHONY: pages described setup setup-dev demo test dist install-drill hardware-test cut-offs explore simulate kills fuzz lint bench board-screens page-screens screens monkey constraints clean

setup: $(VENV)/.setup
setup-dev: $(VENV)/.setup-dev

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "kioskd needs Python 3.11 or newer; this is " + sys.version.split()[0])'
	@echo "==> creating $(VENV)"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.setup: $(VENV)/bin/python constraints.txt pyproject.toml
	@echo "==> installing kioskd's libraries (a minute the first time)"
	@$(PIP) install --progress-bar on --require-hashes -r constraints.txt
	@$(PIP) install -q --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.setup-dev: $(VENV)/.setup constraints-dev.txt
	@echo "==> installing the tools for tests"
	@$(PIP) install --progress-bar on --require-hashes -r constraints-dev.txt
	@touch $@

demo: setup
	$(BIN)/kioskd demo --port $(PORT) $(ARGS)

# A file's tests stay together, as they share what they start. Three processes more than a small machine has cores:
# many tests wait for processes of their own, and with fewer a part of two cores is idle. What was compiled is kept,
# whatever the environment says: some hundred processes would compile all of it anew.
test: setup-dev
	env -u PYTHONDONTWRITEBYTECODE $(BIN)/pytest -n 5 --dist loadfile --no-loadscope-reorder $(ARGS)

$(VENV)/.setup-dist: $(VENV)/.setup-dev constraints-dist.txt
	@echo "==> installing the compiler for the interpreter that is shipped"
	@$(PIP) install --progress-bar on --require-hashes -r constraints-dist.txt
	@touch $@

# What is carried into a hall on a USB stick: dist/kioskd-VERSION-ARCH.run and a .deb, with everything in them.
# Builds CPython the first time (some ten minutes). ARGS="--arch aarch64" for the other kind of PC.
dist: $(VENV)/.setup-dist
	$(BIN)/python -m installer.build $(ARGS)

# The built file through a hall's years on PCs of an older system, each with systemd as PID 1: upgrade, one that
# fails, roll-back, watchdog, promotion, fencing, restore. As root, with debootstrap and systemd-nspawn. And on the
# oldest C library that it is for, where that was made (docs/hardware-lab.md).
DRILLED = $(or $(ARGS),$(wildcard dist/kioskd-*-$(shell uname -m).run))
install-drill: setup-dev
	$(BIN)/python -m tests.hardware_lab.installed $(DRILLED)
	$(BIN)/python -m tests.hardware_lab.installed.floor $(DRILLED)

# Drivers and daemon against the devices of a real kernel, in a virtual PC; as root, on x86-64 Debian.
# Says why where it cannot run. ARGS: devices, hall-pc, screen, power-cuts.
hardware-test: setup-dev
	$(BIN)/python -m tests.hardware_lab $(ARGS)

# A hundred thousand schedules of a hall and its central server, in virtual time.
simulate: setup-dev
	KIOSKD_SCHEDULES=$${KIOSKD_SCHEDULES:-100000} $(BIN)/pytest -n 2 --timeout 0 $(ARGS) tests/sync/simulated

# Either end of the way to the city killed a hundred times on each database, under load; says how far it is.
kills: setup-dev
	KIOSKD_CITY_KILLS=$${KIOSKD_CITY_KILLS:-100} $(BIN)/pytest -n 0 -s --timeout 0 $(ARGS) tests/system/test_city.py

# The hub cut off at a random moment a hundred times, the standby in its place each time.
cut-offs: setup-dev
	KIOSKD_CUT_OFFS=$${KIOSKD_CUT_OFFS:-100} $(BIN)/pytest -n 0 -s --timeout 0 $(ARGS) tests/standby/test_cut_off.py

# Schemathesis over both descriptions, with many examples and every edge; `make test` has a few of them.
described: setup-dev
	KIOSKD_EXAMPLES=$${KIOSKD_EXAMPLES:-50} $(BIN)/pytest -n 2 --timeout 0 $(ARGS) tests/described

# Property tests with new random examples, for as long as it takes; what it finds becomes a test.
explore: setup-dev
	HYPOTHESIS_PROFILE=explore $(BIN)/pytest -n 2 --timeout 3600 $(ARGS) tests/hall tests/drivers tests/settings

$(VENV)/.setup-fuzz: $(VENV)/.setup-dev constraints-fuzz.txt
	@echo "==> installing the fuzzer"
	@$(PIP) install --progress-bar on --require-hashes -r constraints-fuzz.txt
	@touch $@

# A million inputs for each codec, one codec after another; it goes on where it was stopped.
fuzz: $(VENV)/.setup-fuzz
	$(BIN)/python -m tests.fuzz $(ARGS)

lint: setup-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: setup-dev
	$(BIN)/python -m benchmarks $(ARGS)

# Pictures of the hall board, taken anew in a real Chromium; look at them before they are kept.
board-screens: setup-dev
	$(BIN)/python -m tests.board.pictures

# The pictures of pages in docs/screens, by walking through every person's day in Chromium.
page-screens: setup-dev
	$(BIN)/python -m tests.pages.pictures

# Pictures of every screen of the kiosk, drawn anew into docs/screens; tests compare with them.
screens: setup-dev
	$(BIN)/python -m tests.kiosk.pictures

# 100,000 random touches on a real kiosk at a real hub: no crash, no stuck screen, memory flat.
monkey: setup-dev
	$(BIN)/python -m tests.kiosk.monkey $(or $(TOUCHES),100000)

# Pins and hashes of every library, written anew from pyproject.toml (needs pip-tools).
COMPILE := pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras --no-header \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host
constraints:
	$(COMPILE) --extra build -o constraints.txt pyproject.toml
	$(COMPILE) --extra build --extra dev -c constraints.txt -o constraints-dev.txt pyproject.toml
	echo 'ziglang>=0.13' | $(COMPILE) -o constraints-dist.txt -
	sed -n 's/^evdev-binary==\([^ ]*\).*/evdev==\1/p' constraints.txt | $(COMPILE) -o installer/evdev.txt -
	echo 'atheris>=3' | $(COMPILE) -o constraints-fuzz.txt -

# 500 drawn sheets and cards that lie whole in their pictures, and some thirty more that leave them: how many of
# the 500 are found, and whether any is cut without a word. What is drawn stands in tests/documents/test_find.py.
pages: setup-dev
	KIOSKD_PAGES=$${KIOSKD_PAGES:-500} $(BIN)/pytest -n 0 -s --timeout 0 $(ARGS) tests/documents/test_find.py

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
