//! A node that is slow, silent or somebody else in front of a clinic: what the clinic reads, and from whom.

use crate::{
    command::{World, world},
    liar::{Lie, tls},
};
use pulsebook_dial::{DialError, TimeOuts};
use pulsebook_grantee::{GranteeKeys, NodeFailure, ReadError, ReadReport, ReadRequest, ReadSession};
use pulsebook_protocol::{card::GrantFile, grant::Purpose, random::SystemRandom};
use std::{
    sync::atomic::Ordering,
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tokio::sync::watch;
use tokio_rustls::rustls::version::TLS13;

fn now_s() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// The clinic of the world, which waits so long for each answer.
fn session(world: &World, request: Duration) -> ReadSession {
    let keys = GranteeKeys::load(&world.scratch.file("clinic")).unwrap();
    let grant = std::fs::read_to_string(world.scratch.file("grant.json")).unwrap();
    let time_outs = TimeOuts { connect: Duration::from_secs(600), request };
    ReadSession::new(GrantFile::parse(&grant).unwrap(), keys).unwrap().with_time_outs(time_outs)
}

/// What it reads: the report, and how many readings.
async fn read(session: &ReadSession) -> Result<(ReadReport, usize), ReadError> {
    let request = ReadRequest { purpose: Purpose::Treatment, categories: vec![] };
    let mut readings = 0;
    let report = session
        .read(&request, &now_s, &mut SystemRandom, &mut |segment| {
            readings += segment.readings().count();
            Ok(())
        })
        .await?;
    Ok((report, readings))
}

/// A clinic waits 30 s for an answer; here it waits less, and longer each time, until the honest nodes of a busy machine are
/// not taken for silent ones as well. What it read in the end.
async fn until_others_are_read(world: &World) -> (ReadReport, usize) {
    let mut wait = Duration::from_millis(500);
    loop {
        match read(&session(world, wait)).await {
            Ok((report, readings)) if report.left.len() == 1 => return (report, readings),
            Ok((report, _)) => assert!(report.left.len() > 1, "{report:?}"),
            Err(error) => assert!(matches!(error, ReadError::NoNode { .. }), "{error}"),
        }
        wait *= 2;
    }
}

#[test]
fn a_clinic_gives_up_a_silent_or_dripping_node_and_reads_the_same_elsewhere() {
    let world = world();
    let (_, all) = world.runtime.block_on(read(&session(&world, Duration::from_secs(600)))).unwrap();
    assert!(all > 0);
    let (_hold, gate) = watch::channel(false);
    let head =
        b"HTTP/1.1 200 OK\r\ncontent-type: application/cbor\r\ncontent-length: 100000\r\n\r\n".to_vec();
    for lie in [Lie::Wait(gate), Lie::Drip(head)] {
        world.first.lies(lie);
        let (report, readings) = world.runtime.block_on(until_others_are_read(&world));
        assert_eq!(report.left[0].node, world.first.card.name);
        let failure = &report.left[0].failure;
        assert!(matches!(failure, NodeFailure::Dial(DialError::TimedOut { .. })), "{failure}");
        assert!(report.node != world.first.card.name && readings == all, "{report:?}");
    }
}

#[test]
fn a_late_answer_to_a_clinic_is_read_like_any_other() {
    let world = world();
    let (open, gate) = watch::channel(false);
    world.first.lies(Lie::Wait(gate));
    let session = session(&world, Duration::from_secs(600));
    let opens = async {
        // Whoever waits holds a receiver of its own: the request is there, and nothing was answered.
        while open.receiver_count() < 2 {
            tokio::task::yield_now().await;
        }
        let answered = world.first.heard.borrow().len();
        open.send(true).unwrap();
        answered
    };
    let before = world.first.heard.borrow().len();
    let (done, answered) = world.runtime.block_on(async { tokio::join!(read(&session), opens) });
    let (report, readings) = done.unwrap();
    assert_eq!(answered, before, "it was asked, and had not answered");
    assert!(report.node == world.first.card.name && report.left.is_empty() && readings > 0, "{report:?}");
}

#[test]
fn a_clinic_sends_nothing_to_who_answers_with_another_tls_key() {
    let world = world();
    world.first.shows(tls(&[&TLS13]).0);
    let told = world.assert_read_elsewhere(0);
    assert!(told.contains("shows another key than its card") && told.contains("nothing was sent"), "{told}");
    world.nodes.iter().for_each(|node| node.shows(tls(&[&TLS13]).0));
    let clinic = session(&world, Duration::from_secs(600));
    let error = world.runtime.block_on(read(&clinic)).unwrap_err();
    let ReadError::NoNode { left } = error else { panic!("{error}") };
    let other_key =
        |failure: &NodeFailure| matches!(failure, NodeFailure::Dial(DialError::PinChanged { .. }));
    assert!(left.len() == 4 && left.iter().all(|attempt| other_key(&attempt.failure)), "{left:?}");
    assert!(
        world.nodes.iter().all(|node| node.sent_to_other_key.load(Ordering::SeqCst) == 0),
        "nothing was sent"
    );
}
