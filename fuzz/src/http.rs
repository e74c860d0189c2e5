//! The node's routes: whatever is asked, an answer of the table; nothing changes for whoever may not change it.

use crate::{
    Incoming, Node, selected,
    way::{
        grantee::Clinic,
        node::{NOW, ORIGIN, incoming, node, nonce},
        patient::Patient,
    },
};
use pulsebook_protocol::{
    answer::{Code, ErrorBody},
    bytes::{Digest, GrantId},
    cbor,
    owner::path,
    request::{RequestToSign, sign_owner_request, sign_read_request},
    vital::Category,
};
use std::cell::RefCell;

/// A node with a settled record, and who may ask it.
struct World {
    node: Node,
    patient: Patient,
    clinic: Clinic,
    asked: u32,
}

/// The worlds are the same whenever they are made, so that a finding repeats.
fn make() -> World {
    let node = node(1);
    let mut patient = Patient::settled_at(&node, 1);
    let mut clinic = Clinic::granted(&mut patient);
    patient.seal(1, &[clinic.entry()]);
    patient.settle(&node, 1);
    let (path, body) = clinic.release(&mut patient, &[(2, 0, Category::Heart), (2, 1, Category::Oxygen)]);
    patient.sent(&node, "PUT", &path, &body);
    // The next block is sealed and not offered: an offer of it is a seed.
    patient.seal(1, &[]);
    World { node, patient, clinic, asked: 0 }
}

thread_local! {
    static WORLD: RefCell<World> = RefCell::new(make());
}

/// Methods and paths of the table, about things that are there.
fn routes(world: &World) -> Vec<(&'static str, String)> {
    let chain = &world.patient.chain;
    let (grant, last) = (GrantId::from_bytes([7; 16]), world.patient.blocks.last().expect("a block"));
    let (held, next) = (world.patient.blocks[0].segments[0].0, last.segments[0].0);
    vec![
        ("POST", path::offers(chain)),
        ("POST", path::certificates(chain)),
        ("POST", path::read(chain)),
        ("POST", path::enrol(chain)),
        ("PUT", path::epoch(chain, 1)),
        ("PUT", path::segment(chain, &next)),
        ("PUT", path::keyring_page(chain, &Digest::ZERO)),
        ("PUT", path::keyring_index(chain)),
        ("PUT", path::release(chain, &grant, 1, 1)),
        ("GET", path::head(chain)),
        ("GET", path::accesses(chain, None)),
        ("GET", path::block(chain, 2)),
        ("GET", path::segment(chain, &held)),
        ("GET", path::CARD.to_owned()),
    ]
}

/// The low two bits of the first byte choose who asks: nobody (what follows is a whole request), the patient's device, the
/// clinic, a stranger. The other bits choose the route; the rest is the body.
pub(crate) fn http(data: &[u8]) {
    let (choice, rest) = selected(data);
    WORLD.with_borrow_mut(|world| {
        let request = match choice & 3 {
            0 => match whole(rest) {
                Some(request) => request,
                None => return,
            },
            who => asked(world, who, usize::from(choice >> 2), rest),
        };
        let answer = world.node.answer(&request, NOW);
        check(&request, choice & 3, &answer);
        world.asked += 1;
        // What was taken in, and old nonces, must not become part of the next input's world.
        let changed = (200..300).contains(&answer.status) && request.method != "GET";
        if changed || world.asked > 20_000 {
            *world = make();
        }
    });
}

/// Lines `METHOD path`, `name: value` …, an empty line, the body.
fn whole(bytes: &[u8]) -> Option<Incoming> {
    let (head, body) = match bytes.windows(2).position(|pair| pair == b"\n\n") {
        Some(end) => (&bytes[..end], &bytes[end + 2..]),
        None => (bytes, &[][..]),
    };
    let mut lines = std::str::from_utf8(head).ok()?.split('\n');
    let (method, path) = lines.next()?.split_once(' ')?;
    let header = |line: &str| line.split_once(": ").map(|(name, value)| (name.to_owned(), value.to_owned()));
    Some(Incoming {
        method: method.to_owned(),
        target_uri: format!("{ORIGIN}{path}"),
        path: path.to_owned(),
        headers: lines.filter_map(header).collect(),
        body: body.to_vec(),
    })
}

fn asked(world: &World, who: u8, route: usize, body: &[u8]) -> Incoming {
    let routes = routes(world);
    let (method, path) = &routes[route % routes.len()];
    let target_uri = format!("{ORIGIN}{path}");
    let to_sign = RequestToSign { method, target_uri: &target_uri, body, created_s: NOW, nonce: nonce() };
    let headers = match who {
        1 => sign_owner_request(&world.patient.device, &to_sign),
        2 => sign_read_request(&world.clinic.key, &to_sign, &world.clinic.token.bytes, "TREAT"),
        _ => sign_owner_request(&world.clinic.key, &to_sign),
    };
    incoming(method, path, headers, body)
}

fn check(request: &Incoming, who: u8, answer: &crate::Answer) {
    let Incoming { method, path, .. } = request;
    match answer.status {
        200 | 204 => {
            let signed =
                who == 0 && request.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("signature"));
            let open = path == path::CARD || who == 1 || signed || who == 2 && path.ends_with("/read");
            assert!(open, "{method} {path} was granted to {who}");
            assert!(answer.status == 200 || answer.body.is_empty());
        }
        status => {
            let text = std::str::from_utf8(&answer.body).expect("a refusal is JSON");
            let code = ErrorBody::parse(text).and_then(|body| body.known_code());
            assert!(code.is_some_and(|code| code.status() == status), "{method} {path}: {status} {text}");
            assert!(answer.body.len() < 4096 && code != Some(Code::TryAgain), "{method} {path}: {text}");
        }
    }
    assert!(answer.body.len() <= 16 << 20);
}

/// What the phone and the clinic would send next, route by route.
pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let mut world = make();
    let size = world.patient.size(1);
    let offer = cbor::encode(&world.patient.offer(1, size - 1, size));
    let segment = world.patient.blocks.last().expect("a block").segments[0].1.clone();
    let (_, release) = world.clinic.release(&mut world.patient, &[(2, 1, Category::Oxygen)]);
    let bodies: Vec<(u8, Vec<u8>)> = vec![
        (0, offer),
        (
            1,
            cbor::encode(&pulsebook_protocol::owner::CertificateUpload {
                note: world.patient.note(1, size - 1).to_string(),
            }),
        ),
        (2, world.clinic.query().encode_body()),
        (3, world.patient.enrol_body(Some("welcome"))),
        (4, world.patient.epoch_body(1)),
        (5, segment),
        (8, release),
        (9, Vec::new()),
        (10, Vec::new()),
        (11, Vec::new()),
        (12, Vec::new()),
        (13, Vec::new()),
    ];
    let signed = |(route, body): &(u8, Vec<u8>)| {
        (1..=3).map(|who| [&[route << 2 | who], &body[..]].concat()).collect::<Vec<_>>()
    };
    let mut seeds: Vec<Vec<u8>> = bodies.iter().flat_map(signed).collect();
    for (route, (method, path)) in routes(&world).into_iter().enumerate() {
        let body =
            bodies.iter().find(|(number, _)| usize::from(*number) == route).map_or(&[][..], |(_, body)| body);
        let request = asked(&world, 1, route, body);
        let headers: String =
            request.headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
        seeds.push([&[0], format!("{method} {path}\n{headers}\n").as_bytes(), body].concat());
    }
    seeds
}
