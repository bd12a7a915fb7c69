# `make demo` and `make test` each work as the first command in a fresh clone: they set up what is missing.
SHELL := /bin/bash
.DEFAULT_GOAL := help
IN_ROS := source ./setup.bash

.PHONY: help setup demo test bench faults soak fuzz audit lint format shell clean

help:  ## this list
	@sed -nE 's/^([a-z]+):.*## (.*)/  make \1|\2/p' Makefile | column -t -s '|'

setup:  ## .venv, ROS 2 (where none is sourced), the messages, this package; then: source setup.bash
	@tools/setup.sh test

demo:  ## the bundled sample through the whole graph; exit code of the launch
	@tools/setup.sh run
	@$(IN_ROS) && exec ros2 launch fer_ros fer.launch.py source:=sample

# the graphs of the tests stay on this machine
test: export ROS_AUTOMATIC_DISCOVERY_RANGE ?= LOCALHOST
test: lint  ## lint, format, types, all tests (ARGS='-k word' for some)
	@$(IN_ROS) && exec python -m pytest $(ARGS)

BENCH_OUT ?= build/bench
bench:  ## how fast it is here, against the targets (PEER_PYTHON=python with fer in it: against fer)
	@tools/setup.sh run
	@$(IN_ROS) && exec fer-ros bench all --out $(BENCH_OUT) $(if $(PEER_PYTHON),--peer-python $(PEER_PYTHON))

faults: export ROS_AUTOMATIC_DISCOVERY_RANGE ?= LOCALHOST
faults: setup  ## every fault that perception must live through, as a table (build/faults/reliability.md)
	@$(IN_ROS) && exec python -m pytest test/faults --every-fault -q $(ARGS)

soak: export ROS_AUTOMATIC_DISCOVERY_RANGE ?= LOCALHOST
soak: MINUTES ?= 60
soak: setup  ## 200 lifecycles; a long run with faults mixed in (MINUTES=60 ARGS=--docs): memory, latency, losses (build/soak)
	@$(IN_ROS) && FER_ROS_CYCLES=200 python -m pytest -q test/ros/test_lifecycle_endurance.py
	@$(IN_ROS) && PYTHONPATH=.:test:$$PYTHONPATH exec python test/faults/soak.py --minutes $(MINUTES) $(ARGS)

fuzz: MINUTES ?= 10
fuzz: setup  ## damaged input for every reader, for long (MINUTES=10 TARGETS='card yaml'); led by coverage where atheris is
	@$(IN_ROS) && exec python test/fuzz/long_run.py --minutes $(MINUTES) --out build/fuzz $(TARGETS)

audit: setup  ## known vulnerabilities of what the package depends on; needs pip-audit and the internet
	@$(IN_ROS) && exec tools/audit.sh $(ARGS)

lint: setup  ## ruff and mypy
	@$(IN_ROS) && ruff check . && ruff format --check . && mypy

format: setup  ## let ruff repair what it can
	@$(IN_ROS) && ruff check --fix . ; $(IN_ROS) && ruff format .

shell: setup  ## a shell with everything sourced
	@exec bash --rcfile <(echo '[ ! -e ~/.bashrc ] || source ~/.bashrc; source ./setup.bash') -i

clean:  ## remove all that the set-up made
	rm -rf .venv .ros build install log .mypy_cache .pytest_cache .ruff_cache tools/ros2_launch_verb/build
	find . -name __pycache__ -prune -exec rm -rf {} + ; rm -rf ./*.egg-info tools/*/*.egg-info
