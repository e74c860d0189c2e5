//! What a fault does to one measurement: to its value, to its bytes, or to whether it goes out.

use crate::{
    encode::{Special, encode, encode_with},
    faults::Injected,
    measured::Measured,
    scenario::{Fault, Wearable},
};

/// A measurement after its fault.
#[derive(Debug)]
pub(crate) struct Struck {
    pub(crate) measured: Measured,
    pub(crate) bytes: Vec<u8>,
    pub(crate) fate: Fate,
}

/// Whether it goes out.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Goes,
    /// Neither it nor so many after it.
    Drops(u16),
    GoesTwice,
    /// Behind the next one.
    Waits,
}

/// Lets a fault strike, and counts it.
pub(crate) fn strike(
    fault: Option<Fault>,
    wearable: Wearable,
    measured: Measured,
    injected: &mut Injected,
) -> Struck {
    let goes = |measured: Measured, bytes| Struck { measured, bytes, fate: Fate::Goes };
    match fault {
        Some(Fault::NotANumber { .. }) => {
            injected.nan += 1;
            let measured = measured.without_number();
            goes(measured.clone(), encode(&measured))
        }
        Some(Fault::Infinite { negative, .. }) => {
            injected.nan += 1;
            let special = if negative { Special::MinusInfinity } else { Special::Infinity };
            let measured = measured.without_number();
            goes(measured.clone(), encode_with(&measured, special))
        }
        Some(Fault::Implausible { value, .. }) => {
            injected.implausible += 1;
            let measured = measured.with_value(value);
            goes(measured.clone(), encode(&measured))
        }
        Some(Fault::Truncate { keep, .. }) => {
            injected.malformed += 1;
            let mut bytes = encode(&measured);
            bytes.truncate(keep.map_or(bytes.len().saturating_sub(1), usize::from));
            goes(Measured::CutOff, bytes)
        }
        Some(Fault::BitFlip { bit, .. }) => {
            let bytes = flipped(encode(&measured), bit);
            if wearable == Wearable::GlucoseMonitor {
                injected.malformed += 1;
                return goes(Measured::CutOff, bytes);
            }
            goes(measured, bytes)
        }
        Some(Fault::SecondUser { user, .. }) => goes(Measured::Guest, of_user(encode(&measured), user)),
        other => {
            let bytes = encode(&measured);
            Struck { measured, bytes, fate: fate(other) }
        }
    }
}

fn fate(fault: Option<Fault>) -> Fate {
    match fault {
        Some(Fault::Drop { count, .. }) => Fate::Drops(count.saturating_sub(1)),
        Some(Fault::Duplicate { .. }) => Fate::GoesTwice,
        Some(Fault::Reorder { .. }) => Fate::Waits,
        _ => Fate::Goes,
    }
}

fn flipped(mut bytes: Vec<u8>, bit: u16) -> Vec<u8> {
    let place = usize::from(bit / 8).checked_rem(bytes.len()).unwrap_or(0);
    if let Some(byte) = bytes.get_mut(place) {
        *byte ^= 1 << (bit % 8);
    }
    bytes
}

/// A blood pressure with the number of who measured: flag bit 3, and one byte behind the pulse.
fn of_user(mut bytes: Vec<u8>, user: u8) -> Vec<u8> {
    if let Some(flags) = bytes.first_mut() {
        *flags |= 1 << 3;
    }
    bytes.push(user);
    bytes
}
