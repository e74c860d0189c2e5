//! Vitals, their units and the categories they are sealed and shared in, with the codes other systems know them by.
//!
//! Numbers are wire values: they are never reused. Codes: LOINC, UCUM and ISO/IEEE 11073-10101 (MDC, as
//! partition × 65536 + term). All that is known of a vital stands in one row of `vital/table.rs`.

mod category;
mod table;
mod unit;

pub use category::Category;
pub use table::Vital;
pub use unit::Unit;

/// Milligrams in a mole of glucose: mg/dL = mmol/L × this ÷ 10,000.
pub const GLUCOSE_MILLIGRAM_PER_MOLE: i64 = 180_156;

/// The codes a vital is known by elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Codes {
    /// LOINC codes, the R4 vital-signs profile's own first; empty when LOINC has none.
    pub loinc: &'static [Loinc],
    /// ISO/IEEE 11073-10101 code, `None` when it has none.
    pub mdc: Option<&'static Mdc>,
    /// Unit in UCUM.
    pub ucum: &'static str,
}

/// A LOINC code with its long common name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loinc {
    /// The code, such as `8867-4`.
    pub code: &'static str,
    /// Its long common name.
    pub display: &'static str,
}

/// A code of ISO/IEEE 11073-10101 with its reference id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mdc {
    /// Partition × 65536 + term.
    pub code: u32,
    /// The reference id, such as `MDC_TEMP_BODY`.
    pub reference_id: &'static str,
}

impl Vital {
    /// The number this vital has on the wire.
    pub fn wire(self) -> u16 {
        self as u16
    }

    /// The vital of that MDC code; `None` when no vital has it, or when two have it and only the unit tells them apart
    /// (cadence, medication).
    ///
    /// ```
    /// use pulsebook_protocol::vital::Vital;
    /// assert_eq!(Vital::from_mdc(150_364), Some(Vital::BodyTemperature));
    /// assert_eq!(Vital::from_mdc(8_454_255), None);
    /// ```
    pub fn from_mdc(code: u32) -> Option<Vital> {
        let mut known =
            Vital::ALL.into_iter().filter(|vital| vital.codes().mdc.is_some_and(|mdc| mdc.code == code));
        known.next().filter(|_| known.next().is_none())
    }

    /// The category this vital is sealed and shared in.
    pub fn category(self) -> Category {
        self.row().category
    }

    /// The unit every stored value of this vital has.
    pub fn unit(self) -> Unit {
        self.row().unit
    }

    /// The decimal exponent of stored integers: a stored 371 with exponent −1 is 37.1.
    pub fn exponent(self) -> i8 {
        self.row().exponent
    }

    /// Codes for FHIR and device standards.
    pub fn codes(self) -> Codes {
        self.row().codes
    }

    /// The name a patient reads.
    pub fn name(self) -> &'static str {
        self.row().name
    }
}

#[cfg(test)]
mod tests;
