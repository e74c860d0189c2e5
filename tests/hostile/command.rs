//! What the commands say of lying nodes, and how they end: real processes of a patient and a clinic over four nodes.

use crate::{
    liar::{Liar, Lie, always},
    scratch::{Scratch, text},
};
use pulsebook_protocol::read::{ReadPage, ReadRow};
use std::{
    process::Output,
    sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError},
};
use tokio::runtime::Runtime;

pub(crate) const READ: &str = "clinic read --dir clinic --grant grant.json --purpose TREAT";

/// A granted record, made once for all tests here; they take turns.
pub(crate) struct World {
    pub(crate) scratch: Scratch,
    pub(crate) nodes: Vec<Arc<Liar>>,
    /// The node that a clinic asks first.
    pub(crate) first: Arc<Liar>,
    pub(crate) runtime: Runtime,
}

static WORLD: LazyLock<Mutex<World>> = LazyLock::new(|| Mutex::new(World::make()));

pub(crate) fn world() -> MutexGuard<'static, World> {
    let world = WORLD.lock().unwrap_or_else(PoisonError::into_inner);
    world.nodes.iter().for_each(|node| node.is_honest());
    world
}

impl World {
    fn make() -> World {
        let runtime = Runtime::new().unwrap();
        let nodes: Vec<_> = (0..4).map(|number| runtime.block_on(Liar::start(number))).collect();
        let scratch = Scratch::make("hostile");
        scratch.init();
        scratch.me("collect --sim rest --start 2026-03-01T12:00:00Z --duration 2m");
        let mut add = "circle add".to_owned();
        for (number, node) in nodes.iter().enumerate() {
            std::fs::write(scratch.file(&format!("{number}.json")), node.card.to_json()).unwrap();
            add.push_str(&format!(" {number}.json"));
        }
        scratch.me(&add);
        scratch.me("circle confirm --words-file words");
        scratch.me("sync");
        scratch.done("clinic init --dir clinic --name Cardiology");
        scratch.done("clinic card --dir clinic --out clinic.json");
        scratch.me(
            "grant --to clinic.json --categories heart --from 2026-03-01 --before 2026-03-02 --purpose TREAT \
             --until 2099-01-01 --out grant.json",
        );
        scratch.me("sync");
        let read: serde_json::Value = serde_json::from_str(&scratch.done(&format!("{READ} --json"))).unwrap();
        let first = nodes.iter().find(|node| read["node"] == node.card.name.as_str()).unwrap().clone();
        World { scratch, nodes, first, runtime }
    }

    fn read(&self) -> Output {
        self.scratch.run(&format!("{READ} --fhir readings.json"))
    }

    /// The read ends so, and has the readings from other nodes all the same.
    pub(crate) fn assert_read_elsewhere(&self, code: i32) -> String {
        let _ = std::fs::remove_file(self.scratch.file("readings.json"));
        let output = self.read();
        let told = text(&output.stdout) + &text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{told}");
        assert!(told.contains("heart rate") && told.contains(&self.first.card.name), "{told}");
        let fhir = std::fs::read_to_string(self.scratch.file("readings.json")).unwrap();
        assert!(fhir.contains("8867-4"), "the readings are those of the others");
        told
    }
}

/// A byte of each served segment is another.
fn flipped() -> Lie {
    Lie::Answer(Box::new(|request, honest| {
        let mut answer = honest();
        if request.path.ends_with("/read") && answer.status == 200 {
            let mut page = ReadPage::decode_body(&answer.body).unwrap();
            for row in page.releases.iter_mut().flat_map(|release| &mut release.rows) {
                if let ReadRow::Served(row) = row {
                    row.segment[40] ^= 1;
                }
            }
            answer.body = page.encode_body();
        }
        answer
    }))
}

#[test]
fn flipped_segments_are_told_by_the_exit_code_though_others_serve() {
    let world = world();
    world.first.lies(flipped());
    let told = world.assert_read_elsewhere(3);
    assert!(told.contains(&format!("WRONG at {}", world.first.card.name)), "{told}");
    assert!(told.contains("1 node sent something that does not hold"), "{told}");
    world.nodes.iter().for_each(|node| node.lies(flipped()));
    let _ = std::fs::remove_file(world.scratch.file("readings.json"));
    let output = world.read();
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    assert!(!text(&output.stdout).contains("heart rate"), "nothing altered is shown");
    assert!(!world.scratch.file("readings.json").exists());
}

#[test]
fn a_page_that_is_none_is_told_and_read_elsewhere() {
    let world = world();
    for lie in [always(200, "text/html", "<html>"), always(200, "application/cbor", vec![0xa0, 0])] {
        world.first.lies(lie);
        let told = world.assert_read_elsewhere(3);
        assert!(told.contains(&format!("WRONG at {}", world.first.card.name)), "{told}");
    }
}

#[test]
fn a_clinic_reads_past_gigabytes_redirects_and_cut_connections() {
    let world = world();
    let head = |rest: &str| format!("HTTP/1.1 {rest}\r\n\r\n").into_bytes();
    let lies = [
        (Lie::Raw { bytes: head("200 OK\r\ncontent-length: 1073741824"), endless: true }, "more than the"),
        (
            Lie::Raw {
                bytes: head("302 Found\r\nlocation: https://localhost/\r\ncontent-length: 0"),
                endless: false,
            },
            "redirect",
        ),
        (Lie::Cut, "left"),
    ];
    for (lie, words) in lies {
        world.first.lies(lie);
        let told = world.assert_read_elsewhere(0);
        assert!(told.contains(words), "{told}");
    }
}

#[test]
fn a_deep_verify_names_the_node_that_serves_other_bytes() {
    let world = world();
    world.first.lies(Lie::Answer(Box::new(|request, honest| {
        let mut answer = honest();
        if request.method == "GET" && request.path.contains("/segments/") {
            answer.body.truncate(10);
        }
        answer
    })));
    assert!(world.scratch.me("verify").contains("Everything is as it was sealed"));
    let output = world.scratch.run("verify --deep --dir me --passphrase-file passphrase");
    let told = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{told}");
    let named = told.lines().filter(|line| line.starts_with("WRONG at")).collect::<Vec<_>>();
    assert!(!named.is_empty() && named.iter().all(|line| line.contains(&world.first.card.name)), "{told}");
    world.first.lies(Lie::None);
    assert!(world.scratch.me("verify --deep").contains("Everything is as it was sealed"));
}
