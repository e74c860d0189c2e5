//! Purposes of use: the HL7 v3 ActReason codes that a grant can name.

use std::{fmt, str::FromStr};

/// Declares the purposes once: name, HL7 code, words.
macro_rules! purposes {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $words:literal;)*) => {
        /// What reading is for. Codes of HL7 v3 ActReason, "purpose of use".
        ///
        /// ```
        /// use pulsebook_protocol::grant::Purpose;
        /// assert_eq!("TREAT".parse::<Purpose>()?.words(), "treatment");
        /// # Ok::<(), pulsebook_protocol::grant::UnknownPurpose>(())
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Purpose { $($(#[$doc])* $name,)* }

        impl Purpose {
            /// Every purpose.
            pub const ALL: &'static [Purpose] = &[$(Purpose::$name,)*];

            /// The HL7 code, as it stands in tokens and headers.
            pub fn code(self) -> &'static str {
                match self { $(Purpose::$name => $code,)* }
            }

            /// As it stands in a sentence after "for".
            pub fn words(self) -> &'static str {
                match self { $(Purpose::$name => $words,)* }
            }
        }
    };
}

purposes! {
    /// Treatment.
    Treatment = "TREAT", "treatment";
    /// Emergency treatment.
    EmergencyTreatment = "ETREAT", "emergency treatment";
    /// Care management.
    CareManagement = "CAREMGT", "care management";
    /// Coordination of care.
    CareCoordination = "COC", "coordination of care";
    /// The patient asked for it.
    PatientRequest = "PATRQT", "the patient's own request";
    /// The family asked for it.
    FamilyRequest = "FAMRQT", "the family's request";
    /// Healthcare research.
    Research = "HRESCH", "research";
    /// Public health.
    PublicHealth = "PUBHLTH", "public health";
}

/// Not a purpose of this version.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{found}` is not a purpose: expected one of TREAT, ETREAT, CAREMGT, COC, PATRQT, FAMRQT, HRESCH, PUBHLTH"
)]
pub struct UnknownPurpose {
    found: String,
}

impl FromStr for Purpose {
    type Err = UnknownPurpose;

    fn from_str(code: &str) -> Result<Self, UnknownPurpose> {
        let unknown = || UnknownPurpose { found: code.chars().take(40).collect() };
        Purpose::ALL.iter().copied().find(|purpose| purpose.code() == code).ok_or_else(unknown)
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_comes_back_and_is_named_in_the_error() {
        let error = "treat".parse::<Purpose>().unwrap_err().to_string();
        for purpose in Purpose::ALL {
            assert_eq!(purpose.code().parse(), Ok(*purpose));
            assert!(error.contains(purpose.code()), "{error}");
        }
    }
}
