//! The health services: their standards, and what each of their characteristics must be.
//!
//! A section has its number where a public text shows it, and else only its title; the report says so. The numbers are from:
//!
//! - Heart Rate Service §3.1–3.3, Current Time Service §3.1, Battery Service §3.1, Device Information Service §3.1–3.9, Body
//!   Composition Service §3.1–3.2: the comments of the BLE value parser `bvp` (C++), which names each specification it follows.
//! - Health Thermometer Service §3.1, Glucose Service §3.1, Running Speed and Cadence Service §3.1, Cycling Speed and Cadence
//!   Service §3.1: the comments of a collection of decoders in Swift; for Glucose and Cycling a second text cites §3.1.1 and
//!   §3.1.1.4 for the same characteristic.
//! - Pulse Oximeter Service 1.0.1 §3.1–3.4.9: the table of contents and text of the specification itself.
//! - Continuous Glucose Monitoring Service §3.1–3.7 and §3.11: the comments of Tidepool's `ContinuousGlucoseMonitorServiceKit`
//!   (Swift); for §3.11 a description of an insulin pump's services cites the same.
//! - Weight Scale Service 1.0.1 §3.2.1: a text about reading medical devices quotes that section of the specification.
//! - Elapsed Time Service §3.1: Zephyr's `bluetooth/services/ets.h` (§3.1.1.2 and §3.1.1.3 for two fields of the characteristic).
//! - GATT Specification Supplement: Zephyr, the text and the description above; its numbers change with its edition.
//!
//! No number was found for the Blood Pressure, User Data and Generic Health Sensor services, for the Record Access Control
//! Point of the Glucose Service, and for what the profiles say of security.

use pulsebook_core::ble::Properties;

const READ: Properties = Properties::READ;
const NOTIFY: Properties = Properties::NOTIFY;
const INDICATE: Properties = Properties::INDICATE;
const WRITE: Properties = Properties::WRITE;
const CONTROL: Properties = Properties(Properties::WRITE.0 | Properties::INDICATE.0);
const READ_NOTIFY: Properties = Properties(Properties::READ.0 | Properties::NOTIFY.0);

/// A service of the Bluetooth SIG that the kit has clauses for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Profile {
    pub(crate) service: u16,
    pub(crate) name: &'static str,
    /// The service's specification.
    pub(crate) standard: &'static str,
    /// The profile that says what a sensor with this service must have beside it; empty where there is none.
    pub(crate) profile: &'static str,
    pub(crate) characteristics: &'static [Required],
    /// Whether the profile lets a sensor give its values to bonded devices only.
    pub(crate) bonds: bool,
    /// Whether the profile asks for the Device Information service with the maker's name.
    pub(crate) introduces_itself: bool,
}

/// What a service asks of one of its characteristics.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Required {
    pub(crate) number: u16,
    pub(crate) name: &'static str,
    pub(crate) mandatory: bool,
    /// All of these, when the sensor has it.
    pub(crate) properties: Properties,
    pub(crate) section: &'static str,
}

const fn must(number: u16, name: &'static str, properties: Properties, section: &'static str) -> Required {
    Required { number, name, mandatory: true, properties, section }
}

const fn may(number: u16, name: &'static str, properties: Properties, section: &'static str) -> Required {
    Required { number, name, mandatory: false, properties, section }
}

const RACP: &str = "Record Access Control Point";

/// Every service with clauses.
pub(crate) const PROFILES: &[Profile] = &[
    Profile {
        service: 0x180D,
        name: "Heart Rate",
        standard: "Heart Rate Service 1.0",
        profile: "Heart Rate Profile 1.0",
        characteristics: &[
            must(0x2A37, "Heart Rate Measurement", NOTIFY, "3.1 Heart Rate Measurement"),
            may(0x2A38, "Body Sensor Location", READ, "3.2 Body Sensor Location"),
            may(0x2A39, "Heart Rate Control Point", WRITE, "3.3 Heart Rate Control Point"),
        ],
        bonds: false,
        introduces_itself: true,
    },
    Profile {
        service: 0x1809,
        name: "Health Thermometer",
        standard: "Health Thermometer Service 1.0",
        profile: "Health Thermometer Profile 1.0",
        characteristics: &[
            must(0x2A1C, "Temperature Measurement", INDICATE, "3.1 Temperature Measurement"),
            may(0x2A1D, "Temperature Type", READ, "Temperature Type"),
            may(0x2A1E, "Intermediate Temperature", NOTIFY, "Intermediate Temperature"),
            may(0x2A21, "Measurement Interval", READ, "Measurement Interval"),
        ],
        bonds: false,
        introduces_itself: true,
    },
    Profile {
        service: 0x1810,
        name: "Blood Pressure",
        standard: "Blood Pressure Service 1.1.1",
        profile: "Blood Pressure Profile",
        characteristics: &[
            must(0x2A35, "Blood Pressure Measurement", INDICATE, "Blood Pressure Measurement"),
            may(0x2A36, "Intermediate Cuff Pressure", NOTIFY, "Intermediate Cuff Pressure"),
            must(0x2A49, "Blood Pressure Feature", READ, "Blood Pressure Feature"),
            may(0x2A52, RACP, CONTROL, RACP),
        ],
        bonds: false,
        introduces_itself: true,
    },
    Profile {
        service: 0x1822,
        name: "Pulse Oximeter",
        standard: "Pulse Oximeter Service 1.0.1",
        profile: "Pulse Oximeter Profile",
        characteristics: &[
            may(0x2A5E, "PLX Spot-Check Measurement", INDICATE, "3.1 PLX Spot-Check Measurement"),
            may(0x2A5F, "PLX Continuous Measurement", NOTIFY, "3.2 PLX Continuous Measurement"),
            must(0x2A60, "PLX Features", READ, "3.3 PLX Features"),
            may(0x2A52, RACP, CONTROL, "3.4 Record Access Control Point"),
        ],
        bonds: false,
        introduces_itself: true,
    },
    Profile {
        service: 0x1808,
        name: "Glucose",
        standard: "Glucose Service 1.0.1",
        profile: "Glucose Profile 1.0.1",
        characteristics: &[
            must(0x2A18, "Glucose Measurement", NOTIFY, "3.1 Glucose Measurement"),
            may(0x2A34, "Glucose Measurement Context", NOTIFY, "Glucose Measurement Context"),
            must(0x2A51, "Glucose Feature", READ, "Glucose Feature"),
            must(0x2A52, RACP, CONTROL, RACP),
        ],
        bonds: true,
        introduces_itself: true,
    },
    Profile {
        service: 0x181F,
        name: "Continuous Glucose Monitoring",
        standard: "Continuous Glucose Monitoring Service 1.0.2",
        profile: "Continuous Glucose Monitoring Profile 1.0.2",
        characteristics: &[
            must(0x2AA7, "CGM Measurement", NOTIFY, "3.1 CGM Measurement"),
            must(0x2AA8, "CGM Feature", READ, "3.2 CGM Feature"),
            must(0x2AA9, "CGM Status", READ, "3.3 CGM Status"),
            must(0x2AAA, "CGM Session Start Time", READ, "3.4 CGM Session Start Time"),
            must(0x2AAB, "CGM Session Run Time", READ, "3.5 CGM Session Run Time"),
            must(0x2A52, RACP, CONTROL, "3.6 Record Access Control Point"),
            must(0x2AAC, "CGM Specific Ops Control Point", CONTROL, "3.7 CGM Specific Ops Control Point"),
        ],
        bonds: true,
        introduces_itself: true,
    },
    Profile {
        service: 0x181D,
        name: "Weight Scale",
        standard: "Weight Scale Service 1.0",
        profile: "Weight Scale Profile 1.0",
        characteristics: &[
            must(0x2A9D, "Weight Measurement", INDICATE, "3.2.1 Weight Measurement"),
            must(0x2A9E, "Weight Scale Feature", READ, "Weight Scale Feature"),
        ],
        bonds: false,
        introduces_itself: false,
    },
    Profile {
        service: 0x181B,
        name: "Body Composition",
        standard: "Body Composition Service 1.0",
        profile: "",
        characteristics: &[
            must(0x2A9C, "Body Composition Measurement", INDICATE, "3.2 Body Composition Measurement"),
            must(0x2A9B, "Body Composition Feature", READ, "3.1 Body Composition Feature"),
        ],
        bonds: false,
        introduces_itself: false,
    },
    Profile {
        service: 0x1814,
        name: "Running Speed and Cadence",
        standard: "Running Speed and Cadence Service 1.0",
        profile: "",
        characteristics: &[
            must(0x2A53, "RSC Measurement", NOTIFY, "3.1 RSC Measurement"),
            must(0x2A54, "RSC Feature", READ, "RSC Feature"),
        ],
        bonds: false,
        introduces_itself: false,
    },
    Profile {
        service: 0x1816,
        name: "Cycling Speed and Cadence",
        standard: "Cycling Speed and Cadence Service 1.0",
        profile: "",
        characteristics: &[
            must(0x2A5B, "CSC Measurement", NOTIFY, "3.1 CSC Measurement"),
            must(0x2A5C, "CSC Feature", READ, "CSC Feature"),
        ],
        bonds: false,
        introduces_itself: false,
    },
    Profile {
        service: 0x1840,
        name: "Generic Health Sensor",
        standard: "Generic Health Sensor Service 1.0",
        profile: "",
        characteristics: &[
            may(0x2B8B, "Live Health Observations", Properties(0), "Live Health Observations"),
            may(0x2BDD, "Stored Health Observations", Properties(0), "Stored Health Observations"),
            may(0x2A52, RACP, CONTROL, RACP),
        ],
        bonds: false,
        introduces_itself: false,
    },
    Profile {
        service: 0x181C,
        name: "User Data",
        standard: "User Data Service 1.0",
        profile: "",
        characteristics: &[
            must(0x2A9A, "User Index", READ, "User Index"),
            must(0x2A9F, "User Control Point", CONTROL, "User Control Point"),
        ],
        bonds: false,
        introduces_itself: false,
    },
    Profile {
        service: 0x1805,
        name: "Current Time",
        standard: "Current Time Service 1.1",
        profile: "",
        characteristics: &[must(0x2A2B, "Current Time", READ_NOTIFY, "3.1 Current Time")],
        bonds: false,
        introduces_itself: false,
    },
    Profile {
        service: 0x183F,
        name: "Elapsed Time",
        standard: "Elapsed Time Service 1.0",
        profile: "",
        characteristics: &[must(0x2BF2, "Current Elapsed Time", READ, "3.1 Current Elapsed Time")],
        bonds: false,
        introduces_itself: false,
    },
    Profile {
        service: 0x180F,
        name: "Battery",
        standard: "Battery Service 1.0",
        profile: "",
        characteristics: &[must(0x2A19, "Battery Level", READ, "3.1 Battery Level")],
        bonds: false,
        introduces_itself: false,
    },
    Profile {
        service: 0x180A,
        name: "Device Information",
        standard: "Device Information Service 1.1",
        profile: "",
        characteristics: &[
            may(0x2A29, "Manufacturer Name String", READ, "3.1 Manufacturer Name String"),
            may(0x2A24, "Model Number String", READ, "3.2 Model Number String"),
            may(0x2A25, "Serial Number String", READ, "3.3 Serial Number String"),
            may(0x2A27, "Hardware Revision String", READ, "3.4 Hardware Revision String"),
            may(0x2A26, "Firmware Revision String", READ, "3.5 Firmware Revision String"),
            may(0x2A28, "Software Revision String", READ, "3.6 Software Revision String"),
            may(0x2A23, "System ID", READ, "3.7 System ID"),
            may(0x2A50, "PnP ID", READ, "3.9 PnP ID"),
        ],
        bonds: false,
        introduces_itself: false,
    },
];

/// The service with this number, when there are clauses for it.
pub(crate) fn profile(service: u16) -> Option<&'static Profile> {
    PROFILES.iter().find(|profile| profile.service == service)
}
