#!/usr/bin/env python3
"""Cuts FHIR exports into files for the judge. usage: fhir_files.py SAMPLES EXPORT…

good/: one resource of every shape there is in the exports, and a transaction Bundle of them. bad/: each made from a good one by one
change that a receiver must notice; the judge is no judge unless it refuses every one of them. phd/ and phd-bad/: what a sensor sent,
claiming the profiles of the Personal Health Device guide."""

import copy
import json
import pathlib
import shutil
import sys

from samples import FOLDER

LOINC = "http://loinc.org"


def shape(value):
    """What a resource looks like: all its fields and codes, none of its numbers, times and names."""
    if isinstance(value, dict):
        kept = ("code", "status", "system", "unit", "type", "profile", "valueCode")
        return tuple((key, item if key in kept and isinstance(item, str) else shape(item)) for key, item in sorted(value.items()))
    if isinstance(value, list):
        return tuple(shape(item) for item in value)
    return type(value).__name__


def of_every_shape(bundle, most):
    found = {}
    for entry in bundle["entry"]:
        found.setdefault(shape(entry["resource"]), entry)
    return list(found.values())[:most]


def closed(bundle, entries):
    """The entries and everything that they point at, as a Bundle."""
    text = json.dumps([entry["resource"] for entry in entries])
    more = [entry for entry in bundle["entry"]
            if entry["resource"]["resourceType"] in ("Patient", "Device") and entry not in entries and entry["fullUrl"] in text]
    return {**bundle, "entry": entries + more}


def find(entries, profile=None, code=None, type="Observation", having="valueQuantity"):
    """A copy of the first resource of that kind."""
    for entry in entries:
        resource = entry["resource"]
        codes = [coding["code"] for coding in resource.get("code", {}).get("coding", [])]
        fits = type != "Observation" or ((code is None or code in codes) and (having in resource))
        if resource["resourceType"] == type and fits:
            return copy.deepcopy(resource)
    raise SystemExit(f"no {type} {code or ''} with {having} in the exports: the samples are too small")


def changed(resource, change):
    change(resource)
    return resource


def bad_observations(entries):
    def heart():
        return find(entries, code="8867-4")

    def oxygen():
        return find(entries, code="59408-5")

    def temperature():
        return find(entries, code="8310-5")

    def pressure():
        return find(entries, code="85354-9", having="component")

    def rr():
        return find(entries, code="147240")

    def missing():
        return find(entries, code="8867-4", having="dataAbsentReason")

    yield "heart rate without code", changed(heart(), lambda r: r.pop("code"))
    yield "heart rate in bpm", changed(heart(), lambda r: r["valueQuantity"].update(code="bpm"))
    yield "heart rate in another valid unit", changed(heart(), lambda r: r["valueQuantity"].update(code="Cel"))
    yield "heart rate without status", changed(heart(), lambda r: r.pop("status"))
    yield "heart rate with a status nobody knows", changed(heart(), lambda r: r.update(status="good"))
    yield "heart rate without category", changed(heart(), lambda r: r.pop("category"))
    yield "heart rate without subject", changed(heart(), lambda r: r.pop("subject"))
    yield "heart rate of a device", changed(heart(), lambda r: r.update(subject={"reference": "Medication/1"}))
    yield "heart rate without a time", changed(heart(), lambda r: r.pop("effectiveDateTime"))
    yield "heart rate on the 31st of June", changed(heart(), lambda r: r.update(effectiveDateTime="2026-06-31T10:00:00Z"))
    yield "heart rate at a time without zone", changed(heart(), lambda r: r.update(effectiveDateTime="2026-06-30T10:00:00"))
    yield "heart rate as text", changed(heart(), lambda r: r["valueQuantity"].update(value="72"))
    yield "heart rate with a field nobody knows", changed(heart(), lambda r: r.update(pulse=72))
    yield "heart rate with neither value nor reason", changed(heart(), lambda r: r.pop("valueQuantity"))
    yield "heart rate with a value and a reason", changed(heart(), lambda r: r.update(dataAbsentReason=missing()["dataAbsentReason"]))
    yield "heart rate with two values", changed(heart(), lambda r: r.update(valueString="72"))
    yield "heart rate by a profile that does not exist", changed(heart(), lambda r: r["meta"].update(profile=[LOINC + "/pulse"]))
    yield "heart rate as oxygen saturation", changed(heart(), lambda r: r["meta"].update(
        profile=["http://hl7.org/fhir/StructureDefinition/oxygensat"]))
    yield "a reason that is none", changed(missing(), lambda r: r["dataAbsentReason"]["coding"][0].update(code="because"))
    yield "a LOINC code that we do not use", changed(heart(), lambda r: r["code"]["coding"].append({"system": LOINC, "code": "99999-9"}))
    yield "an MDC code that we do not use", changed(rr(), lambda r: r["code"]["coding"][0].update(code="147241"))
    yield "oxygen saturation as a share of one", changed(oxygen(), lambda r: r["valueQuantity"].update(code="1"))
    yield "oxygen saturation without the code of the profile", changed(oxygen(), lambda r: r["code"]["coding"].pop(0))
    yield "temperature in an old unit", changed(temperature(), lambda r: r["valueQuantity"].update(code="degC"))
    yield "temperature without a unit", changed(temperature(), lambda r: r["valueQuantity"].pop("code"))
    yield "pressure without diastolic", changed(pressure(), lambda r: r["component"].pop(1))
    yield "pressure in mmHg", changed(pressure(), lambda r: r["component"][0]["valueQuantity"].update(code="mmHg"))
    yield "pressure with another systolic code", changed(pressure(), lambda r: r["component"][0]["code"].pop("coding"))
    yield "weight in a unit that UCUM lacks", changed(find(entries, code="29463-7"), lambda r: r["valueQuantity"].update(code="kgs"))
    yield "weight as a vital sign of no category", changed(find(entries, code="29463-7"), lambda r: r.update(category=r["category"][1:]))
    yield "height in a unit that the profile does not allow", changed(find(entries, code="8302-2"), lambda r: r["valueQuantity"].update(code="m"))
    yield "body mass index in kilograms", changed(find(entries, code="39156-5"), lambda r: r["valueQuantity"].update(code="kg"))
    yield "breathing rate per hour", changed(find(entries, code="9279-1"), lambda r: r["valueQuantity"].update(code="/h"))
    yield "glucose in a unit that UCUM lacks", changed(find(entries, code="41653-7"), lambda r: r["valueQuantity"].update(code="mg/dl per litre"))
    yield "glucose with a LOINC code that we do not use", changed(find(entries, code="41653-7"), lambda r: r["code"]["coding"][0].update(code="2340-8"))
    yield "glucose with an MDC code that we do not use", changed(find(entries, code="160184"), lambda r: r["code"]["coding"][1].update(code="160208"))
    yield "time between beats in milliseconds, misspelt", changed(rr(), lambda r: r["valueQuantity"].update(code="msec"))


def bad_others(entries, bundle):
    device, patient = find(entries, type="Device"), find(entries, type="Patient")
    yield "device with a status nobody knows", changed(device, lambda r: r.update(status="on"))
    device = find(entries, type="Device")
    yield "device whose name has no kind", changed(device, lambda r: r["deviceName"][0].pop("type"))
    yield "patient with a name as text", changed(patient, lambda r: r.update(name="Ada"))

    def spoilt(change):
        return changed(copy.deepcopy(bundle), change)

    yield "bundle entry without request", spoilt(lambda r: r["entry"][0].pop("request"))
    yield "bundle of a type nobody knows", spoilt(lambda r: r.update(type="export"))
    yield "bundle with one name twice", spoilt(lambda r: r["entry"].append(r["entry"][0]))
    yield "bundle with a method nobody knows", spoilt(lambda r: r["entry"][0]["request"].update(method="SEND"))


PHD = "http://hl7.org/fhir/uv/phd/StructureDefinition/"


def phd_profile(resource):
    """The guide's profile for a resource that came from a sensor, or nothing."""
    if resource["resourceType"] == "Observation" and "extension" in resource:
        return PHD + ("PhdCompoundNumericObservation" if "component" in resource else "PhdNumericObservation")
    gateway = resource["resourceType"] == "Device" and resource["type"]["coding"][0]["code"] == "531981"
    return PHD + "PhgDevice" if gateway else PHD + "PhdPatient" if resource["resourceType"] == "Patient" else None


def claiming(good):
    for name, resource in good:
        if phd_profile(resource):
            meta = {**resource.get("meta", {}), "profile": [*resource.get("meta", {}).get("profile", []), phd_profile(resource)]}
            yield name, {**resource, "meta": meta}


def bad_phd(claimed):
    def one(type, field):
        return copy.deepcopy(next(resource for _, resource in claimed if resource["resourceType"] == type and field in resource))

    yield "no gateway", changed(one("Observation", "valueQuantity"), lambda r: r.pop("extension"))
    yield "not in the guide's category", changed(one("Observation", "valueQuantity"), lambda r: r["category"].pop(1))
    yield "no device", changed(one("Observation", "valueQuantity"), lambda r: r.pop("device"))
    yield "gateway that is a patient", changed(one("Observation", "valueQuantity"), lambda r: r["extension"][0].update(
        valueReference={"reference": "Patient/1"}))
    yield "pressure whose component has no unit", changed(one("Observation", "component"), lambda r: r["component"][0]["valueQuantity"].pop("code"))
    yield "gateway without version", changed(one("Device", "version"), lambda r: r.pop("version"))
    yield "gateway without type", changed(one("Device", "version"), lambda r: r.pop("type"))
    yield "gateway without identifier", changed(one("Device", "version"), lambda r: r.pop("identifier"))


def write(folder, named):
    folder.mkdir(parents=True)
    for number, (name, resource) in enumerate(named):
        (folder / f"{number:03} {name}.json").write_text(json.dumps(resource, indent=1))
    return len(named)


def main(exports):
    folder = FOLDER / "fhir"
    shutil.rmtree(folder, ignore_errors=True)
    kept, good = [], []
    for export in exports:
        whole = json.loads(pathlib.Path(export).read_text())
        bundle = closed(whole, of_every_shape(whole, 700))
        kept += bundle["entry"]
        stem = pathlib.Path(export).name.split(".")[0]
        good += [(f"{stem} {entry['resource']['resourceType']}", entry["resource"]) for entry in bundle["entry"]]
        small = closed(whole, bundle["entry"][:40])
        good.append((f"{stem} Bundle", small))
    bad = [*bad_observations(kept), *bad_others(kept, small)]
    claimed = [*claiming(good)]
    for name, resources in (("phd", claimed), ("phd-bad", [*bad_phd(claimed)])):
        write(folder / name, resources)
    print(f"{write(folder / 'good', good)} good and {write(folder / 'bad', bad)} bad resources for the judge")


main(sys.argv[2:])
