"""What the judges in Python share: reading samples, and counting what was looked at."""

import base64
import json
import pathlib
import sys

FOLDER = pathlib.Path(sys.argv[1])


def load(name):
    return json.loads((FOLDER / name).read_text())


def store(name, value):
    (FOLDER / name).write_text(json.dumps(value, indent=1))


def raw(text):
    return base64.b64decode(text, validate=True)


def b64(data):
    return base64.b64encode(data).decode()


def refused(what, attempt):
    """Runs an attempt that must fail; a judge that accepts everything is no judge."""
    try:
        outcome = attempt()
    except AssertionError:
        raise
    except Exception:
        return 1
    assert outcome is False, f"accepted: {what}"
    return 1
