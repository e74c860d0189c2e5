//! Which fields are floats of IEEE 11073-20601.

/// The fields that are floats of IEEE 11073-20601 (SFLOAT or FLOAT), so that they can hold a special value.
const FLOATS: &[&str] = &[
    "Temperature Measurement Value",
    "Systolic",
    "Diastolic",
    "Mean Arterial Pressure",
    "Current Cuff Pressure",
    "Intermediate Cuff Pressure",
    "Unused",
    "Pulse Rate",
    "SpO2PR-Spot-Check - SpO2",
    "SpO2PR-Spot-Check - PR",
    "SpO2PR-Normal - SpO2",
    "SpO2PR-Normal - PR",
    "SpO2PR-Fast - SpO2",
    "SpO2PR-Fast - PR",
    "SpO2PR-Slow - SpO2",
    "SpO2PR-Slow - PR",
    "Pulse Amplitude Index",
    "Glucose Concentration",
    "Carbohydrate",
    "Medication",
    "HbA1c",
    "CGM Glucose Concentration",
    "CGM Trend Information",
    "CGM Quality",
    "Glucose Concentration of Calibration",
    "Alert Level",
    "Numeric Value",
    "Measurement Duration",
    "Measurement Period",
    "Update Interval",
    "Scale Factor",
    "Offset",
    "Sample Period",
];

pub(super) fn is_float(name: &str) -> bool {
    FLOATS.contains(&name)
}
