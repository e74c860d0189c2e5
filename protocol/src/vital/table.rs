//! The one table of vitals: a row each, from which every consumer takes name, unit, resolution and codes.
//!
//! A row reads: wire number, name, category, unit, decimal exponent, LOINC codes, MDC codes. Wire numbers are frozen and
//! never reused. A code that no source confirms is left out, never guessed. Sources of the codes:
//! LOINC with its long common names (2.82); the LOINC/IEEE mapping for glucose; HL7 CGM guide 1.0.0 for 99504-3; FHIR R4
//! vital signs for the codes that a profile fixes. MDC: ISO/IEEE 11073-10101 as used by the HL7 Personal Health Device
//! guide 2.0.0 (oximeter, pressure, temperature), 11073-10417 (glucose and its context), 10420 (body composition),
//! 10425 (glucose monitor), 10441 (fitness, partition 129); several public nomenclature lists agree on the numbers, but for basal metabolism, muscle
//! (both), impedance, glucose trend and cuff pressure, each of which stands in one list only.
//!
//! Exponents keep whatever real sensors resolve, so that rounding to the stored step can be undone:
//! - glucose is stored in mg/dL to 0.1. Bluetooth sends kg/L, which is mg/dL × 10⁻⁵ exactly, or mol/L; monitors send
//!   mg/dL. From mol/L (× 180.156 g/mol) the rounding is at most 0.05 mg/dL = 0.0028 mmol/L, below half of the
//!   0.01 mmol/L that the finest meters show.
//! - masses to 0.001 kg tell apart every 0.005 kg and every 0.01 lb (0.0045 kg); lengths to 0.01 cm every 0.1 in.
//! - speed to 0.001 m/s tells apart every 1/256 m/s.
//! - insulin to 0.0001 mL, a hundredth of a unit of U-100.

use super::{Category, Codes, Loinc, Mdc, Unit};

/// Declares every vital once.
macro_rules! vitals {
    ($($(#[$doc:meta])* $name:ident = $wire:literal, $words:literal, $category:ident, $unit:ident, $exponent:literal,
        [$($loinc:literal $display:literal),*], [$($mdc:literal $reference_id:literal)?];)*) => {
        /// One kind of measurement. The discriminant is the wire value.
        ///
        /// ```
        /// use pulsebook_protocol::vital::{Category, Vital};
        /// assert_eq!(Vital::OxygenSaturation.category(), Category::Oxygen);
        /// assert_eq!(Vital::from_wire(5), Some(Vital::BodyTemperature));
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u16)]
        pub enum Vital { $($(#[$doc])* $name = $wire,)* }

        impl Vital {
            /// Every vital, in wire order.
            pub const ALL: [Vital; [$($wire),*].len()] = [$(Vital::$name,)*];

            /// The vital with this wire number, or `None` for a number nobody assigned.
            pub fn from_wire(number: u16) -> Option<Vital> {
                match number { $($wire => Some(Vital::$name),)* _ => None }
            }

            pub(super) fn row(self) -> &'static Row {
                match self { $(Vital::$name => const { &Row {
                    name: $words,
                    category: Category::$category,
                    unit: Unit::$unit,
                    exponent: $exponent,
                    codes: Codes {
                        loinc: &[$(Loinc { code: $loinc, display: $display }),*],
                        mdc: { let mdc: &[Mdc] = &[$(Mdc { code: $mdc, reference_id: $reference_id })?]; mdc.first() },
                        ucum: Unit::$unit.ucum(),
                    },
                } },)* }
            }
        }
    };
}

/// What is known of a vital.
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) category: Category,
    pub(super) unit: Unit,
    pub(super) exponent: i8,
    pub(super) codes: Codes,
}

vitals! {
    /// Heart rate from an electrical (chest strap) sensor, beats per minute.
    HeartRate = 1, "heart rate", Heart, PerMinute, 0,
        ["8867-4" "Heart rate"], [147_842 "MDC_ECG_HEART_RATE"];
    /// Time between two heart beats, in 1/1024 s.
    RrInterval = 2, "time between beats", Heart, Second1024th, 0,
        [], [147_240 "MDC_ECG_TIME_PD_RR_GL"];
    /// Peripheral oxygen saturation, percent.
    OxygenSaturation = 3, "oxygen saturation", Oxygen, Percent, -1,
        ["2708-6" "Oxygen saturation in Arterial blood", "59408-5" "Oxygen saturation in Arterial blood by Pulse oximetry"],
        [150_456 "MDC_PULS_OXIM_SAT_O2"];
    /// Pulse rate as the oximeter sees it, beats per minute.
    OximeterPulseRate = 4, "pulse (oximeter)", Oxygen, PerMinute, -1,
        ["8867-4" "Heart rate"], [149_530 "MDC_PULS_OXIM_PULS_RATE"];
    /// Body temperature, degrees Celsius, wherever it was taken.
    BodyTemperature = 5, "body temperature", Temperature, DegreeCelsius, -2,
        ["8310-5" "Body temperature"], [150_364 "MDC_TEMP_BODY"];
    /// Systolic blood pressure, millimetres of mercury.
    SystolicPressure = 6, "systolic pressure", Pressure, MillimetreOfMercury, -1,
        ["8480-6" "Systolic blood pressure"], [150_021 "MDC_PRESS_BLD_NONINV_SYS"];
    /// Diastolic blood pressure, millimetres of mercury.
    DiastolicPressure = 7, "diastolic pressure", Pressure, MillimetreOfMercury, -1,
        ["8462-4" "Diastolic blood pressure"], [150_022 "MDC_PRESS_BLD_NONINV_DIA"];
    /// Mean arterial pressure, millimetres of mercury.
    MeanArterialPressure = 8, "mean arterial pressure", Pressure, MillimetreOfMercury, -1,
        ["8478-0" "Mean blood pressure"], [150_023 "MDC_PRESS_BLD_NONINV_MEAN"];
    /// Pulse rate as the cuff sees it, beats per minute.
    CuffPulseRate = 9, "pulse (cuff)", Pressure, PerMinute, -1,
        ["8867-4" "Heart rate"], [149_546 "MDC_PULS_RATE_NON_INV"];

    // No vital has number 10: the published test vectors use it as one that nobody assigned.
    /// Breaths per minute.
    RespiratoryRate = 11, "breathing rate", Breathing, PerMinute, -1,
        ["9279-1" "Respiratory rate"], [151_562 "MDC_RESP_RATE"];

    // Glucose by specimen, which readings of different meters must not be mixed over (type nibble of Bluetooth's Glucose
    // Measurement, in its order). Control solution, type 10, measures no body and has no vital.
    /// Glucose in capillary whole blood, type 1.
    GlucoseCapillaryBlood = 12, "glucose (capillary blood)", Glucose, MilligramPerDecilitre, -1,
        ["41653-7" "Glucose [Mass/volume] in Capillary blood by Glucometer"],
        [160_184 "MDC_CONC_GLU_CAPILLARY_WHOLEBLOOD"];
    /// Glucose in capillary plasma, type 2.
    GlucoseCapillaryPlasma = 13, "glucose (capillary plasma)", Glucose, MilligramPerDecilitre, -1,
        ["2345-7" "Glucose [Mass/volume] in Serum or Plasma"], [160_188 "MDC_CONC_GLU_CAPILLARY_PLASMA"];
    /// Glucose in venous whole blood, type 3.
    GlucoseVenousBlood = 14, "glucose (venous blood)", Glucose, MilligramPerDecilitre, -1,
        ["41652-9" "Glucose [Mass/volume] in Venous blood"], [160_192 "MDC_CONC_GLU_VENOUS_WHOLEBLOOD"];
    /// Glucose in venous plasma, type 4.
    GlucoseVenousPlasma = 15, "glucose (venous plasma)", Glucose, MilligramPerDecilitre, -1,
        ["2345-7" "Glucose [Mass/volume] in Serum or Plasma"], [160_196 "MDC_CONC_GLU_VENOUS_PLASMA"];
    /// Glucose in arterial whole blood, type 5.
    GlucoseArterialBlood = 16, "glucose (arterial blood)", Glucose, MilligramPerDecilitre, -1,
        ["41651-1" "Glucose [Mass/volume] in Arterial blood"], [160_200 "MDC_CONC_GLU_ARTERIAL_WHOLEBLOOD"];
    /// Glucose in arterial plasma, type 6.
    GlucoseArterialPlasma = 17, "glucose (arterial plasma)", Glucose, MilligramPerDecilitre, -1,
        ["2345-7" "Glucose [Mass/volume] in Serum or Plasma"], [160_204 "MDC_CONC_GLU_ARTERIAL_PLASMA"];
    /// Glucose in whole blood of a source that the meter does not tell, type 7.
    GlucoseBlood = 18, "glucose (blood)", Glucose, MilligramPerDecilitre, -1,
        ["2339-0" "Glucose [Mass/volume] in Blood"], [160_364 "MDC_CONC_GLU_UNDETERMINED_WHOLEBLOOD"];
    /// Glucose in plasma of a source that the meter does not tell, type 8.
    GlucosePlasma = 19, "glucose (plasma)", Glucose, MilligramPerDecilitre, -1,
        ["2345-7" "Glucose [Mass/volume] in Serum or Plasma"], [160_368 "MDC_CONC_GLU_UNDETERMINED_PLASMA"];
    /// Glucose in interstitial fluid, type 9: what continuous monitors measure.
    GlucoseInterstitial = 20, "glucose (tissue fluid)", Glucose, MilligramPerDecilitre, -1,
        ["99504-3" "Glucose [Mass/volume] in Interstitial fluid"], [160_212 "MDC_CONC_GLU_ISF"];
    /// How fast the glucose of a continuous monitor changes, mg/dL a minute; negative when it falls.
    GlucoseTrend = 21, "glucose trend", Glucose, MilligramPerDecilitrePerMinute, -2,
        [], [8_418_008 "MDC_CONC_GLU_TREND"];
    /// Glycated haemoglobin, percent of all haemoglobin.
    GlycatedHaemoglobin = 22, "HbA1c", Glucose, Percent, -2,
        ["4548-4" "Hemoglobin A1c/Hemoglobin.total in Blood"], [160_220 "MDC_CONC_HBA1C"];
    /// Carbohydrates eaten, grams.
    Carbohydrates = 23, "carbohydrates", Glucose, Gram, -2,
        [], [8_417_764 "MDC_CTXT_GLU_CARB"];
    /// Medication taken, by mass, milligrams.
    MedicationMass = 24, "medication (mass)", Glucose, Milligram, -3,
        [], [8_417_796 "MDC_CTXT_MEDICATION"];
    /// Medication taken, by volume, millilitres.
    MedicationVolume = 25, "medication (volume)", Glucose, Millilitre, -4,
        [], [8_417_796 "MDC_CTXT_MEDICATION"];

    /// How long exercise lasted, seconds.
    ExerciseDuration = 26, "exercise time", Activity, Second, 0,
        ["55411-3" "Exercise duration"], [];
    /// How hard exercise was, percent of the most one can.
    ExerciseIntensity = 27, "exercise intensity", Activity, Percent, -1,
        [], [8_417_760 "MDC_CTXT_GLU_EXERCISE"];

    /// Body weight, kilograms.
    BodyWeight = 28, "weight", Body, Kilogram, -3,
        ["29463-7" "Body weight"], [188_736 "MDC_MASS_BODY_ACTUAL"];
    /// Body height, centimetres.
    BodyHeight = 29, "height", Body, Centimetre, -2,
        ["8302-2" "Body height"], [188_740 "MDC_LEN_BODY_ACTUAL"];
    /// Body mass index, kilograms a square metre.
    BodyMassIndex = 30, "body mass index", Body, KilogramPerSquareMetre, -1,
        ["39156-5" "Body mass index (BMI) [Ratio]"], [188_752 "MDC_RATIO_MASS_BODY_LEN_SQ"];
    /// Body fat, percent of the weight.
    BodyFat = 31, "body fat", Body, Percent, -1,
        ["41982-0" "Percentage of body fat Measured"], [188_748 "MDC_BODY_FAT"];
    /// Basal metabolism, kilojoules a day.
    BasalMetabolism = 32, "basal metabolism", Body, KilojoulePerDay, 0,
        [], [188_768 "MDC_BASAL_METABOLISM"];
    /// Muscle, percent of the weight.
    MusclePercentage = 33, "muscle", Body, Percent, -1,
        ["73965-6" "Body muscle mass/Body weight Measured"], [188_772 "MDC_BODY_MUSCLE"];
    /// Mass of the muscles, kilograms.
    MuscleMass = 34, "muscle mass", Body, Kilogram, -3,
        ["73964-9" "Body muscle mass Calculated"], [188_776 "MDC_MASS_BODY_MUSCLE"];
    /// Mass of the body without its fat, kilograms.
    FatFreeMass = 35, "fat-free mass", Body, Kilogram, -3,
        [], [188_756 "MDC_MASS_BODY_FAT_FREE"];
    /// Mass of the body without its fat and bone mineral, kilograms.
    SoftLeanMass = 36, "soft lean mass", Body, Kilogram, -3,
        [], [188_760 "MDC_MASS_BODY_SOFT_LEAN"];
    /// Mass of the water in the body, kilograms.
    BodyWaterMass = 37, "body water", Body, Kilogram, -3,
        ["101683-1" "Body water mass"], [188_764 "MDC_BODY_WATER"];
    /// Electrical impedance of the body, ohms.
    Impedance = 38, "impedance", Body, Ohm, -1,
        [], [188_780 "MDC_BODY_ELECTRICAL_IMPEDANCE"];

    /// Steps walked or run, as the sensor counted them.
    Steps = 39, "steps", Activity, Step, 0,
        ["55423-8" "Number of steps in unspecified time Pedometer"], [];
    /// Distance covered, as the sensor counted it, metres.
    Distance = 40, "distance", Activity, Metre, -1,
        ["55430-3" "Walking distance unspecified time Pedometer"], [8_454_247 "MDC_HF_DISTANCE"];
    /// Speed at this moment, metres a second.
    Speed = 41, "speed", Activity, MetrePerSecond, -3,
        [], [8_454_254 "MDC_HF_SPEED"];
    /// Steps a minute at this moment.
    RunningCadence = 42, "cadence (running)", Activity, PerMinute, -1,
        [], [8_454_255 "MDC_HF_CAD"];
    /// Length of one stride, centimetres.
    StrideLength = 43, "stride length", Activity, Centimetre, -1,
        [], [8_454_261 "MDC_HF_STRIDE"];
    /// Turns of the wheel, as the sensor counted them since it started to.
    WheelTurns = 44, "wheel turns", Activity, Turn, 0, [], [];
    /// Turns of the crank, as the sensor counted them; a 16-bit counter that starts again.
    CrankTurns = 45, "crank turns", Activity, Turn, 0, [], [];
    /// Turns of the crank a minute.
    CyclingCadence = 46, "cadence (cycling)", Activity, PerMinute, -1,
        [], [8_454_255 "MDC_HF_CAD"];
    /// Energy spent, as the sensor counted it since its last reset, kilojoules.
    EnergyExpended = 47, "energy spent", Activity, Kilojoule, -1,
        ["41981-2" "Calories burned"], [8_454_263 "MDC_HF_ENERGY"];

    /// Pressure in the cuff while it is measuring, millimetres of mercury: no blood pressure yet.
    CuffPressure = 48, "pressure in the cuff", Pressure, MillimetreOfMercury, -1,
        [], [150_300 "MDC_PRESS_CUFF"];
    /// Pulse amplitude index (perfusion index) of an oximeter: pulsating to steady blood, percent.
    PulseAmplitudeIndex = 49, "pulse strength (oximeter)", Oxygen, Percent, -2,
        ["61006-3" "Perfusion index Tissue by Pulse oximetry"], [150_448 "MDC_PULS_OXIM_PERF_REL"];
}
