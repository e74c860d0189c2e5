"""Reads the test vectors with this second implementation and says how many it judges as they must be judged."""

import json
import pathlib
import sys

from judges import FORMATS, Case, Refused

VECTORS = pathlib.Path(__file__).resolve().parents[2] / "vectors"


def read(format_, case):
    """(value, None) or (None, why it is refused); any other end is a mistake of this verifier."""
    try:
        return FORMATS[format_](Case(case)), None
    except Refused as why:
        return None, str(why)
    except Exception as mistake:  # noqa: BLE001
        return "a mistake", f"broke off with {type(mistake).__name__}: {mistake}"


def judge(format_, case):
    """None when the case is judged as it must be, else what is wrong."""
    value, why = read(format_, case)
    if value == "a mistake":
        return why
    if why is not None:
        return None if case["expect"] == "invalid" else f"refused: {why}"
    if case["expect"] == "invalid":
        return f"accepted, but: {case['why']}"
    if value != case["value"]:
        return f"read as {value}, expected {case['value']}"
    return judge_cut(format_, case)


# A journal that ends early is one whose process was killed: what was cut off was acknowledged to nobody.
MAY_END_EARLY = {"journal-file", "journal-file-2"}


def judge_cut(format_, case):
    """Of a valid input the last byte is never too much."""
    if format_ in MAY_END_EARLY:
        return None
    field = "bytes" if "bytes" in case else "text"
    cut = case[field][:-2] if field == "bytes" else case[field][:-1]
    value, why = read(format_, {**case, field: cut})
    if value is None or not case[field]:
        return None
    return why or "still accepted without its last byte"


def main():
    files = {path.stem: path for path in sorted(VECTORS.glob("*.json"))}
    wrong = [f"{name}: no file of vectors" for name in FORMATS if name not in files]
    totals = {"valid": 0, "invalid": 0}
    for name, path in files.items():
        if name not in FORMATS:
            continue
        cases = json.loads(path.read_text(encoding="utf-8"))["cases"]
        counts = {"valid": 0, "invalid": 0}
        for case in cases:
            problem = judge(name, case)
            if problem is None:
                counts[case["expect"]] += 1
            else:
                wrong.append(f"{name} {case['name']}: {problem[:500]}")
        print(f"{name}: {counts['valid']} valid accepted, {counts['invalid']} invalid refused, of {len(cases)}")
        for expect, count in counts.items():
            totals[expect] += count
    others = [name for name in files if name not in FORMATS]
    print(f"not read by this verifier: {', '.join(others) or 'nothing'}")
    print(f"in all: {totals['valid']} valid accepted and read alike, {totals['invalid']} invalid refused, {len(wrong)} wrong")
    for line in wrong:
        print(f"WRONG {line}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
