//! The Device Information service field by field, for people: what [`decode`](super::decode) makes facts of.

use super::{
    super::{
        context::Context,
        cursor::{Choices, Cursor},
        field::{Part, Says},
        format::{Format, Kind, Read},
        outcome::{Decoded, Reason},
    },
    CERTIFICATIONS, MANUFACTURER, MODEL, PNP_ID, SERIAL, SERVICE, SYSTEM_ID, UDI,
};
use crate::ble::Characteristic;

/// What this file reads (Device Information Service 1.2, IEEE 11073-20601 for the certifications).
pub(in crate::decode) const FORMATS: &[Format] = &[
    about(MANUFACTURER, "Manufacturer Name String", |cursor, _, _| text(cursor, "Manufacturer Name")),
    about(MODEL, "Model Number String", |cursor, _, _| text(cursor, "Model Number")),
    about(SERIAL, "Serial Number String", |cursor, _, _| text(cursor, "Serial Number")),
    about(Characteristic::new(SERVICE, 0x2A27), "Hardware Revision String", |cursor, _, _| {
        text(cursor, "Hardware Revision")
    }),
    about(Characteristic::new(SERVICE, 0x2A26), "Firmware Revision String", |cursor, _, _| {
        text(cursor, "Firmware Revision")
    }),
    about(Characteristic::new(SERVICE, 0x2A28), "Software Revision String", |cursor, _, _| {
        text(cursor, "Software Revision")
    }),
    about(SYSTEM_ID, "System ID", system_id),
    about(UDI, "UDI for Medical Devices", udi),
    about(PNP_ID, "PnP ID", pnp_id),
    about(CERTIFICATIONS, "IEEE 11073-20601 Regulatory Certification Data List", certifications),
];

const fn about(characteristic: Characteristic, name: &'static str, read: Read) -> Format {
    Format::new(Kind::About, characteristic, name, read)
}

const VENDORS: Choices = &[(1, "Bluetooth SIG"), (2, "USB Implementers Forum")];
const UDI_FLAGS: &[Part] = &[
    Part::flag(0, "UDI Label Present"),
    Part::flag(1, "UDI Device Identifier Present"),
    Part::flag(2, "UDI Issuer Present"),
    Part::flag(3, "UDI Authority Present"),
];
const UDI_TEXTS: [(u8, &str); 4] =
    [(0, "UDI Label"), (1, "UDI Device Identifier"), (2, "UDI Issuer"), (3, "UDI Authority")];
const RESERVED_UDI: u8 = 0xF0;
const BODIES: Choices = &[(0, "empty"), (1, "IEEE 11073"), (2, "Continua"), (254, "experimental")];

fn text(cursor: &mut Cursor<'_>, name: &'static str) -> Result<(), Reason> {
    cursor.rest(name, Says::text);
    Ok(())
}

fn system_id(cursor: &mut Cursor<'_>, _: &Context, _: &mut Decoded) -> Result<(), Reason> {
    cursor.array::<5>("Manufacturer Identifier", |raw| backwards(&raw))?;
    cursor.array::<3>("Organizationally Unique Identifier", |raw| backwards(&raw))?;
    cursor.end(0)
}

/// As people write it: greatest byte first.
fn backwards(raw: &[u8]) -> Says {
    Says::Text(raw.iter().rev().map(|byte| format!("{byte:02x}")).collect())
}

fn pnp_id(cursor: &mut Cursor<'_>, _: &Context, _: &mut Decoded) -> Result<(), Reason> {
    cursor.choice_u8("Vendor ID Source", VENDORS)?;
    cursor.array::<2>("Vendor ID", |raw| backwards(&raw))?;
    cursor.array::<2>("Product ID", |raw| backwards(&raw))?;
    // Binary-coded decimal: 0x0213 is version 2.1.3.
    cursor.array("Product Version", |[low, major]| {
        Says::Text(format!("{major:x}.{:x}.{:x}", low >> 4, low & 15))
    })?;
    cursor.end(0)
}

/// Flags, then those of the four texts that they announce, each ended by a zero.
fn udi(cursor: &mut Cursor<'_>, _: &Context, _: &mut Decoded) -> Result<(), Reason> {
    let flags = cursor.parts_u8("Flags", UDI_FLAGS)?;
    for (_, name) in UDI_TEXTS.iter().filter(|(bit, _)| flags >> bit & 1 != 0) {
        cursor.text_to_zero(name)?;
    }
    cursor.end(u32::from(flags & RESERVED_UDI))
}

/// A count and a length, then each certificate with its own; greatest byte first, unlike everything of Bluetooth's own.
fn certifications(cursor: &mut Cursor<'_>, _: &Context, _: &mut Decoded) -> Result<(), Reason> {
    let count = big_endian(cursor, "Count")?;
    big_endian(cursor, "Length")?;
    for _ in 0..count {
        cursor.choice_u8("Authority Body", BODIES)?;
        cursor.u8("Authority Body Structure Type")?;
        let length = big_endian(cursor, "Authority Body Data Length")?;
        cursor.slice("Authority Body Data", length.into(), |_| Says::Bytes)?;
    }
    cursor.end(0)
}

fn big_endian(cursor: &mut Cursor<'_>, name: &'static str) -> Result<u16, Reason> {
    cursor.array(name, |raw| Says::Count(u16::from_be_bytes(raw).into())).map(u16::from_be_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::format_of;

    fn says(characteristic: Characteristic, bytes: &[u8]) -> Vec<String> {
        let (fields, read) = format_of(characteristic).unwrap().explain(bytes, &Context::at(0));
        assert_eq!(read, Ok(Decoded::default()));
        fields.iter().map(|field| field.says.to_string()).collect()
    }

    #[test]
    fn every_characteristic_that_gives_a_fact_can_be_shown_field_by_field() {
        for (characteristic, _) in super::super::ALL {
            assert!(format_of(characteristic).is_some(), "{characteristic}");
        }
        assert_eq!(FORMATS.len(), super::super::ALL.len());
    }

    #[test]
    fn identifiers_are_shown_as_people_write_them() {
        let id = [0x9A, 0x78, 0x56, 0x34, 0x12, 0xF0, 0xDE, 0xBC];
        assert_eq!(says(SYSTEM_ID, &id), ["123456789a", "bcdef0"]);
        let pnp = [1, 0x0D, 0, 0x34, 0x12, 0x13, 0x02];
        assert_eq!(says(PNP_ID, &pnp), ["Bluetooth SIG", "000d", "1234", "2.1.3"]);
        let udi = b"\x03(01)00844588003288\x0000844588003288\x00";
        assert_eq!(says(UDI, udi)[1..], ["(01)00844588003288", "00844588003288"]);
    }

    #[test]
    fn a_list_of_certificates_is_shown_one_by_one() {
        // Two of Continua's: versions and certified classes, then regulated or not; laid out by hand from IEEE 11073-20601.
        let list = [0, 2, 0, 18, 2, 1, 0, 8, 4, 0, 0, 1, 0, 2, 0x80, 7, 2, 2, 0, 2, 0x80, 0];
        let said = says(CERTIFICATIONS, &list);
        assert_eq!(said[..5], ["2", "18", "Continua", "1", "8"]);
        assert_eq!(said[6..9], ["Continua", "2", "2"]);
    }

    #[test]
    fn a_text_that_would_move_a_cursor_is_shown_as_bytes() {
        assert_eq!(says(MODEL, b"evil\x1b[2J"), ["bytes"]);
        assert_eq!(says(MODEL, b"HRM-2\0"), ["HRM-2"]);
    }
}
