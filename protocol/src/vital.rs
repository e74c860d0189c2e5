//! Vitals, their units and the categories they are sealed and shared in, with the codes other systems know them by.
//!
//! Numbers are wire values: they are never reused. Codes: LOINC, UCUM and ISO/IEEE 11073-10101 (MDC, as
//! partition × 65536 + term).

/// One kind of measurement. The discriminant is the wire value.
///
/// ```
/// use pulsebook_protocol::vital::{Category, Vital};
/// assert_eq!(Vital::OxygenSaturation.category(), Category::Oxygen);
/// assert_eq!(Vital::from_wire(5), Some(Vital::BodyTemperature));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u16)]
pub enum Vital {
    /// Heart rate from an electrical (chest strap) sensor, beats per minute.
    HeartRate = 1,
    /// Time between two heart beats, in 1/1024 s.
    RrInterval = 2,
    /// Peripheral oxygen saturation, percent.
    OxygenSaturation = 3,
    /// Pulse rate as the oximeter sees it, beats per minute.
    OximeterPulseRate = 4,
    /// Body temperature, degrees Celsius.
    BodyTemperature = 5,
    /// Systolic blood pressure, millimetres of mercury.
    SystolicPressure = 6,
    /// Diastolic blood pressure, millimetres of mercury.
    DiastolicPressure = 7,
    /// Mean arterial pressure, millimetres of mercury.
    MeanArterialPressure = 8,
    /// Pulse rate as the cuff sees it, beats per minute.
    CuffPulseRate = 9,
}

/// The codes a vital is known by elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Codes {
    /// LOINC codes, the R4 vital-signs profile's own first; empty when LOINC has none.
    pub loinc: &'static [&'static str],
    /// ISO/IEEE 11073-10101 code, partition × 65536 + term.
    pub mdc: u32,
    /// Unit in UCUM.
    pub ucum: &'static str,
}

/// The unit of a stored value; the wire value goes into disclosure chunks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Unit {
    /// Per minute, UCUM `/min`.
    PerMinute = 1,
    /// 1/1024 of a second; shown to people in milliseconds.
    Second1024th = 2,
    /// Percent, UCUM `%`.
    Percent = 3,
    /// Degrees Celsius, UCUM `Cel`.
    DegreeCelsius = 4,
    /// Millimetres of mercury, UCUM `mm[Hg]`.
    MillimetreOfMercury = 5,
}

/// What a segment holds and a grant allows: one category of one sensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Category {
    /// Heart rate and RR intervals.
    Heart = 1,
    /// Oxygen saturation and the oximeter's pulse.
    Oxygen = 2,
    /// Blood pressure and the cuff's pulse.
    Pressure = 3,
    /// Body temperature.
    Temperature = 4,
    /// Glucose.
    Glucose = 5,
    /// Weight and body composition.
    Body = 6,
    /// Activity.
    Activity = 7,
    /// Breathing.
    Breathing = 8,
    /// Waveforms.
    Waveform = 9,
    /// Documents.
    Documents = 10,
}

impl Vital {
    /// Every vital, in wire order.
    pub const ALL: [Vital; 9] = [
        Vital::HeartRate,
        Vital::RrInterval,
        Vital::OxygenSaturation,
        Vital::OximeterPulseRate,
        Vital::BodyTemperature,
        Vital::SystolicPressure,
        Vital::DiastolicPressure,
        Vital::MeanArterialPressure,
        Vital::CuffPulseRate,
    ];

    /// The number this vital has on the wire.
    pub fn wire(self) -> u16 {
        self as u16
    }

    /// The vital with this wire number, or `None` for a number nobody assigned.
    pub fn from_wire(number: u16) -> Option<Vital> {
        Vital::ALL.into_iter().find(|vital| vital.wire() == number)
    }

    /// The category this vital is sealed and shared in.
    pub fn category(self) -> Category {
        match self {
            Vital::HeartRate | Vital::RrInterval => Category::Heart,
            Vital::OxygenSaturation | Vital::OximeterPulseRate => Category::Oxygen,
            Vital::BodyTemperature => Category::Temperature,
            Vital::SystolicPressure
            | Vital::DiastolicPressure
            | Vital::MeanArterialPressure
            | Vital::CuffPulseRate => Category::Pressure,
        }
    }

    /// The unit every stored value of this vital has.
    pub fn unit(self) -> Unit {
        match self {
            Vital::HeartRate | Vital::OximeterPulseRate | Vital::CuffPulseRate => Unit::PerMinute,
            Vital::RrInterval => Unit::Second1024th,
            Vital::OxygenSaturation => Unit::Percent,
            Vital::BodyTemperature => Unit::DegreeCelsius,
            Vital::SystolicPressure | Vital::DiastolicPressure | Vital::MeanArterialPressure => {
                Unit::MillimetreOfMercury
            }
        }
    }

    /// The decimal exponent of stored integers: a stored 371 with exponent −1 is 37.1.
    ///
    /// BLE sends temperature and pressure as decimal floats; one and two decimals keep everything real sensors resolve.
    pub fn exponent(self) -> i8 {
        match self {
            Vital::HeartRate | Vital::RrInterval => 0,
            Vital::BodyTemperature => -2,
            _ => -1,
        }
    }

    /// Codes for FHIR and device standards.
    ///
    /// Sources: LOINC and MDC as used by FHIR R4 vital signs and the HL7 Personal Health Device guide 2.0.0.
    pub fn codes(self) -> Codes {
        let (loinc, mdc, ucum): (&'static [&'static str], u32, &'static str) = match self {
            Vital::HeartRate => (&["8867-4"], 147_842, "/min"),
            Vital::RrInterval => (&[], 147_240, "ms"),
            Vital::OxygenSaturation => (&["2708-6", "59408-5"], 150_456, "%"),
            Vital::OximeterPulseRate => (&["8867-4"], 149_530, "/min"),
            Vital::BodyTemperature => (&["8310-5"], 150_364, "Cel"),
            Vital::SystolicPressure => (&["8480-6"], 150_021, "mm[Hg]"),
            Vital::DiastolicPressure => (&["8462-4"], 150_022, "mm[Hg]"),
            Vital::MeanArterialPressure => (&["8478-0"], 150_023, "mm[Hg]"),
            Vital::CuffPulseRate => (&["8867-4"], 149_546, "/min"),
        };
        Codes { loinc, mdc, ucum }
    }

    /// The name a patient reads.
    pub fn name(self) -> &'static str {
        match self {
            Vital::HeartRate => "heart rate",
            Vital::RrInterval => "time between beats",
            Vital::OxygenSaturation => "oxygen saturation",
            Vital::OximeterPulseRate => "pulse (oximeter)",
            Vital::BodyTemperature => "body temperature",
            Vital::SystolicPressure => "systolic pressure",
            Vital::DiastolicPressure => "diastolic pressure",
            Vital::MeanArterialPressure => "mean arterial pressure",
            Vital::CuffPulseRate => "pulse (cuff)",
        }
    }
}

impl Unit {
    /// The number this unit has on the wire.
    pub fn wire(self) -> u8 {
        self as u8
    }

    /// The unit as a patient reads it; RR intervals are shown in milliseconds.
    pub fn symbol(self) -> &'static str {
        match self {
            Unit::PerMinute => "/min",
            Unit::Second1024th => "ms",
            Unit::Percent => "%",
            Unit::DegreeCelsius => "°C",
            Unit::MillimetreOfMercury => "mmHg",
        }
    }
}

impl Category {
    /// Every category, in wire order.
    pub const ALL: [Category; 10] = [
        Category::Heart,
        Category::Oxygen,
        Category::Pressure,
        Category::Temperature,
        Category::Glucose,
        Category::Body,
        Category::Activity,
        Category::Breathing,
        Category::Waveform,
        Category::Documents,
    ];

    /// The number this category has on the wire.
    pub fn wire(self) -> u8 {
        self as u8
    }

    /// The category with this wire number, or `None` for a number nobody assigned.
    pub fn from_wire(number: u8) -> Option<Category> {
        Category::ALL.into_iter().find(|category| category.wire() == number)
    }

    /// The word used in grants, on the command line and in sentences.
    pub fn name(self) -> &'static str {
        match self {
            Category::Heart => "heart",
            Category::Oxygen => "oxygen",
            Category::Pressure => "pressure",
            Category::Temperature => "temperature",
            Category::Glucose => "glucose",
            Category::Body => "body",
            Category::Activity => "activity",
            Category::Breathing => "breathing",
            Category::Waveform => "waveform",
            Category::Documents => "documents",
        }
    }

    /// The category of that name, or `None`.
    pub fn from_name(name: &str) -> Option<Category> {
        Category::ALL.into_iter().find(|category| category.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wire_numbers_and_names_come_back_to_the_same_thing() {
        for vital in Vital::ALL {
            assert_eq!(Vital::from_wire(vital.wire()), Some(vital));
        }
        for category in Category::ALL {
            assert_eq!(Category::from_wire(category.wire()), Some(category));
            assert_eq!(Category::from_name(category.name()), Some(category));
        }
        assert_eq!(Vital::from_wire(0), None);
        assert_eq!(Category::from_wire(11), None);
    }

    #[test]
    fn oxygen_saturation_carries_both_codes_that_profiles_ask_for() {
        assert_eq!(Vital::OxygenSaturation.codes().loinc, ["2708-6", "59408-5"]);
    }
}
