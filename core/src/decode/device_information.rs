//! Device Information (180A): what a sensor says about itself, read once a connection; no reading comes of it.
//!
//! Texts are UTF-8; some sensors pad them with zeros. What cannot be read as its layout wants is kept raw and shown as bytes.

mod formats;

use crate::ble::Characteristic;
pub(super) use formats::FORMATS;

/// Number of the Device Information service.
const SERVICE: u16 = 0x180A;

/// System ID: a manufacturer's number and an organisation's number.
pub const SYSTEM_ID: Characteristic = Characteristic::new(SERVICE, 0x2A23);
/// Serial Number String.
pub const SERIAL: Characteristic = Characteristic::new(SERVICE, 0x2A25);
/// UDI for Medical Devices.
pub const UDI: Characteristic = Characteristic::new(SERVICE, 0x2BFF);
/// Manufacturer Name String.
pub const MANUFACTURER: Characteristic = Characteristic::new(SERVICE, 0x2A29);
/// Model Number String.
pub const MODEL: Characteristic = Characteristic::new(SERVICE, 0x2A24);
/// PnP ID.
pub const PNP_ID: Characteristic = Characteristic::new(SERVICE, 0x2A50);
/// IEEE 11073-20601 Regulatory Certification Data List; kept as it is.
pub const CERTIFICATIONS: Characteristic = Characteristic::new(SERVICE, 0x2A2A);

/// Everything that is read, with what it is called.
pub const ALL: [(Characteristic, &str); 10] = [
    (MANUFACTURER, "manufacturer"),
    (MODEL, "model"),
    (SERIAL, "serial number"),
    (Characteristic::new(SERVICE, 0x2A27), "hardware"),
    (Characteristic::new(SERVICE, 0x2A26), "firmware"),
    (Characteristic::new(SERVICE, 0x2A28), "software"),
    (SYSTEM_ID, "system id"),
    (UDI, "UDI"),
    (PNP_ID, "PnP id"),
    (CERTIFICATIONS, "certifications"),
];

/// One characteristic of the service, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// A text, without padding.
    Text(String),
    /// System ID as an EUI-64: the organisation's 24 bits, then the manufacturer's 40, as people write it.
    SystemId([u8; 8]),
    /// Who numbered the vendor (1 Bluetooth SIG, 2 USB), the vendor, the product and its version.
    PnpId {
        /// 1 Bluetooth SIG, 2 USB Implementers Forum.
        source: u8,
        /// The vendor's number there.
        vendor: u16,
        /// The vendor's product.
        product: u16,
        /// Its version, binary-coded decimal JJMN.
        version: u16,
    },
    /// A medical device's identifier, part by part; a part that is not announced is absent.
    Udi {
        /// The label as printed.
        label: Option<String>,
        /// The device identifier within it.
        device: Option<String>,
        /// Who issued it.
        issuer: Option<String>,
        /// Which authority asks for it.
        authority: Option<String>,
    },
    /// Bytes that no layout explains, or that stand for themselves.
    Raw(Vec<u8>),
}

/// Reads one answer; total, whatever came.
///
/// ```
/// use pulsebook_core::decode::device_information::{Fact, MODEL, decode};
/// assert_eq!(decode(MODEL, b"HRM-2\0"), Fact::Text("HRM-2".to_owned()));
/// ```
pub fn decode(characteristic: Characteristic, bytes: &[u8]) -> Fact {
    let raw = || Fact::Raw(bytes.to_vec());
    match characteristic {
        SYSTEM_ID => system_id(bytes).unwrap_or_else(raw),
        PNP_ID => pnp_id(bytes).unwrap_or_else(raw),
        UDI => udi(bytes).unwrap_or_else(raw),
        CERTIFICATIONS => raw(),
        _ => text(bytes).map_or_else(raw, Fact::Text),
    }
}

/// The identity that these facts give a sensor for good, best first: System ID, UDI with a serial number, serial number
/// with manufacturer and model. `None` when they name a kind of sensor and not one.
pub fn identity(facts: &[(Characteristic, Fact)]) -> Option<String> {
    let fact = |wanted: Characteristic| facts.iter().find(|(at, _)| *at == wanted).map(|(_, fact)| fact);
    let text = |wanted| match fact(wanted) {
        Some(Fact::Text(text)) if !text.is_empty() => Some(text.as_str()),
        _ => None,
    };
    if let Some(Fact::SystemId(id)) = fact(SYSTEM_ID)
        && id.iter().any(|byte| *byte != 0)
        && id.iter().any(|byte| *byte != 0xFF)
    {
        return Some(format!("sysid-{}", hex(id)));
    }
    let serial = text(SERIAL).filter(|serial| serial.bytes().any(|byte| byte != b'0'))?;
    if let Some(Fact::Udi { device: Some(device), .. }) = fact(UDI) {
        return Some(format!("udi-{device}-{serial}"));
    }
    let (manufacturer, model) = (text(MANUFACTURER)?, text(MODEL)?);
    Some(format!("serial-{manufacturer}-{model}-{serial}"))
}

/// Little-endian: 40 bits of the manufacturer, then 24 of the organisation.
fn system_id(bytes: &[u8]) -> Option<Fact> {
    let mut id = <[u8; 8]>::try_from(bytes).ok()?;
    id.reverse();
    Some(Fact::SystemId(id))
}

fn pnp_id(bytes: &[u8]) -> Option<Fact> {
    let [source, a, b, c, d, e, f] = *<&[u8; 7]>::try_from(bytes).ok()?;
    let (vendor, product) = (u16::from_le_bytes([a, b]), u16::from_le_bytes([c, d]));
    Some(Fact::PnpId { source, vendor, product, version: u16::from_le_bytes([e, f]) })
}

/// Flags, then those of the four texts that they announce, each ended by a zero.
fn udi(bytes: &[u8]) -> Option<Fact> {
    let (flags, rest) = bytes.split_first()?;
    let mut texts = rest.split(|byte| *byte == 0);
    let mut part = |bit: u8| match flags & 1 << bit {
        0 => Some(None),
        _ => texts.next().and_then(text).map(Some),
    };
    Some(Fact::Udi { label: part(0)?, device: part(1)?, issuer: part(2)?, authority: part(3)? })
}

/// A text without its padding and without anything that would move a cursor.
fn text(bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?.trim_end_matches('\0').trim();
    text.chars().all(|letter| !letter.is_control() && !turns(letter)).then(|| text.to_owned())
}

/// Letters without a width that turn the direction of others, join or hide them: where such a text is shown it reads as
/// another one.
fn turns(letter: char) -> bool {
    matches!(letter, '\u{00AD}' | '\u{061C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl std::fmt::Display for Fact {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Fact::Text(text) => f.write_str(text),
            Fact::SystemId(id) => f.write_str(&hex(id)),
            Fact::PnpId { source, vendor, product, version } => {
                let by = match source {
                    1 => "Bluetooth",
                    2 => "USB",
                    _ => "unknown",
                };
                write!(f, "{by} vendor {vendor:04x}, product {product:04x}, version {version:04x}")
            }
            Fact::Udi { label, device, issuer, authority } => {
                let parts = [label, device, issuer, authority].into_iter().flatten();
                f.write_str(&parts.map(String::as_str).collect::<Vec<_>>().join(" · "))
            }
            Fact::Raw(bytes) => write!(f, "{} (raw)", hex(bytes)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_same_facts_give_the_same_name_in_any_order_and_a_system_id_goes_first(
            id in any::<[u8; 8]>(),
            texts in prop::collection::vec("[ -~]{1,20}", 3),
            turn in 0usize..4,
        ) {
            let texts: Vec<Fact> = texts.into_iter().map(|text| Fact::Text(text.trim().to_owned())).collect();
            let mut facts: Vec<_> = [MANUFACTURER, MODEL, SERIAL].into_iter().zip(texts).collect();
            let by_texts = identity(&facts);
            let whole = facts.iter().all(|(_, fact)| !fact.to_string().is_empty());
            let serial = facts[2].1.to_string();
            prop_assert_eq!(by_texts.is_some(), whole && serial.bytes().any(|byte| byte != b'0'));
            facts.push((SYSTEM_ID, decode(SYSTEM_ID, &id)));
            facts.rotate_left(turn);
            let hex: String = id.iter().rev().map(|byte| format!("{byte:02x}")).collect();
            let names_nothing = id == [0; 8] || id == [0xFF; 8];
            let expected = if names_nothing { by_texts } else { Some(format!("sysid-{hex}")) };
            prop_assert_eq!(identity(&facts), expected);
        }
    }

    /// Manufacturer 0x123456789A and organisation 0xBCDEF0 in the order of the air: least byte first.
    const ON_AIR: [u8; 8] = [0x9A, 0x78, 0x56, 0x34, 0x12, 0xF0, 0xDE, 0xBC];

    #[test]
    fn a_system_id_reads_as_people_write_it() {
        let fact = decode(SYSTEM_ID, &ON_AIR);
        assert_eq!(fact.to_string(), "bcdef0123456789a");
        assert_eq!(identity(&[(SYSTEM_ID, fact)]).unwrap(), "sysid-bcdef0123456789a");
        assert_eq!(decode(SYSTEM_ID, &[1, 2]), Fact::Raw(vec![1, 2]));
    }

    #[test]
    fn a_pnp_id_and_a_udi_are_read_part_by_part() {
        let pnp = decode(PNP_ID, &[1, 0x0D, 0, 0x34, 0x12, 0x13, 0x02]);
        assert_eq!(pnp, Fact::PnpId { source: 1, vendor: 13, product: 0x1234, version: 0x0213 });
        let udi = decode(UDI, b"\x07(01)00844588003288\x0000844588003288\x002.16.840\x00");
        let some = |text: &str| Some(text.to_owned());
        let expected = Fact::Udi {
            label: some("(01)00844588003288"),
            device: some("00844588003288"),
            issuer: some("2.16.840"),
            authority: None,
        };
        assert_eq!(udi, expected);
        assert_eq!(decode(UDI, &[]), Fact::Raw(vec![]));
        assert_eq!(
            decode(UDI, &[0x0F, b'a']),
            Fact::Raw(vec![0x0F, b'a']),
            "three announced texts are missing"
        );
    }

    #[test]
    fn padding_goes_and_what_is_no_text_stays_raw() {
        assert_eq!(decode(MODEL, b"HRM-2 \0\0"), Fact::Text("HRM-2".to_owned()));
        for bytes in [&[0xFF, 0xFE][..], b"evil\x1b[2J"] {
            assert_eq!(decode(MODEL, bytes), Fact::Raw(bytes.to_vec()));
        }
    }

    #[test]
    fn only_what_names_one_sensor_becomes_its_identity() {
        let model = (MODEL, Fact::Text("HRM-2".to_owned()));
        let maker = (MANUFACTURER, Fact::Text("Acme".to_owned()));
        let serial = |text: &str| (SERIAL, Fact::Text(text.to_owned()));
        assert_eq!(identity(&[model.clone(), maker.clone()]), None);
        assert_eq!(identity(&[model.clone(), maker.clone(), serial("0000")]), None);
        assert_eq!(identity(&[(SYSTEM_ID, Fact::SystemId([0; 8]))]), None);
        assert_eq!(identity(&[model, maker, serial("A17")]).unwrap(), "serial-Acme-HRM-2-A17");
    }
}
