//! Where a marker may stand, each with the sentence of docs/threat-model.md that says so.

/// Beginning of a place, kinds of markers, the sentence.
pub(crate) const ALLOWED: &[(&str, &[&str], &str)] = &[
    ("words", &["words"], "The 24 words stand in the file that `--words-out` names"),
    ("passphrase", &["passphrase"], "the passphrase in the file that its user made"),
    (
        "heart.svg",
        &["sensor", "category"],
        "`chart --out` and `evidence export` write pictures and raw notifications",
    ),
    ("rows.ndjson", &["sensor", "category"], "`export` writes them"),
    ("bulk/", &["sensor", "category"], "`export` writes them"),
    (
        "evidence.ndjson",
        &["sensor", "value", "category"],
        "`chart --out` and `evidence export` write pictures and raw notifications",
    ),
    (
        "fever.proof",
        &["sensor"],
        "A proof shows its reading (of a stream, its minute) and the sensor's identity",
    ),
    (
        "rate.proof",
        &["sensor", "value"],
        "A proof shows its reading (of a stream, its minute) and the sensor's identity",
    ),
    (
        "stdout of verify",
        &["sensor"],
        "A proof shows its reading (of a stream, its minute) and the sensor's identity",
    ),
    ("keyed.bundle", &["segment key"], "`export --bundle --with-keys` writes the keys of every segment"),
    ("stdout of collect", &["sensor"], "A patient's own commands print readings, sensors and names"),
    ("stdout of show", &["sensor"], "A patient's own commands print readings, sensors and names"),
    ("stdout of sensors", &["sensor"], "A patient's own commands print readings, sensors and names"),
    (
        "stdout of chart",
        &["sensor", "category"],
        "A patient's own commands print readings, sensors and names",
    ),
    ("mine.json", &["sensor", "category"], "A patient's own commands print readings, sensors and names"),
    (
        "stdout of",
        &["clinic", "delegate", "node", "category"],
        "A patient's own commands print readings, sensors and names",
    ),
    (
        "stderr of",
        &["clinic", "delegate", "node", "category"],
        "A patient's own commands print readings, sensors and names",
    ),
    (
        "clinic/",
        &["clinic", "clinic key"],
        "A node's and a clinic's keys lie in files that only their user may read",
    ),
    (
        "phone/",
        &["delegate", "clinic key"],
        "A node's and a clinic's keys lie in files that only their user may read",
    ),
    ("phone.json", &["delegate"], "A card holds the name on it"),
    ("clinic.json", &["clinic"], "A card holds the name on it"),
    ("n1.json", &["node"], "A card holds the name on it"),
    ("n1.json", &["invite"], "An invite code stands on the node's card"),
    ("n1/node.json", &["invite"], "An invite code stands on the node's card"),
    ("n1/node.db", &["invite"], "An invite code stands on the node's card"),
    ("inside TLS", &["invite"], "An invite code stands on the node's card"),
    (
        "stdout of scan",
        &["address"],
        "The radio address of a sensor stands in what `scan --json`, `pair --json` and `sensors --json` print",
    ),
    (
        "stdout of pair",
        &["address"],
        "The radio address of a sensor stands in what `scan --json`, `pair --json` and `sensors --json` print",
    ),
    (
        "stdout of sensors",
        &["address"],
        "The radio address of a sensor stands in what `scan --json`, `pair --json` and `sensors --json` print",
    ),
    (
        "report.html",
        &["address", "sensor"],
        "A report of `conformance` names the sensor and its radio address to whoever gets it",
    ),
    (
        "report.json",
        &["address", "sensor"],
        "A report of `conformance` names the sensor and its radio address to whoever gets it",
    ),
    (
        "stdout of conformance",
        &["address", "sensor"],
        "A report of `conformance` names the sensor and its radio address to whoever gets it",
    ),
    ("stderr of conformance", &["sensor"], "before the test it says on stderr which sensor it tests"),
    (
        "stderr of redacted conformance",
        &["sensor"],
        "before the test it says on stderr which sensor it tests",
    ),
    ("stdout of scan", &["sensor"], "A patient's own commands print readings, sensors and names"),
    ("stderr of collect", &["sensor"], "A patient's own commands print readings, sensors and names"),
    ("grant.json", &["clinic", "node", "category", "grant key"], "A grant file holds the key of its labels"),
    (
        "passed.json",
        &["clinic", "delegate", "node", "category", "grant key"],
        "A grant file holds the key of its labels",
    ),
    ("phone-readings.json", &["sensor", "category"], "What a clinic read stands where it writes it"),
    ("readings.json", &["sensor", "category"], "What a clinic read stands where it writes it"),
    (
        "n1/master.key",
        &["node key"],
        "A node's and a clinic's keys lie in files that only their user may read",
    ),
    (
        "n1/identity.key",
        &["node key"],
        "A node's and a clinic's keys lie in files that only their user may read",
    ),
    ("n1/tls.key", &["node key"], "A node's and a clinic's keys lie in files that only their user may read"),
    ("n1/node.json", &["node"], "A node knows its own name and, from the directory, those of the circle"),
    (
        "n1/node.db",
        &["node", "control key"],
        "A node knows its own name and, from the directory, those of the circle",
    ),
    (
        "inside TLS",
        &["node", "control key"],
        "A node knows its own name and, from the directory, those of the circle",
    ),
    (
        "inside TLS",
        &["control key"],
        "it is given each epoch's control key, which opens grant identifiers and nothing else",
    ),
    ("command line of node", &["node"], "Secrets come from files, prompts and pipes"),
];

/// Whether the threat model says that this may be so.
pub(crate) fn is_allowed(place: &str, kind: &str) -> bool {
    ALLOWED.iter().any(|(begins, kinds, _)| place.starts_with(begins) && kinds.contains(&kind))
}
