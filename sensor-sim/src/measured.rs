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
    /// CGM Measurement; `None` is sent as "not a number".
    Glucose {
        /// mg/dL.
        mg_dl: Option<i32>,
        /// Tenths of mg/dL a minute.
        trend_tenths: i32,
        /// Since the session began.
        minutes: u16,
        /// When.
        at: i64,
    },
    /// Battery Level in percent.
    Battery(u8),
    /// The frame was damaged on purpose: nothing can be read from it.
    CutOff,
    /// A control point or a clock said something: no measurement.
    Answer,
    /// A stored record that was sent before: the record has it once.
    Again,
    /// Somebody else measured: it waits outside the record.
    Guest,
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
            Measured::Glucose { trend_tenths, minutes, at, .. } => {
                Measured::Glucose { mg_dl: None, trend_tenths, minutes, at }
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
            Measured::Glucose { trend_tenths, minutes, at, .. } => {
                Measured::Glucose { mg_dl: Some(number), trend_tenths, minutes, at }
            }
            other => other,
        }
    }

    /// The values of an earlier measurement of the same kind at this one's time: what a stuck sensor sends.
    pub(crate) fn with_values_of(self, before: &Measured) -> Measured {
        match (self, before.clone()) {
            (Measured::Spot { at, .. }, Measured::Spot { saturation, pulse, .. }) => {
                Measured::Spot { saturation, pulse, at }
            }
            (Measured::Temperature { at, .. }, Measured::Temperature { hundredths, .. }) => {
                Measured::Temperature { hundredths, at }
            }
            (Measured::Pressure { at, .. }, Measured::Pressure { systolic, diastolic, mean, pulse, .. }) => {
                Measured::Pressure { systolic, diastolic, mean, pulse, at }
            }
            (Measured::Glucose { minutes, at, .. }, Measured::Glucose { mg_dl, .. }) => {
                Measured::Glucose { mg_dl, trend_tenths: 0, minutes, at }
            }
            (Measured::Heart { .. }, before @ Measured::Heart { .. })
            | (Measured::Oxygen { .. }, before @ Measured::Oxygen { .. }) => before,
            (other, _) => other,
        }
    }

    /// The same as the monitor's record of these minutes.
    pub(crate) fn in_session(self, minutes: u16, at: i64) -> Measured {
        match self {
            Measured::Glucose { mg_dl, trend_tenths, .. } => {
                Measured::Glucose { mg_dl, trend_tenths, minutes, at }
            }
            other => other,
        }
    }
}
