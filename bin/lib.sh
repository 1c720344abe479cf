# What the commands beside this file share: find Python, get uv, install what uv.lock names.
# Sourced, not run; POSIX sh, for Debian and macOS.

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
cd "$root"
# Compiled once and kept: without that each of the many processes compiles all of Django anew.
unset PYTHONDONTWRITEBYTECODE
unset PYTHONHOME PYTHONPATH VIRTUAL_ENV UV_PROJECT_ENVIRONMENT UV_PYTHON
umask 022

fail() {
    printf 'Pilotlight: %s\n' "$*" >&2
    exit 1
}

# The first Python that runs and is new enough. Shims of version managers exist and fail: each is tried.
find_python() {
    for candidate in "${PILOTLIGHT_PYTHON:-}" python3.13 python3.12 python3.14 python3 python; do
        [ -n "$candidate" ] || continue
        "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 12))' >/dev/null 2>&1 || continue
        "$candidate" -c 'import os, sys; print(os.path.realpath(sys.executable))'
        return 0
    done
    return 1
}

how_to_get_python() {
    case $(uname -s) in
        Darwin) echo "install it from python.org or with: brew install python@3.13" ;;
        *) echo "on Debian 13 or Ubuntu 24.04 with: sudo apt-get install python3 python3-venv" ;;
    esac
}

# uv from the machine, else one of our own in .bin/.
find_uv() {
    for candidate in uv "$root/.bin/uv/bin/uv"; do
        if "$candidate" --version >/dev/null 2>&1; then
            command -v "$candidate"
            return 0
        fi
    done
    return 1
}

get_uv() {
    if ! "$python" -c 'import venv, ensurepip' >/dev/null 2>&1; then
        version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
        fail "Python $version has no venv and pip here; on Debian: sudo apt-get install python$version-venv"
    fi
    echo "Installing uv into .bin/ ..." >&2
    mkdir -p .bin 2>/dev/null || fail "cannot write to $root: change its owner."
    log=$root/.bin/uv.log
    rm -rf .bin/uv
    { "$python" -m venv .bin/uv && .bin/uv/bin/python -m pip install --quiet --disable-pip-version-check uv; } \
        >"$log" 2>&1 || { tail -n 5 "$log" >&2; fail "uv could not be installed; is the package index (PyPI) reachable?"; }
}

# get_dependencies [--dev]: the locked dependencies into .venv; nothing to do when the lock has not changed since.
get_dependencies() {
    stamp=.venv/.installed$([ "${1:-}" = --dev ] && echo -dev || :)
    if [ -e "$stamp" ] && cmp -s uv.lock "$stamp" && .venv/bin/python -c '' >/dev/null 2>&1; then
        return 0
    fi
    python=$(find_python) || fail "needs Python 3.12 or later: $(how_to_get_python)"
    uv=$(find_uv) || { get_uv; uv=$(find_uv) || fail "uv does not run: see .bin/uv.log"; }
    echo "Installing what uv.lock names into .venv/ ..." >&2
    # Beside what is there already: bin/demo does not throw out what bin/test needs.
    groups=$([ "${1:-}" = --dev ] && echo --dev || echo --no-dev)
    if [ -x .venv/bin/python ] && .venv/bin/python -c '' >/dev/null 2>&1; then
        python=$root/.venv/bin/python
    else
        rm -rf .venv
    fi
    UV_PYTHON_DOWNLOADS=never "$uv" sync --quiet --locked --inexact "$groups" --python "$python" >&2 ||
        fail "the dependencies could not be installed (see above)."
    cp uv.lock "$stamp"
    [ "${1:-}" != --dev ] || cp uv.lock .venv/.installed
}
