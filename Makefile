# `make` lists the targets. `make train` and `make test` install all they need, given Python and make.

COMPETITION ?= bbc_news
ARGS ?=

# Refuse mistyped variables: COMPETITON=toxic would otherwise train on bbc_news.
VARIABLES := COMPETITION ARGS RUNS RUN RUN2 INPUT OUTPUT FORM TEXT HOST PORT MESSAGE SETS TENSORFLOW PYTHON UV VENV KERAS_BACKEND CUDA_VISIBLE_DEVICES TF_CPP_MIN_LOG_LEVEL
UNKNOWN := $(filter-out $(VARIABLES),$(foreach name,$(.VARIABLES),$(if $(filter command,$(origin $(name))),$(name))))
ifneq ($(UNKNOWN),)
    $(error $(firstword $(UNKNOWN))= is not known; the variables are $(addsuffix =,$(VARIABLES)))
endif

# Refuse variables of another target: make blend RUN=x would otherwise blend all runs.
READS_RUNS := blend
READS_RUN := verify reproduce predict submit report explain serve export bundle upload
READS_RUN2 := report
READS_INPUT := predict
READS_OUTPUT := predict export bundle
READS_FORM := predict
READS_HOST := serve
READS_PORT := serve
READS_MESSAGE := upload
READS_TEXT := explain
READS_SETS := results
MISPLACED := $(strip $(foreach name,RUNS RUN RUN2 INPUT OUTPUT FORM TEXT HOST PORT MESSAGE SETS,$(if $(filter command,$(origin $(name))),\
    $(if $(filter $(READS_$(name)),$(MAKECMDGOALS)),,$(name)))))
ifneq ($(MISPLACED),)
    $(error $(firstword $(MISPLACED))= is for make $(READS_$(firstword $(MISPLACED))))
endif

# HOST and PORT only from the command line: some shells export HOST, the name of the machine.
$(foreach name,HOST PORT,$(if $(filter command,$(origin $(name))),,$(eval override $(name) :=)))

# Values reach the commands through the environment, as they were typed: neither make nor a shell reads
# them, so `;`, quotes and $ are characters as others are. The commands split ARGS by themselves.
$(foreach name,COMPETITION ARGS RUNS RUN RUN2 INPUT OUTPUT FORM HOST PORT TEXT MESSAGE SETS,\
    $(eval override $(name) := $$(value $(name)))$(eval export $(name)))

# The other variables are parts of recipes, so characters that a shell reads are refused in them.
define LINE_BREAK


endef
HARMFUL := ; & | < > ( ) { } [ ] * ? ! \# \ " ' ` $$
$(foreach name,TENSORFLOW PYTHON UV VENV KERAS_BACKEND CUDA_VISIBLE_DEVICES TF_CPP_MIN_LOG_LEVEL,\
    $(foreach character,$(HARMFUL),$(if $(findstring $(character),$(subst $(LINE_BREAK),;,$(value $(name)))),\
    $(error $(name)= holds $(character), a character that shells read; name a path without it))))

# The TensorFlow build, as in requirements/<tensorflow>.txt: cuda if there is an NVIDIA GPU, else cpu.
TENSORFLOW ?= $(shell [ "$$(uname -sm)" = "Linux x86_64" ] && nvidia-smi >/dev/null 2>&1 && echo cuda || echo cpu)
TENSORFLOW := $(TENSORFLOW)

# The first of these with a supported version makes the environment. Run `make clean` to change it later.
PYTHONS := $(or $(PYTHON),python3 python3.13 python3.12 python3.11)

VENV := .venv
IN_VENV := $(VENV)/bin/python
# The programs that are not ours get the words of ARGS, split as a shell splits them and nothing more.
WITH_ARGS := $(IN_VENV) -c 'import os, shlex, sys; \
    os.execv(sys.executable, [sys.executable, *sys.argv[1:], *shlex.split(os.environ["ARGS"])])'
# The files name every package with its hash, so pip resolves nothing and fetches no build tools.
INSTALL := $(IN_VENV) -m pip install --quiet --no-deps --no-build-isolation
UV ?= uv
LOCK := $(UV) pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest --generate-hashes \
    --no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock'

# Stamps in the environment. Each is newer than its requirements file if that file is installed.
BASE := $(VENV)/installed-$(TENSORFLOW)
DEV := $(VENV)/installed-dev
DOCS := $(VENV)/installed-docs
EXPORT := $(VENV)/installed-export
KAGGLE := $(VENV)/installed-kaggle
SERVE := $(VENV)/installed-serve
TUNE := $(VENV)/installed-tune
BENCH := $(VENV)/installed-bench
AUDIT := $(VENV)/installed-audit

TIME_cpu := a minute or two, and the first time a download of 500 MB
TIME_cuda := some minutes, and the first time a download of 3.5 GB

TF_CPP_MIN_LOG_LEVEL ?= 3
export TF_CPP_MIN_LOG_LEVEL
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help new check download train prepare embed predict submit report explain leaderboard verify reproduce clean-outputs sweep tune blend serve export bundle upload test test-fast soak lint format docs audit sbom bench results setup lock clean

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile
	@echo
	@printf 'COMPETITION=toxic picks conf/competition/toxic.yaml (now: %s).\n' "$$COMPETITION"
	@echo 'ARGS="model.rnn.units=128 folds.n_folds=10" overrides settings of conf/config.yaml.'
	@echo 'ARGS="experiment=medal" is the best known setting; ARGS="experiment=fast" takes about a minute.'
	@echo '`regard --help` in the environment ($(VENV)/bin/regard) lists the same commands, for any folder.'

new: $(BASE)  ## guess conf/competition/foo.yaml from data/foo/: make new COMPETITION=foo
	@$(IN_VENV) scripts/new.py "$$COMPETITION" "args=$$ARGS"

check: $(BASE)  ## inspect a competition's files before training: seconds
	@$(IN_VENV) scripts/check.py "competition=$$COMPETITION" "args=$$ARGS"

download: $(KAGGLE)  ## download a competition's files from Kaggle: make download COMPETITION=toxic
	@$(IN_VENV) scripts/download.py "competition=$$COMPETITION" "args=$$ARGS"

bundle: $(BASE)  ## write a run as an offline notebook, for a code competition: make bundle COMPETITION=commonlit
	@$(IN_VENV) scripts/bundle.py "competition=$$COMPETITION" "run=$$RUN" "output=$$OUTPUT" "args=$$ARGS"

upload: $(KAGGLE)  ## upload the latest submission or bundle, or RUN=name, to Kaggle: make upload MESSAGE="more epochs"
	@$(IN_VENV) scripts/upload.py "competition=$$COMPETITION" "run=$$RUN" "message=$$MESSAGE" "args=$$ARGS"

# Every stage runs the stages before it that are missing.
train:  ## run all stages, from CSV files to submission.csv and report.html: 5 minutes on bbc_news
prepare:  ## clean, tokenize and encode the texts, assign the folds: seconds
embed:  ## make the embedding matrix: half a minute on bbc_news
train prepare embed: $(BASE)
	@$(IN_VENV) scripts/$@.py "competition=$$COMPETITION" "args=$$ARGS"

# These read a finished run: the latest, or RUN=name, the beginning of one, best, or a path.
predict: $(BASE)  ## predict new texts by a finished run: make predict INPUT=new.csv RUN=best
	@$(IN_VENV) scripts/predict.py "competition=$$COMPETITION" "run=$$RUN" "input=$$INPUT" \
	    "output=$$OUTPUT" "form=$$FORM" "args=$$ARGS"

submit: $(BASE)  ## write submission.csv for the test file as it is now: seconds
	@$(IN_VENV) scripts/submit.py "competition=$$COMPETITION" "run=$$RUN" "args=$$ARGS"

report: $(BASE)  ## write report.html again, or compare two runs: make report RUN=name RUN2=name
	@$(IN_VENV) scripts/report.py "competition=$$COMPETITION" "run=$$RUN" "run2=$$RUN2" "args=$$ARGS"

leaderboard: $(BASE)  ## list the finished runs, best first: seconds
	@$(IN_VENV) scripts/leaderboard.py "competition=$$COMPETITION" "args=$$ARGS"

verify: $(BASE)  ## compare every file of the outputs, or of RUN=name, with its hash: seconds
	@$(IN_VENV) scripts/verify.py "competition=$$COMPETITION" "run=$$RUN" "args=$$ARGS"

reproduce: $(BASE)  ## train the latest run, or RUN=name, again and tell where the result differs
	@$(IN_VENV) scripts/reproduce.py "competition=$$COMPETITION" "run=$$RUN" "args=$$ARGS"

clean-outputs: $(BASE)  ## list interrupted runs and unused folders; ARGS=remove=yes removes them
	@$(IN_VENV) scripts/clean_outputs.py "competition=$$COMPETITION" "args=$$ARGS"

sweep: $(BASE)  ## train once per combination: make sweep ARGS="model.rnn.units=64,128 seed=1,2"
	@$(IN_VENV) scripts/train.py --multirun "competition=$$COMPETITION" "args=$$ARGS"

tune: $(TUNE)  ## search settings, write the best ones as an experiment: make tune ARGS="tune=text_cnn"
	@$(IN_VENV) scripts/tune.py "competition=$$COMPETITION" "args=$$ARGS"

blend: $(BASE)  ## blend the finished runs with the best run's folds, or some: make blend RUNS="name name"
	@$(IN_VENV) scripts/blend.py "competition=$$COMPETITION" "runs=$$RUNS" "args=$$ARGS"

explain: $(BASE)  ## show the words that a run's prediction rests on: make explain TEXT="..."
	@$(IN_VENV) scripts/explain.py "competition=$$COMPETITION" "run=$$RUN" "text=$$TEXT" "args=$$ARGS"

serve: $(SERVE)  ## serve the latest run, or RUN=name, as a page and an endpoint: make serve PORT=8000
	@exec $(IN_VENV) scripts/serve.py "competition=$$COMPETITION" "run=$$RUN" \
	    "host=$$HOST" "port=$$PORT" "args=$$ARGS"

export: $(EXPORT)  ## write a run's networks as ONNX, with settings and a model card: half a minute
	@$(IN_VENV) scripts/export.py "competition=$$COMPETITION" "run=$$RUN" "output=$$OUTPUT" "args=$$ARGS"

# One process per core, at most 4, because TensorFlow takes 1 GB of memory in each.
# The many processes of the tests share bytecode, also where it is switched off.
PYTEST = PYTHONDONTWRITEBYTECODE= $(WITH_ARGS) -m pytest --numprocesses auto --maxprocesses 4

test: $(DEV)  ## run every test: 25 minutes on two cores; ARGS goes to pytest
	@$(PYTEST)

test-fast: $(DEV)  ## run the tests that are not slow: half a minute
	@$(PYTEST) -m 'not slow'

# The tests that make their input at random, and those of faults and kills.
SOAKED := tests/config/test_any_page.py tests/embeddings/test_files.py tests/pipeline/test_faults.py \
    tests/pipeline/test_foreign_runs.py tests/pipeline/test_kills.py tests/pipeline/test_mutated_files.py \
    tests/serving/test_any_request.py

soak: $(DEV)  ## try 50,000 random inputs of each kind, every fault of a disk, 20 kills: days
	@MUTATIONS=$${MUTATIONS:-50000} KILLS=$${KILLS:-20} REGARD_EVERY_FAULT=1 $(PYTEST) $(SOAKED)

lint: $(DEV)  ## check style and types with ruff and mypy: half a minute
	@$(IN_VENV) -m ruff check
	@$(IN_VENV) -m ruff format --check
	@$(IN_VENV) -m mypy

format: $(DEV)  ## fix style with ruff
	@$(IN_VENV) -m ruff check --fix
	@$(IN_VENV) -m ruff format

# Not --quiet, which would hide the warnings that --strict turns into errors. NO_MKDOCS_2_WARNING
# silences a notice of the theme.
docs: $(DOCS)  ## build the documentation into build/docs: seconds
	@NO_MKDOCS_2_WARNING=1 $(WITH_ARGS) -m mkdocs build --strict --config-file docs/mkdocs.yml
	@echo "Open build/docs/index.html in a browser."

# Every package is in the file with its hash, so nothing is resolved or installed. --strict: a package
# that the database does not answer for is an error, and not passed over.
audit: $(AUDIT)  ## compare the pinned packages with the public database of vulnerabilities: seconds
	@$(WITH_ARGS) -m pip_audit --disable-pip --require-hashes --strict --progress-spinner off \
	    --timeout 10 --requirement requirements/$(TENSORFLOW).txt

sbom: $(AUDIT)  ## write build/sbom.json, the parts list of the software in CycloneDX's form: seconds
	@mkdir -p build
	@$(IN_VENV) -W ignore -m cyclonedx_py requirements --output-reproducible --pyproject pyproject.toml \
	    --output-file build/sbom.json requirements/$(TENSORFLOW).txt
	@echo "build/sbom.json lists the packages of requirements/$(TENSORFLOW).txt."

bench: $(BENCH)  ## measure speed against PyTorch, fastText and others: an hour; ARGS="recurrent vectors" for some
	@$(WITH_ARGS) benchmarks/bench.py

results: $(BENCH)  ## score Regard and others on a folder of data sets: make results SETS=path/to/sets, hours
	@[ -n "$$SETS" ] || { echo "make results needs a folder of data sets: make results SETS=path/to/sets" >&2; exit 1; }
	@$(WITH_ARGS) benchmarks/results.py "$$SETS"

setup: $(BASE)  ## make .venv; the other targets do this when needed: a minute or two
	@echo "$(VENV) is ready."

lock:  ## resolve requirements/*.txt with uv; ARGS=--upgrade takes newer versions
	@command -v $(UV) >/dev/null || { echo "make lock needs uv: python3 -m pip install uv" >&2; exit 1; }
	@set -f; $(LOCK) $$ARGS pyproject.toml --extra cpu -o requirements/cpu.txt
	@set -f; $(LOCK) $$ARGS pyproject.toml --extra cuda -c requirements/cpu.txt -o requirements/cuda.txt
	@set -f; $(LOCK) $$ARGS pyproject.toml --extra dev -c requirements/cuda.txt -o requirements/dev.txt
	@set -f; $(LOCK) $$ARGS pyproject.toml --extra docs -c requirements/dev.txt -o requirements/docs.txt
	@set -f; $(LOCK) $$ARGS pyproject.toml --extra export -c requirements/dev.txt -o requirements/export.txt
	@set -f; $(LOCK) $$ARGS pyproject.toml --extra kaggle -c requirements/dev.txt -o requirements/kaggle.txt
	@set -f; $(LOCK) $$ARGS pyproject.toml --extra serve -c requirements/dev.txt -o requirements/serve.txt
	@set -f; $(LOCK) $$ARGS pyproject.toml --extra tune -c requirements/dev.txt -o requirements/tune.txt
	@set -f; $(LOCK) $$ARGS pyproject.toml --extra bench -c requirements/dev.txt -o requirements/bench.txt
	@set -f; $(LOCK) $$ARGS pyproject.toml --extra audit -c requirements/dev.txt -o requirements/audit.txt
	@printf 'pip\nsetuptools\n' | (set -f; $(LOCK) $$ARGS - -c requirements/cpu.txt -o requirements/build.txt)

clean:  ## remove .venv and caches; keep data/ and outputs/
	@rm -rf $(VENV) build src/*.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find . \( -path ./.git -o -path ./data -o -path ./outputs \) -prune \
	    -o -name __pycache__ -type d -prune -exec rm -rf {} +

# Always build from nothing, so that no older or interrupted set-up leaves traces. pip caches downloads.
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

# Move $(BASE) away while packages are added: after an interruption the next set-up starts from nothing.
$(DEV) $(DOCS) $(EXPORT) $(KAGGLE) $(SERVE) $(TUNE) $(BENCH) $(AUDIT): $(VENV)/installed-%: requirements/%.txt $(BASE)
	@echo "Installing requirements/$*.txt into $(VENV): up to a minute."
	@mv $(BASE) $(BASE).away
	@$(INSTALL) --require-hashes -r $<
	@mv $(BASE).away $(BASE)
	@touch $@
