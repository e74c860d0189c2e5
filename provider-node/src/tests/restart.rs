//! What a node on SQLite still knows after it ended.

use super::{
    grantee::Clinic,
    node::{code, node_on},
    patient::Patient,
};
use crate::{
    scratch::Scratch,
    store::{MemoryBlobs, SqliteStore},
};

#[test]
fn a_restarted_node_stands_where_it_stood_and_cosigns_the_same() {
    let scratch = Scratch::make("restart");
    let open = || {
        node_on(
            Box::new(SqliteStore::open(&scratch.file("node.db"), Box::<MemoryBlobs>::default()).unwrap()),
            5,
        )
    };
    let first = open();
    let mut patient = Patient::settled_at(&first, 31);
    let mut clinic = Clinic::granted(&mut patient);
    patient.seal(1, &[clinic.entry()]);
    patient.settle(&first, 1);
    let slot = [(2, 0, pulsebook_protocol::vital::Category::Heart)];
    let (path, body) = clinic.release(&mut patient, &slot);
    patient.sent(&first, "PUT", &path, &body);
    let page = clinic.page(&patient, &first, &clinic.query());
    let (head, line) = (patient.head(&first), patient.offered(&first, 1, 2, 2));
    drop(first);
    let second = open();
    assert_eq!(patient.head(&second), head);
    assert_eq!(patient.offered(&second, 1, 2, 2), line);
    assert_eq!(clinic.page(&patient, &second, &clinic.query()), page);
    assert_eq!(patient.head(&second).accesses, 2);
}

#[test]
fn a_segment_that_changed_on_the_disk_is_never_served_and_verify_sees_it() {
    let scratch = Scratch::make("altered");
    let file = scratch.file("node.db");
    let node = node_on(Box::new(SqliteStore::open(&file, Box::<MemoryBlobs>::default()).unwrap()), 5);
    let mut patient = Patient::settled_at(&node, 31);
    let mut clinic = Clinic::granted(&mut patient);
    patient.seal(1, &[clinic.entry()]);
    patient.settle(&node, 1);
    let (path, body) = clinic.release(&mut patient, &[(2, 0, pulsebook_protocol::vital::Category::Heart)]);
    patient.sent(&node, "PUT", &path, &body);
    assert_eq!(clinic.read(&patient, &node, &clinic.query()).status, 200);
    let disk = rusqlite::Connection::open(&file).unwrap();
    disk.execute("UPDATE segments SET bytes = zeroblob(length(bytes))", []).unwrap();
    let refused = clinic.read(&patient, &node, &clinic.query());
    assert_eq!(code(&refused), "try_again");
    assert!(String::from_utf8_lossy(&refused.body).contains("lost or altered on the node's disk"));
    disk.execute("DELETE FROM segments", []).unwrap();
    assert_eq!(code(&clinic.read(&patient, &node, &clinic.query())), "try_again", "not withheld in silence");
}
