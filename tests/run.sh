#!/usr/bin/env bash
# Checks Ringside.
#
#   tests/run.sh                  everything but n8n and deploy, which take long to install
#   tests/run.sh lint types       some of the parts: see docs/development.md
#   tests/run.sh -k stream        anything else goes to pytest, and only its tests run: a name,
#   tests/run.sh tests/test_x.py  a path, or any other argument
#
# Needs Python 3.11 or newer and installs the rest that a part needs: packages into .venv, on Debian and Ubuntu
# Chromium and PostgreSQL by apt-get.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export PATH="$PWD/.venv/bin:$PATH"
# The tests start hundreds of programs; without the bytecode each would compile all of Ringside again.
unset PYTHONDONTWRITEBYTECODE
# A download that stands still is begun again sooner than after npm's own five minutes.
export npm_config_fetch_timeout=90000 npm_config_fetch_retries=5

# Most tests that start servers wait for them.
workers=$(($(getconf _NPROCESSORS_ONLN) * 2))

say() { printf '\n== %s\n' "$*"; }
fail() { printf 'tests: %s\n' "$*" >&2; exit 1; }

# What the parts need.

packages() {
  ./startup.sh --packages
  local wanted
  wanted=$(sha256sum tests/requirements.txt)
  [ "$(cat .venv/.tests-installed 2>/dev/null)" != "$wanted" ] || return 0
  say "installing the tests' packages (tests/requirements.txt)"
  python -m pip install --disable-pip-version-check -q -r tests/requirements.txt
  printf '%s' "$wanted" > .venv/.tests-installed
}

dashboard() {
  packages
  ./startup.sh --prepare
}

database() {
  packages
  command -v initdb >/dev/null || compgen -G "/usr/lib/postgresql/*/bin/initdb" >/dev/null || from_debian postgresql
}

browser() {
  dashboard
  command -v chromium-headless-shell >/dev/null || command -v chromium >/dev/null ||
    from_debian chromium-headless-shell fonts-dejavu-core
}

# What has requirements of its own has an environment of its own: what it wants is not what Ringside wants.
own_environment() {
  local environment=$1 requirements=$2 wanted
  packages
  wanted=$(sha256sum "$requirements")
  [ "$(cat "$environment/.installed" 2>/dev/null)" != "$wanted" ] || return 0
  say "installing $requirements"
  rm -rf "$environment"
  python -m venv "$environment"
  timeout 900 "$environment/bin/python" -m pip install --disable-pip-version-check -q --no-deps "${@:3}" -r "$requirements" ||
    fail "$requirements could not be installed: it has no packages for this machine, or there is no way to the package \
index. The other parts run without it."
  printf '%s' "$wanted" > "$environment/.installed"
}

# The package for other people's programs, as it is given out: the wheel, built from the source distribution.
built_package() {
  own_environment sdk/python/.venv sdk/python/tests/requirements.txt
  rm -rf sdk/python/dist
  sdk/python/.venv/bin/python -m build --no-isolation sdk/python >/dev/null
}

with_package() {
  "$1/bin/python" -m pip install --disable-pip-version-check -q --no-deps --force-reinstall sdk/python/dist/*.whl
}

# Other people's programs.
foreign_programs() {
  database
  local folder
  for folder in tests/peers/*/; do
    own_environment "${folder}.venv" "${folder}requirements.txt"
  done
}

# Without scripts, for some fetch programs; only the one that is needed runs.
npm_programs() {
  local folder=$1 name=$2 with_script=$3 wanted
  dashboard
  wanted=$(sha256sum "$folder/package.json")
  [ "$(cat "$folder/node_modules/.installed" 2>/dev/null)" != "$wanted" ] || return 0
  say "installing $name ($folder/package.json)"
  rm -rf "$folder/node_modules"
  (cd "$folder" && npm install --ignore-scripts --no-package-lock --no-audit --no-fund --silent &&
    npm rebuild "$with_script" --silent) || fail "$name could not be installed."
  printf '%s' "$wanted" > "$folder/node_modules/.installed"
}

from_debian() {
  command -v apt-get >/dev/null || fail "the tests need: $*. Install it, then run this again."
  say "installing from Debian: $*"
  local as_root=()
  [ "$(id -u)" = 0 ] || as_root=(sudo)
  "${as_root[@]}" apt-get update -qq
  DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends "$@" >/dev/null ||
    fail "$* could not be installed."
}

# What stands in front of a server in deploy/.
proxy() {
  { [ -x /usr/sbin/nginx ] && command -v openssl; } >/dev/null || from_debian nginx-light openssl
}

# The broker that the tests start, and what runs it.
kafka_broker() {
  local wanted
  database
  command -v java >/dev/null || from_debian openjdk-17-jre-headless
  wanted=$(sha256sum tests/kafka/pom.xml)
  [ "$(cat tests/kafka/libs/.installed 2>/dev/null)" != "$wanted" ] || return 0
  command -v mvn >/dev/null || from_debian maven
  say "installing Apache Kafka (tests/kafka/pom.xml)"
  rm -rf tests/kafka/libs
  mvn -q -B -f tests/kafka/pom.xml dependency:copy-dependencies -DoutputDirectory=libs || fail "Kafka could not be installed."
  printf '%s' "$wanted" > tests/kafka/libs/.installed
}

# What checks deploy/: the programs of others that read these files, built with Go, and schemas that their projects publish.
deploy_programs() {
  local folder=$PWD/tests/deploy/bin wanted kubernetes=k8s.io/kubernetes@v1.37.2 keda=github.com/kedacore/keda/v2@v2.21.0 \
    prometheus=github.com/prometheus-operator/prometheus-operator@v0.85.0
  wanted=$(sha256sum tests/run.sh tests/deploy/kubernetes_schemas.py tests/deploy/compose/*)
  [ "$(cat "$folder/.installed" 2>/dev/null)" != "$wanted" ] || return 0
  command -v go >/dev/null || fail "the part deploy needs Go 1.24 or newer: https://go.dev/doc/install"
  say "building what checks deploy/ (ten minutes)"
  mkdir -p "$folder"
  GOBIN=$folder go install helm.sh/helm/v4/cmd/helm@v4.3.1
  GOBIN=$folder go install github.com/yannh/kubeconform/cmd/kubeconform@v0.8.0
  GOBIN=$folder go install github.com/rhysd/actionlint/cmd/actionlint@v1.7.12
  go build -C tests/deploy/compose -o "$folder/compose" .
  (cd "$(mktemp -d)" && go mod download "$kubernetes" "$keda" "$prometheus")
  local modules
  modules=$(go env GOMODCACHE)
  python tests/deploy/kubernetes_schemas.py "$folder/schemas" "$modules/$kubernetes/api/openapi-spec/swagger.json" \
    "$modules/$keda/config/crd/bases/keda.sh_scaledobjects.yaml" \
    "$modules/$prometheus/example/prometheus-operator-crd/monitoring.coreos.com_podmonitors.yaml"
  own_environment "$folder/.venv" tests/deploy/requirements.txt
  own_environment deploy/.venv deploy/requirements.txt
  ln -sf .venv/bin/hadolint "$folder/hadolint"
  printf '%s' "$wanted" > "$folder/.installed"
}

# The image of deploy/Dockerfile, by podman with a storage of its own. Where its base cannot be fetched, Debian is one, made
# of the same parts; it trusts what this machine trusts.
container_image() {
  local folder=$PWD/tests/deploy/bin base kept=localhost/debian-python made
  base=$(sed -n 's/^ARG PYTHON_IMAGE=//p' deploy/Dockerfile)
  # shellcheck disable=SC2016 # mmdebstrap's shell knows $1
  local hooks=(--customize-hook='copy-in /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs'
    --customize-hook='echo cafile=/etc/ssl/certs/ca-certificates.crt > "$1/root/.npmrc"')
  { command -v podman && command -v runc && command -v mmdebstrap; } >/dev/null || from_debian podman runc mmdebstrap
  printf '#!/bin/sh\nexec /usr/bin/podman --root "%s" --runroot "%s" --storage-driver overlay %s "$@"\n' \
    "$folder/.containers" "$folder/.running" "--cgroup-manager cgroupfs --events-backend file --runtime runc" > "$folder/podman"
  chmod +x "$folder/podman"
  if ! "$folder/podman" image exists "$base" && ! timeout 120 "$folder/podman" pull --quiet "$base" 2>/dev/null; then
    base=$kept
    if ! "$folder/podman" image exists "$kept"; then
      say "making the base of the image from Debian's packages"
      made=$(mktemp -d)
      [ ! -f /etc/pip.conf ] || hooks+=(--customize-hook='copy-in /etc/pip.conf /etc')
      mmdebstrap --quiet --variant=minbase --include=python3,python3-venv,ca-certificates \
        "${hooks[@]}" bookworm "$made/base.tar"
      "$folder/podman" import --quiet --change "ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" \
        "$made/base.tar" "$kept" >/dev/null
      rm -rf "$made"
    fi
  fi
  say "building the image (deploy/Dockerfile)"
  "$folder/podman" build --quiet --isolation chroot --network host --format docker --build-arg "PYTHON_IMAGE=$base" \
    --file deploy/Dockerfile --tag localhost/ringside . >/dev/null
}

# Thousands of small databases are written and synced: in memory, where there is room, the tests do not wait for a disk.
# What is about disks stays on one. PostgreSQL runs as a user of its own and passes through the folder: 711.
in_memory() {
  local folder=/dev/shm/ringside-tests free
  free=$(df --output=avail /dev/shm 2>/dev/null | tail -1) || true
  if [ "${free:-0}" -ge $((4 << 20)) ] && mkdir -p -m 711 "$folder" && [ -O "$folder" ]; then
    TMPDIR=$folder "$@"
  else
    "$@"
  fi
}

# Tests that run beside each other. What fails is run once more with nothing beside it. Where that passes, a test met
# another one, or a machine that stood still: that is told, and to be mended, but says nothing of the change that is
# checked. More than three are no accident.
beside_each_other() {
  local cache failed
  cache=$(mktemp -d)
  in_memory python -m pytest -o cache_dir="$cache" -n "$workers" --dist worksteal "$@" && rm -rf "$cache" && return
  failed=$(grep ': true' "$cache/v/cache/lastfailed" 2>/dev/null) || return 1
  [ "$(wc -l <<<"$failed")" -le 3 ] || return 1
  say "what failed, once more and alone"
  in_memory python -m pytest -o cache_dir="$cache" --last-failed --last-failed-no-failures none "$@" || return 1
  say "UNSTEADY, to be mended: passed only alone:" "$failed"
  rm -rf "$cache"
}

# The parts.

lint() {
  packages
  say "lint: style and layers of the Python code"
  ruff check .
  ruff format --check .
  lint-imports --no-cache --no-logo
}

types() {
  packages
  say "types: mypy"
  mypy
  (cd sdk/python && mypy)
}

web() {
  dashboard
  say "web: the dashboard's generated code, style and unit tests"
  python -m api.openapi | cmp - frontend/openapi.json ||
    fail "frontend/openapi.json is old: python -m api.openapi > frontend/openapi.json && npm --prefix frontend run generate"
  npm --prefix frontend run --silent generate >/dev/null
  git diff --exit-code --stat -- frontend/src/app/models ||
    fail "the generated client is old: commit what npm --prefix frontend run generate wrote."
  npm --prefix frontend run --silent lint
  npm --prefix frontend run --silent test:ci
}

unit() {
  database
  say "unit: tests that start no server"
  beside_each_other -m unit
}

servers() {
  database
  proxy
  say "servers: tests that start gunicorn, agent processes and other programs, and kill some of them"
  beside_each_other -m servers
}

sdk() {
  built_package
  with_package sdk/python/.venv
  say "sdk: the package for other people's programs against a real server"
  (cd sdk/python && timeout 900 .venv/bin/python -m pytest)
}

adapters() {
  local name folder
  built_package
  for name in langchain crewai openai_agents; do
    folder=sdk/python/tests/adapters/$name
    own_environment "$folder/.venv" "$folder/requirements.txt"
    with_package "$folder/.venv"
    say "adapters: $name"
    (cd sdk/python && timeout 600 "tests/adapters/$name/.venv/bin/python" -m pytest "tests/adapters/$name")
  done
}

e2e() {
  database
  browser
  say "e2e: what a user does, in a real browser"
  beside_each_other tests/e2e
}

browsers() {
  dashboard
  { command -v firefox-esr && command -v WebKitWebDriver && command -v xvfb-run; } >/dev/null ||
    from_debian firefox-esr webkit2gtk-driver xvfb xauth fonts-dejavu-core
  say "browsers: the way of a user in Firefox and WebKit"
  timeout 600 python -m pytest tests/browsers
}

models() {
  own_environment tests/models/.venv tests/models/requirements.txt --only-binary :all:
  say "models: a real small model on llama.cpp"
  timeout 900 python -m pytest tests/models
}

peers() {
  foreign_programs
  say "peers: other people's programs, as they are installed"
  timeout 900 python -m pytest tests/peers
}

kafka() {
  kafka_broker
  say "kafka: beside a real Apache Kafka"
  timeout 1200 python -m pytest -n 2 tests/kafka
}

coding() {
  database
  built_package
  with_package sdk/python/.venv
  npm_programs tests/coding_agents "Claude Code and Codex" @anthropic-ai/claude-code
  say "coding: a real Claude Code and a real Codex tell of themselves by hooks"
  timeout 600 python -m pytest tests/coding_agents
}

identity() {
  database
  browser
  npm_programs tests/identity "oidc-provider" oidc-provider
  say "identity: signing in with a real OpenID Connect provider"
  timeout 600 python -m pytest tests/identity
}

deploy() {
  database
  proxy
  deploy_programs
  container_image
  say "deploy: what is in deploy/, read and run by what it is for"
  timeout 1800 python -m pytest tests/deploy
}

n8n() {
  database
  npm_programs tests/n8n "n8n, which takes ten minutes," sqlite3
  say "n8n: real workflows of a real n8n"
  timeout 900 python -m pytest tests/n8n
}

faults() {
  kafka_broker
  browser
  say "faults: the promises under fire, alone on the machine, for some of them count milliseconds"
  python -m pytest tests/faults
}

everything() {
  database
  browser
  proxy
  at_the_same_time "lint types" web
  say "unit, servers, e2e"
  beside_each_other -m "not faults and not models and not peers and not kafka and not coding_agents and not identity and not n8n and not browsers"
  sdk
  adapters
  browsers
  models
  peers
  kafka
  coding
  identity
  faults
  say "everything is checked, in $SECONDS s"
}

# Runs groups of parts beside each other; what each of them printed is shown when it has ended.
at_the_same_time() {
  local group folder number pids=() failed=0
  folder=$(mktemp -d)
  # shellcheck disable=SC2064 # the folder is known now, and at the exit no longer
  trap "rm -rf '$folder'; kill \$(jobs -p) 2>/dev/null || true" EXIT
  for group in "$@"; do
    # shellcheck disable=SC2086 # a group is several words
    tests/run.sh $group >"$folder/${#pids[@]}" 2>&1 &
    pids+=($!)
  done
  for number in "${!pids[@]}"; do
    wait "${pids[$number]}" || failed=1
    cat "$folder/$number"
  done
  [ "$failed" = 0 ] || exit 1
}

parts="lint types web unit servers sdk adapters e2e browsers identity models peers kafka coding deploy n8n faults"
is_part() { [[ " $parts " == *" $1 "* ]]; }

if [ $# = 0 ]; then
  everything
elif is_part "$1"; then
  for part in "$@"; do
    is_part "$part" || fail "there is no part '$part': ${parts// /, }; none is everything."
  done
  for part in "$@"; do "$part"; done
elif [[ "$1" == -* || -e "${1%%::*}" ]]; then
  database
  say "pytest $*"
  exec python -m pytest "$@"
else
  fail "'$1' is neither a part (${parts// /, }) nor a path nor an argument of pytest."
fi
