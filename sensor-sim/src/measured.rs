//! What a simulated sensor measured: the truth that its bytes carry.

/// The values in one notification, before encoding. Times are UTC milliseconds, whole seconds, as sensors send them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Measured {
    /// Heart Rate Measurement.
    Heart {
        /// Beats per minute.
        rate: u16,
        /// RR intervals since the last notification, in 1/1024 s, oldest first.
        rr: Vec<u16>,
        /// Whether the strap touches the skin.
        contact: bool,
    },
    /// PLX Continuous Measurement; `None` is sent as "not a number".
    Oxygen {
        /// Percent.
        saturation: Option<i32>,
        /// Beats per minute.
        pulse: Option<i32>,
    },
    /// PLX Spot-Check Measurement; `None` is sent as "not a number".
    Spot {
        /// Percent.
        saturation: Option<i32>,
        /// Beats per minute.
        pulse: Option<i32>,
        /// When.
        at: i64,
    },
    /// Temperature Measurement.
    Temperature {
        /// Hundredths of a degree Celsius; `None` is sent as "not a number".
        hundredths: Option<i32>,
        /// When.
        at: i64,
    },
    /// Blood Pressure Measurement, in mmHg.
    Pressure {
        /// Systolic pressure.
        systolic: i32,
        /// Diastolic pressure.
        diastolic: i32,
        /// Mean pressure; `None` is sent as "not a number".
        mean: Option<i32>,
        /// Beats per minute.
        pulse: i32,
        /// When.
        at: i64,
    },
    /// Battery Level in percent.
    Battery(u8),
    /// The frame was cut off on purpose: nothing can be read from it.
    CutOff,
}

impl Measured {
    /// The same measurement with its main value gone.
    pub(crate) fn without_number(self) -> Measured {
        match self {
            Measured::Oxygen { .. } => Measured::Oxygen { saturation: None, pulse: None },
            Measured::Spot { at, .. } => Measured::Spot { saturation: None, pulse: None, at },
            Measured::Temperature { at, .. } => Measured::Temperature { hundredths: None, at },
            Measured::Pressure { systolic, diastolic, pulse, at, .. } => {
                Measured::Pressure { systolic, diastolic, mean: None, pulse, at }
            }
            other => other,
        }
    }

    /// The same measurement with another main value, in its everyday unit.
    pub(crate) fn with_value(self, value: u16) -> Measured {
        let number = i32::from(value);
        match self {
            Measured::Heart { rr, contact, .. } => Measured::Heart { rate: value, rr, contact },
            Measured::Oxygen { pulse, .. } => Measured::Oxygen { saturation: Some(number), pulse },
            Measured::Spot { pulse, at, .. } => Measured::Spot { saturation: Some(number), pulse, at },
            Measured::Temperature { at, .. } => Measured::Temperature { hundredths: Some(number * 100), at },
            Measured::Pressure { diastolic, mean, pulse, at, .. } => {
                Measured::Pressure { systolic: number, diastolic, mean, pulse, at }
            }
            other => other,
        }
    }
}
