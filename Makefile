# `make` lists the targets. They set up what they need: only Python and make must be installed.

COMPETITION ?= bbc_news
ARGS ?=

# A mistyped name is refused: COMPETITON=toxic would train on bbc_news.
VARIABLES := COMPETITION ARGS RUNS RUN MESSAGE SETS TENSORFLOW PYTHON UV VENV KERAS_BACKEND CUDA_VISIBLE_DEVICES TF_CPP_MIN_LOG_LEVEL
UNKNOWN := $(filter-out $(VARIABLES),$(foreach name,$(.VARIABLES),$(if $(filter command,$(origin $(name))),$(name))))
ifneq ($(UNKNOWN),)
    $(error $(firstword $(UNKNOWN))= is not known here; there are $(addsuffix =,$(VARIABLES)))
endif

# So is a variable of another target: make blend RUN=x would blend all runs.
READS_RUNS := blend
READS_RUN := upload
READS_MESSAGE := upload
READS_SETS := results
MISPLACED := $(strip $(foreach name,RUNS RUN MESSAGE SETS,$(if $(filter command,$(origin $(name))),\
    $(if $(filter $(READS_$(name)),$(MAKECMDGOALS)),,$(name)))))
ifneq ($(MISPLACED),)
    $(error $(firstword $(MISPLACED))= is for make $(READS_$(firstword $(MISPLACED))))
endif

# The build of TensorFlow, from requirements/<tensorflow>.txt: cuda if an NVIDIA GPU is found, else cpu.
TENSORFLOW ?= $(shell [ "$$(uname -sm)" = "Linux x86_64" ] && nvidia-smi >/dev/null 2>&1 && echo cuda || echo cpu)
TENSORFLOW := $(TENSORFLOW)

# The first of these with a supported version makes the environment. `make clean` before you change it.
PYTHONS := $(or $(PYTHON),python3 python3.13 python3.12 python3.11)

VENV := .venv
IN_VENV := $(VENV)/bin/python
# The files list every package, so pip resolves no dependencies. Build tools are pinned, too, with hashes.
INSTALL := $(IN_VENV) -m pip install --quiet --no-deps --no-build-isolation
UV ?= uv
LOCK := $(UV) pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest --generate-hashes \
    --no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock'

# Marker files in the environment, each newer than the requirements that it records.
BASE := $(VENV)/installed-$(TENSORFLOW)
DEV := $(VENV)/installed-dev
KAGGLE := $(VENV)/installed-kaggle
BENCH := $(VENV)/installed-bench

TIME_cpu := a minute or two, and the first time a download of 500 MB
TIME_cuda := some minutes, and the first time a download of 3.5 GB

TF_CPP_MIN_LOG_LEVEL ?= 3
export TF_CPP_MIN_LOG_LEVEL
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help new check download upload train prepare embed predict submit report sweep blend test test-fast lint format bench results setup lock clean

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo 'COMPETITION=toxic picks conf/competition/toxic.yaml (now: $(COMPETITION)).'
	@echo 'ARGS="model.rnn.units=128 folds.n_folds=10" overrides settings of conf/config.yaml.'
	@echo 'ARGS="experiment=medal" is the best known setting, ARGS="experiment=fast" the best within about a minute.'
	@echo '`regard --help` in the environment ($(VENV)/bin/regard) lists the same commands, for any folder.'

new: $(BASE)  ## write conf/competition/foo.yaml from the files in data/foo/: make new COMPETITION=foo
	@$(IN_VENV) scripts/new.py '$(COMPETITION)' $(ARGS)

check: $(BASE)  ## show what the files contain, and whether a submission can be valid: seconds
	@set -f; $(IN_VENV) scripts/check.py 'competition=$(COMPETITION)' $(ARGS)

download: $(KAGGLE)  ## download the files from Kaggle to data/: make download COMPETITION=toxic
	@set -f; $(IN_VENV) scripts/download.py 'competition=$(COMPETITION)' $(ARGS)

# The message is passed in the environment, so that make and the shell leave its quotes and $ alone.
override MESSAGE := $(value MESSAGE)
export MESSAGE
upload: $(KAGGLE)  ## upload the last submission to Kaggle, or that of RUN=name: make upload MESSAGE="what is new"
	@set -f; $(IN_VENV) scripts/upload.py 'competition=$(COMPETITION)' 'run=$(RUN)' "message=$$MESSAGE" $(ARGS)

# Every stage first runs the missing stages before it.
train:  ## from CSV files to submission.csv and report.html: 5 minutes, accuracy 0.98 on bbc_news
prepare:  ## clean and tokenize the texts, assign the folds: seconds
embed:  ## make the embedding matrix: half a minute on bbc_news
predict:  ## predict the test rows with every fold's model: seconds
submit:  ## write and check submission.csv: seconds
report:  ## write report.html: seconds
# `set -f`: the shell must not expand the brackets in ARGS='embeddings.sources=[word2vec,fasttext]'.
train prepare embed predict submit report: $(BASE)
	@set -f; $(IN_VENV) scripts/$@.py 'competition=$(COMPETITION)' $(ARGS)

sweep: $(BASE)  ## train once per combination: make sweep ARGS="model.rnn.units=64,128 seed=1,2"
	@set -f; $(IN_VENV) scripts/train.py --multirun 'competition=$(COMPETITION)' $(ARGS)

blend: $(BASE)  ## blend several runs, which may score better than each: make blend RUNS="name name", or all
	@set -f; $(IN_VENV) scripts/blend.py 'competition=$(COMPETITION)' 'runs=$(RUNS)' $(ARGS)

# One process per core, but at most 4: each needs 1 GB for TensorFlow, and a laptop has no more.
PYTEST := $(IN_VENV) -m pytest --numprocesses auto --maxprocesses 4

test: $(DEV)  ## run every test: about 10 minutes; ARGS goes to pytest
	@$(PYTEST) $(ARGS)

test-fast: $(DEV)  ## run the tests that are not slow: half a minute
	@$(PYTEST) -m 'not slow' $(ARGS)

lint: $(DEV)  ## run ruff and mypy, which every change must pass: half a minute
	@$(IN_VENV) -m ruff check
	@$(IN_VENV) -m ruff format --check
	@$(IN_VENV) -m mypy

format: $(DEV)  ## format the code with ruff
	@$(IN_VENV) -m ruff check --fix
	@$(IN_VENV) -m ruff format

bench: $(BENCH)  ## measure speed against PyTorch, fastText and others: an hour; ARGS="recurrent vectors" for some
	@$(IN_VENV) benchmarks/bench.py $(ARGS)

results: $(BENCH)  ## score Regard and others on a folder of data sets: make results SETS=path/to/sets, hours
	@[ -n '$(SETS)' ] || { echo "make results needs a folder of data sets: make results SETS=path/to/sets" >&2; exit 1; }
	@$(IN_VENV) benchmarks/results.py '$(SETS)' $(ARGS)

setup: $(BASE)  ## make .venv: a minute or two; other targets do this when needed
	@echo "$(VENV) is ready."

lock:  ## update requirements/*.txt; needs uv; ARGS=--upgrade takes newer versions
	@command -v $(UV) >/dev/null || { echo "make lock needs uv: python3 -m pip install uv" >&2; exit 1; }
	@$(LOCK) $(ARGS) pyproject.toml --extra cpu -o requirements/cpu.txt
	@$(LOCK) $(ARGS) pyproject.toml --extra cuda -c requirements/cpu.txt -o requirements/cuda.txt
	@$(LOCK) $(ARGS) pyproject.toml --extra dev -c requirements/cuda.txt -o requirements/dev.txt
	@$(LOCK) $(ARGS) pyproject.toml --extra kaggle -c requirements/dev.txt -o requirements/kaggle.txt
	@$(LOCK) $(ARGS) pyproject.toml --extra bench -c requirements/dev.txt -o requirements/bench.txt
	@printf 'pip\nsetuptools\n' | $(LOCK) $(ARGS) - -c requirements/cpu.txt -o requirements/build.txt

clean:  ## remove .venv and caches; keep data/ and outputs/
	@rm -rf $(VENV) build src/*.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find . \( -path ./.git -o -path ./data -o -path ./outputs \) -prune \
	    -o -name __pycache__ -type d -prune -exec rm -rf {} +

# Always built from scratch, as an older or interrupted set-up may have left files. pip keeps the downloads.
$(BASE): requirements/build.txt requirements/$(TENSORFLOW).txt
	@python=; for name in $(PYTHONS); do \
	    if "$$name" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null; \
	    then python=$$name; break; fi; \
	done; \
	if [ -z "$$python" ]; then \
	    echo "Regard needs Python 3.11, 3.12 or 3.13; tried $(PYTHONS)." \
	        "Name one: make PYTHON=/path/to/python3.12 ..." >&2; \
	    exit 1; \
	fi; \
	version=$$("$$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])'); \
	if ! "$$python" -c 'import ensurepip' 2>/dev/null; then \
	    echo "$$python has no ensurepip; on Debian or Ubuntu: sudo apt install python$$version-venv" >&2; \
	    exit 1; \
	fi; \
	echo "Setting up $(VENV) for $(TENSORFLOW) with Python $$version: $(TIME_$(TENSORFLOW))."; \
	"$$python" -m venv --clear $(VENV)
	@$(INSTALL) --require-hashes -r requirements/build.txt
	@$(INSTALL) --require-hashes -r requirements/$(TENSORFLOW).txt
	@PYTHONWARNINGS=ignore $(INSTALL) --editable .  # it warns of folders that have the package's name
	@touch $@

# $(BASE) is renamed while packages are added: after an interruption the next set-up starts from scratch.
$(DEV) $(KAGGLE) $(BENCH): $(VENV)/installed-%: requirements/%.txt $(BASE)
	@echo "Adding what $* needs to $(VENV): up to a minute."
	@mv $(BASE) $(BASE).away
	@$(INSTALL) --require-hashes -r $<
	@mv $(BASE).away $(BASE)
	@touch $@
