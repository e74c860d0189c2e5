#!/usr/bin/env bash
# Reads the test vectors with the second implementation, written in Python from docs/protocol.md alone.
# Exit: 0 all judged right, 1 not, 77 Python or its packages are missing (the last line says which).
set -u
cd "$(dirname "$0")" || exit 2
venv=../../../target/interop/verifier
if ! command -v python3 >/dev/null; then
    echo "python3 was not found"
    exit 77
fi
if ! cmp -s requirements.txt "$venv/installed.txt"; then
    if ! { python3 -m venv "$venv" && "$venv/bin/pip" install --quiet --disable-pip-version-check -r requirements.txt; } >"${TMPDIR:-/tmp}/verifier-pip.$$" 2>&1; then
        tail -n 3 "${TMPDIR:-/tmp}/verifier-pip.$$"
        rm -f "${TMPDIR:-/tmp}/verifier-pip.$$"
        echo "the packages of tests/interop/verifier/requirements.txt could not be installed"
        exit 77
    fi
    rm -f "${TMPDIR:-/tmp}/verifier-pip.$$"
    cp requirements.txt "$venv/installed.txt"
fi
exec env PYTHONDONTWRITEBYTECODE=1 "$venv/bin/python" verify.py
