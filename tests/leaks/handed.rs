//! What a patient and a clinic hand out: charts, proofs, bundles, exports, and a grant that is passed on to P-256 keys.

use crate::stage::{DELEGATE, ME, Stage};
use serde_json::Value;

impl Stage {
    /// Everything that leaves the record as a file.
    pub(crate) fn hand_out(&self) {
        for line in [
            "chart heart-rate",
            "chart heart-rate --json",
            "chart heart-rate --out heart.svg",
            "chart oxygen-saturation --out oxygen.png",
            "sensors --json",
            "sensors",
            "export --bundle record.bundle",
            "export --bundle keyed.bundle --with-keys",
            "export --format ndjson --out bulk",
            "export --format readings --out rows.ndjson",
            "evidence list",
            "evidence export --out evidence.ndjson --malformed",
            "verify --deep",
        ] {
            self.done(&format!("{line} {ME}"));
        }
        for (vital, file) in [("body-temperature", "fever.proof"), ("heart-rate", "rate.proof")] {
            let name = self.name_of_the_first(vital);
            self.done(&format!("prove {name} --out {file} {ME}"));
            self.done(&format!("verify --proof {file}"));
        }
        for bundle in ["record.bundle", "keyed.bundle"] {
            self.done(&format!("verify --bundle {bundle}"));
        }
        self.assert_the_picture_has_no_words();
    }

    /// The clinic passes its grant on, and whoever got it reads.
    pub(crate) fn pass_on(&self) {
        assert!(self.run(&["clinic", "init", "--dir", "phone", "--p256", "--name", DELEGATE], &[]));
        self.done("clinic card --dir phone --out phone.json");
        self.done("clinic delegate --dir clinic --grant grant.json --to phone.json --categories heart --until 2098-01-01 --out passed.json");
        self.done("clinic read --dir phone --grant passed.json --purpose TREAT --fhir phone-readings.json");
    }

    fn name_of_the_first(&self, vital: &str) -> String {
        self.done(&format!("show --list --json --vital {vital} {ME}"));
        let said = self.said_last("stdout of show");
        let first: Value = serde_json::from_str(said.lines().next().unwrap()).unwrap();
        first["name"].as_str().unwrap().to_owned()
    }

    /// A PNG is compressed, and words could stand in it where no search looks: it has pixels and nothing else.
    fn assert_the_picture_has_no_words(&self) {
        let picture = std::fs::read(self.file("oxygen.png")).unwrap();
        let (mut at, mut chunks) = (8, Vec::new());
        while at < picture.len() {
            let length = u32::from_be_bytes(picture[at..at + 4].try_into().unwrap()) as usize;
            chunks.push(String::from_utf8(picture[at + 4..at + 8].to_vec()).unwrap());
            at += 12 + length;
        }
        chunks.dedup();
        assert_eq!(chunks, ["IHDR", "IDAT", "IEND"]);
    }
}
