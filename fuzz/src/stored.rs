//! What sensors say over time: frames that mean something only after others, and what their memories answer when they are fetched.

use crate::decoders::plausible;
use pulsebook_core::{
    backfill::{Backfill, Came, Effect, Input, Keeping, Refusal, Wanted},
    ble::{Notification, SensorId},
    decode::{
        Decoded, FORMATS, Format, Kind, Memory, Zone,
        record_access::{Answer, Dialect},
    },
};

/// Services whose observations come in pieces: one that is missing drops what came before.
const IN_PIECES: [u16; 2] = [0x1810, 0x1840];

/// The first byte is a zone, in quarters of an hour. Then again and again: two bytes choose a format, two are the seconds since
/// the frame before, one is the length of the frame that follows.
pub(crate) fn frames(data: &[u8]) {
    let (zone, mut rest) = data.split_first().map_or((0, data), |(zone, rest)| (*zone, rest));
    let formats: Vec<&Format> = FORMATS.iter().copied().flatten().collect();
    let mut memory = Memory::new(Zone::new(i16::from(zone.cast_signed()) * 15, &[]));
    let (mut received_at, mut decoded, mut again) = (1_700_000_000_000, Decoded::default(), Decoded::default());
    while let Some(([low, high, first, second, length], after)) = rest.split_first_chunk() {
        let (frame, after) = after.split_at(after.len().min(usize::from(*length)));
        rest = after;
        received_at += i64::from(u16::from_be_bytes([*first, *second])) * 1000;
        let format = formats[usize::from(u16::from_be_bytes([*low, *high])) % formats.len()];
        let sensor = SensorId::new("sensor");
        let characteristic = format.characteristic;
        let notification = Notification { sensor, characteristic, received_at, bytes: frame.to_vec() };
        let records = memory.records(&notification);
        assert!(records.is_empty() || format.kind == Kind::Spot, "{} is no record", format.name);
        assert_eq!(records, memory.records(&notification), "the same record has two names");
        let (before, mut twin) = (memory.clone(), memory.clone());
        let read = memory.decode(&notification, &mut decoded);
        assert_eq!(twin.decode(&notification, &mut again), read, "the same frames must say the same");
        assert_eq!(twin, memory, "the same frames must be remembered alike");
        match read {
            Ok(()) => {
                assert_eq!(decoded, again);
                decoded.readings.iter().for_each(plausible);
            }
            Err(_) if IN_PIECES.contains(&characteristic.service) => (),
            Err(malformed) => assert_eq!(memory, before, "something is remembered of {malformed}"),
        }
    }
}

/// A glucose meter that is asked: its clock, a measurement, its context.
pub(crate) fn frame_seeds() -> Vec<Vec<u8>> {
    let number = |name: &str| {
        let place = FORMATS.iter().copied().flatten().position(|format| format.name == name);
        u16::try_from(place.expect("a format of that name")).expect("few formats").to_be_bytes()
    };
    let step = |name: &str, frame: &[u8]| {
        let length = u8::try_from(frame.len()).expect("a short frame");
        [&number(name)[..], &[0, 5, length], frame].concat()
    };
    let clock = step("Current Time", &[0xEA, 0x07, 7, 14, 11, 0, 0, 2, 0, 0]);
    let glucose = step("Glucose Measurement", &[0x02, 5, 0, 0xEA, 0x07, 7, 14, 9, 26, 53, 90, 0xB0, 0x11]);
    let context = step("Glucose Measurement Context", &[0x02, 5, 0, 1]);
    vec![[&[4][..], &clock, &glucose, &context].concat(), [&[0][..], &glucose, &glucose].concat()]
}

/// The first byte says how the sensor numbers records, whether one is known and whether it should forget. Then each byte is
/// what happens next; some take what follows as what the sensor sends.
pub(crate) fn backfill(data: &[u8]) {
    let Some((head, mut rest)) = data.split_first() else { return };
    let dialect = [Dialect::Short, Dialect::Generic, Dialect::Plain][usize::from(head % 3)];
    let number = |byte: u8| dialect.greatest().map(|greatest| greatest - u32::from(byte) % 8 * (greatest / 9));
    let forget = head & 0x40 != 0;
    let last = if head & 0x80 != 0 { number(head >> 2) } else { None };
    let mut backfill = Backfill::new(Wanted { dialect, last, forget });
    let (mut came, mut durable, mut asked) = (0u32, 0u32, 0);
    let mut next = Some(Input::Begin);
    while let Some(input) = next.take() {
        match input {
            Input::Record(_) if !backfill.is_over() => came += 1,
            Input::Durable => durable = came,
            _ => (),
        }
        let was_over = backfill.is_over();
        let effects = backfill.step(input);
        assert!(!was_over || effects.is_empty(), "something is done after the end");
        for effect in effects {
            match effect {
                Effect::Write(request) => {
                    asked += 1;
                    let deletes = request.first() == Some(&2);
                    assert!(!deletes || forget && came == durable, "the sensor forgets what is not durable here");
                }
                Effect::MakeDurable => next = Some(Input::Durable),
                Effect::End(_) => assert!(backfill.is_over()),
            }
        }
        next = next.or_else(|| happens(&mut rest, number));
    }
    assert!(asked <= data.len() + 2, "more is asked than was answered");
    let ended = [Input::Lost, Input::Lost].map(|lost| backfill.step(lost));
    assert!(backfill.is_over() && ended[1].is_empty(), "a lost link ends it");
}

/// What the sensor or its user does next; `None` at the end of the input.
fn happens(rest: &mut &[u8], number: impl Fn(u8) -> Option<u32>) -> Option<Input> {
    let (what, after) = rest.split_first()?;
    *rest = after;
    Some(match what % 8 {
        0 => Input::Begin,
        1 | 2 => {
            let kept = [Keeping::New, Keeping::Known, Keeping::NotMine][usize::from(what >> 3) % 3];
            Input::Record(Came { number: number(what >> 3), kept })
        }
        3 | 4 => {
            let (answer, after) = rest.split_at(rest.len().min(usize::from(what >> 3) % 8));
            *rest = after;
            Answer::decode(answer).map_or(Input::Garbled, Input::Answered)
        }
        5 => Input::Refused(if what & 8 == 0 { Refusal::Busy } else { Refusal::Failed }),
        6 => Input::Silent,
        _ => Input::Stop,
    })
}

/// Dialogues that go well: count, records, success, and with them forgetting.
pub(crate) fn dialogue_seeds() -> Vec<Vec<u8>> {
    let answer = |bytes: &[u8]| [&[u8::try_from(bytes.len()).expect("short") << 3 | 3], bytes].concat();
    let counted = |count: u8| answer(&[5, 0, count, 0]);
    let done = answer(&[6, 0, 1, 1]);
    let forgotten = answer(&[6, 0, 2, 1]);
    let dialogue = |head: u8, parts: &[&[u8]]| [&[head], parts.concat().as_slice()].concat();
    vec![
        dialogue(0, &[&counted(2), &[9, 1], &done]),
        dialogue(0x40, &[&counted(2), &[9, 1], &done, &counted(2), &forgotten]),
        dialogue(0x42, &[&counted(2), &[9, 1], &done, &counted(2), &forgotten]),
        dialogue(0x42, &[&counted(2), &[9, 1], &done, &[1], &counted(3)]),
    ]
}
