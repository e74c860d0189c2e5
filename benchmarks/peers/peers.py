"""Peers of the bench: what the same readings take in other formats. Prints one JSON object.

The receive times of streams are laid on the sensor's grid first, as ours are: every format gets the easier input.
"""
import csv
import gzip
import json
import sys
import time
from collections import defaultdict
from datetime import datetime, timezone


def load(path):
    rows = defaultdict(lambda: ([], []))
    with open(path, newline="") as file:
        for at, vital, value in csv.reader(file):
            times, values = rows[int(vital)]
            times.append(int(at))
            values.append(int(value))
    return {vital: (on_grid(times), values) for vital, (times, values) in rows.items()}


def on_grid(times):
    """Streams of one value a second get the grid; the others keep their times."""
    if len(times) > 2 and abs((times[-1] - times[0]) / (len(times) - 1) - 1000) < 5:
        return [times[0] + 1000 * index for index in range(len(times))]
    return times


def observation(vital, at, value):
    when = datetime.fromtimestamp(at / 1000, timezone.utc).isoformat(timespec="milliseconds")
    return {
        "resourceType": "Observation",
        "status": "final",
        "category": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "vital-signs"}]}],
        "code": {"coding": [{"system": "http://loinc.org", "code": f"8867-{vital}"}]},
        "subject": {"reference": "Patient/1"},
        "effectiveDateTime": when,
        "valueQuantity": {"value": value, "unit": "/min", "system": "http://unitsofmeasure.org", "code": "/min"},
    }


def sampled(vital, hour, values):
    resource = observation(vital, hour, 0)
    del resource["valueQuantity"]
    resource["valueSampledData"] = {
        "origin": {"value": 0},
        "period": 1000,
        "dimensions": 1,
        "data": " ".join(map(str, values)),
    }
    return resource


def packed(resources):
    text = "\n".join(json.dumps(resource, separators=(",", ":")) for resource in resources)
    return len(gzip.compress(text.encode(), 6))


def formats(path):
    rows = load(path)
    single = (observation(vital, at, value) for vital, (times, values) in rows.items() for at, value in zip(times, values))
    hours = []
    for vital, (times, values) in rows.items():
        parts = defaultdict(list)
        for at, value in zip(times, values):
            parts[at // 3_600_000].append(value)
        hours += [sampled(vital, hour * 3_600_000, part) for hour, part in parts.items()]
    sizes = {"fhir_gz": packed(single), "sampled_gz": packed(hours)}
    try:
        sizes["parquet"] = parquet(rows, path + ".parquet")
    except ImportError:
        pass
    return sizes


def parquet(rows, path):
    """One file a vital: time and value, delta encoded, zstd; the sum."""
    import os

    import pyarrow as pa
    import pyarrow.parquet as pq

    total = 0
    for vital, (times, values) in rows.items():
        table = pa.table({"t": pa.array(times, pa.int64()), "v": pa.array(values, pa.int32())})
        pq.write_table(
            table, path, compression="zstd", use_dictionary=False,
            column_encoding={"t": "DELTA_BINARY_PACKED", "v": "DELTA_BINARY_PACKED"},
        )
        total += os.path.getsize(path)
    return total


def duckdb_rest(path, file):
    import os

    import duckdb

    db = duckdb.connect(file)
    db.execute(f"CREATE TABLE reading AS SELECT column0 AS t, column1::SMALLINT AS vital, column2::INTEGER AS value FROM read_csv('{path}', header=false)")
    db.execute("CHECKPOINT")
    db.close()
    return {"bytes": os.path.getsize(file)}


def duckdb_chart(file, hours):
    import duckdb

    seconds = int(hours) * 3600
    db = duckdb.connect(file)
    db.execute("SET threads = 1")
    db.execute(f"CREATE TABLE reading AS SELECT 1772323200000 + range * 1000 AS t, (60 + 20 * sin(range / 900.0) + range % 7)::INTEGER AS value FROM range({seconds})")
    db.execute("CHECKPOINT")
    width = max(1, seconds // 1000) * 1000
    sql = f"SELECT (t - 1772323200000) // {width} AS px, min(value), avg(value), max(value) FROM reading GROUP BY px ORDER BY px"
    took = []
    for _ in range(4):
        start = time.perf_counter()
        assert len(db.execute(sql).fetchall()) >= 1000 or seconds < 1000
        took.append(time.perf_counter() - start)
    return {"seconds": sorted(took[1:])[1]}


if __name__ == "__main__":
    what, arguments = sys.argv[1], sys.argv[2:]
    print(json.dumps({"formats": formats, "duckdb_rest": duckdb_rest, "duckdb_chart": duckdb_chart}[what](*arguments)))
