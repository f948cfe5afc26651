#!/bin/sh
# Makes .venv and installs one locked set into it: `sh requirements/install.sh live|dev`.
# live: what avce-live needs. dev: everything but the extras gpu and demo.
set -eu

set_name=${1:?live or dev}
cd "$(dirname "$0")/.."
here=$(pwd -P)

say() { echo "setup: $*"; }
stop() { echo "setup: $*" >&2; exit 1; }

usable() { "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null; }

find_python() {
    for candidate in ${PYTHON:-python3 python3.12 python3.11 python3.13 python3.14 python}; do
        if usable "$candidate"; then
            command -v "$candidate"
            return
        fi
    done
    return 1
}

make_environment() {
    python=$(find_python) || stop "no Python 3.11 to 3.14 found: install one, or name it with PYTHON=/path/to/python3."
    say "making .venv with $("$python" --version)"
    rm -rf .venv
    if command -v uv >/dev/null 2>&1; then
        uv venv --quiet --python "$python" .venv
        uv pip install --quiet --python .venv/bin/python --require-hashes -r requirements/bootstrap.txt
        return
    fi
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        version=$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
        sh requirements/system-packages.sh --install "$version" || true
        "$python" -c 'import ensurepip, venv' 2>/dev/null ||
            stop "$python has no venv module: install it (on Debian and Ubuntu: apt-get install $version) or uv, then try again."
    fi
    "$python" -m venv .venv
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes \
        -r requirements/bootstrap.txt
}

if [ -e .venv/.checkout ] && [ "$(cat .venv/.checkout)" != "$here" ]; then
    stop "this .venv was made for $(cat .venv/.checkout): delete it (make clean), then try again."
fi
sh requirements/system-packages.sh "$set_name"
[ -x .venv/bin/python ] || make_environment
uv=.venv/bin/uv
[ -x "$uv" ] || .venv/bin/python -m pip install --quiet --disable-pip-version-check \
    --require-hashes -r requirements/bootstrap.txt

# Every dependency, direct or not, stands in the lock, so nothing is resolved here (--no-deps).
say "installing the locked packages of requirements/$set_name.txt"
VIRTUAL_ENV=$here/.venv
export VIRTUAL_ENV
# Python compiles what an app imports when it first does. Tests start hundreds of processes, which
# would all do so where Python may not keep what it compiled (PYTHONDONTWRITEBYTECODE).
compile=
[ "$set_name" = live ] || compile=--compile-bytecode
"$uv" pip install $compile --require-hashes --no-deps -r requirements/bootstrap.txt -r "requirements/$set_name.txt"
"$uv" pip install --quiet --no-deps --no-build-isolation -e .

echo "$here" >.venv/.checkout
touch .venv/.installed-live
if [ "$set_name" = dev ]; then
    touch .venv/.installed-dev
fi
say "done"
