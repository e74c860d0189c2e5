//! What a node on SQLite still knows after it ended.

use super::{grantee::Clinic, node::node_on, patient::Patient};
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
