//! Units of stored values: wire number, what a patient reads, and UCUM.

/// Declares every unit once.
macro_rules! units {
    ($($(#[$doc:meta])* $name:ident = $wire:literal, $symbol:literal, $ucum:literal;)*) => {
        /// The unit of a stored value; the wire value goes into disclosure chunks.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum Unit { $($(#[$doc])* $name = $wire,)* }

        impl Unit {
            /// Every unit, in wire order.
            pub const ALL: &'static [Unit] = &[$(Unit::$name,)*];

            /// The unit as a patient reads it; RR intervals are shown in milliseconds.
            pub const fn symbol(self) -> &'static str { match self { $(Unit::$name => $symbol,)* } }

            /// The unit in UCUM, of the value as it is shown.
            pub const fn ucum(self) -> &'static str { match self { $(Unit::$name => $ucum,)* } }
        }
    };
}

units! {
    /// Per minute.
    PerMinute = 1, "/min", "/min";
    /// 1/1024 of a second; shown to people in milliseconds.
    Second1024th = 2, "ms", "ms";
    /// Percent.
    Percent = 3, "%", "%";
    /// Degrees Celsius.
    DegreeCelsius = 4, "°C", "Cel";
    /// Millimetres of mercury.
    MillimetreOfMercury = 5, "mmHg", "mm[Hg]";
    /// Milligrams a decilitre.
    MilligramPerDecilitre = 6, "mg/dL", "mg/dL";
    /// Milligrams a decilitre and minute.
    MilligramPerDecilitrePerMinute = 7, "mg/dL/min", "mg/dL/min";
    /// Grams.
    Gram = 8, "g", "g";
    /// Milligrams.
    Milligram = 9, "mg", "mg";
    /// Millilitres.
    Millilitre = 10, "mL", "mL";
    /// Seconds.
    Second = 11, "s", "s";
    /// Kilograms.
    Kilogram = 12, "kg", "kg";
    /// Centimetres.
    Centimetre = 13, "cm", "cm";
    /// Kilograms a square metre.
    KilogramPerSquareMetre = 14, "kg/m²", "kg/m2";
    /// Kilojoules a day.
    KilojoulePerDay = 15, "kJ/day", "kJ/d";
    /// Ohms.
    Ohm = 16, "ohm", "Ohm";
    /// Steps.
    Step = 17, "steps", "{steps}";
    /// Metres.
    Metre = 18, "m", "m";
    /// Metres a second.
    MetrePerSecond = 19, "m/s", "m/s";
    /// Turns of a wheel or crank.
    Turn = 20, "turns", "{turns}";
    /// Kilojoules.
    Kilojoule = 21, "kJ", "kJ";
}

impl Unit {
    /// The number this unit has on the wire.
    pub fn wire(self) -> u8 {
        self as u8
    }
}
