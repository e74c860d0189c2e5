//! A grant that is passed on, on real processes: what the patient allows, what the delegate opens, what the patient sees.

use crate::scratch::Scratch;

fn grant(delegate: u8, out: &str) -> String {
    format!(
        "grant --to clinic.json --categories heart,oxygen --from 2026-03-01 --before 2026-03-02 \
         --until 2099-01-01 --delegate {delegate} --out {out}"
    )
}

#[test]
fn a_clinic_passes_heart_on_to_a_phone_with_p256_keys_and_the_patient_sees_it() {
    let scratch = Scratch::make("passing");
    scratch.init();
    scratch.me("collect --sim rest --start 2026-03-01T12:00:00Z --duration 2m");
    scratch.done("clinic init --dir clinic --name Cardiology");
    scratch.done("clinic card --dir clinic --out clinic.json");
    scratch.done("clinic init --dir phone --name DrLinden --p256");
    scratch.done("clinic card --dir phone --out phone.json");
    assert!(std::fs::read_to_string(scratch.file("phone.json")).unwrap().contains("\"suite\": 2"));
    let nodes = ["n1", "n2", "n3", "n4"].map(|name| scratch.node(name));
    scratch.me("circle add n1.json n2.json n3.json n4.json");
    scratch.me("circle confirm --words-file words");
    scratch.me("sync");
    let granted = scratch.me(&grant(1, "once.json"));
    assert!(granted.contains("and may pass this on once."), "{granted}");
    let id = granted.split("Grant ").nth(1).unwrap().split('.').next().unwrap().to_owned();
    assert!(!scratch.me(&grant(0, "never.json")).contains("pass this on"));
    scratch.me("sync");

    let pass = |from: &str, rest: &str| {
        format!("clinic delegate --dir clinic --grant {from} --to phone.json --until 2098-01-01 {rest}")
    };
    let told = scratch.refused(1, &pass("never.json", "--out no.json"));
    assert!(told.contains("may be passed on 0 more time(s)") && !scratch.file("no.json").exists(), "{told}");
    let told = scratch.refused(1, &pass("once.json", "--hops 1 --out no.json"));
    assert!(told.contains("may be passed on 1 more time(s)"), "{told}");
    let told = scratch.done(&pass("once.json", "--categories heart --out passed.json"));
    assert!(told.contains("Passed on by Cardiology to DrLinden: heart, until 2098-01-01"), "{told}");

    let read = |dir: &str, file: &str| format!("clinic read --dir {dir} --grant {file} --purpose TREAT");
    let seen = scratch.done(&read("phone", "passed.json"));
    assert!(seen.contains("heart rate") && !seen.contains("oxygen saturation"), "{seen}");
    assert!(seen.contains("Also read to its end at n"), "{seen}");
    let told = scratch.refused(1, &read("phone", "once.json"));
    assert!(told.contains("not_holder") || told.contains("given to"), "{told}");
    let told = scratch.refused(1, &read("clinic", "passed.json"));
    assert!(told.contains("not_holder") || told.contains("delegation"), "{told}");
    assert!(scratch.me("accesses").contains("passed on by Cardiology"));

    // What was passed on ends with the grant it came from.
    scratch.me(&format!("revoke {id}"));
    assert!(scratch.refused(1, &read("phone", "passed.json")).contains("revoked"));
    nodes.into_iter().for_each(crate::scratch::Serving::end);
}

#[test]
fn a_patient_grants_to_a_clinic_with_p256_keys_and_is_told_what_that_means() {
    let scratch = Scratch::make("p256");
    scratch.init();
    scratch.me("collect --sim rest --start 2026-03-01T12:00:00Z --duration 2m");
    scratch.done("clinic init --dir clinic --name Cardiology --p256");
    scratch.done("clinic card --dir clinic --out clinic.json");
    let _node = scratch.node("n1");
    scratch.me("circle add n1.json");
    scratch.me("circle confirm --words-file words");
    scratch.me("sync");
    assert!(scratch.me(&grant(0, "grant.json")).contains("not safe from a future quantum computer"));
    scratch.me("sync");
    let seen = scratch.done("clinic read --dir clinic --grant grant.json --purpose TREAT");
    assert!(seen.contains("heart rate") && seen.contains("oxygen saturation"), "{seen}");
}
