//! The health services: their standards, and what each of their characteristics must be.

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
            may(0x2A1D, "Temperature Type", READ, "3.2 Temperature Type"),
            may(0x2A1E, "Intermediate Temperature", NOTIFY, "3.3 Intermediate Temperature"),
            may(0x2A21, "Measurement Interval", READ, "3.4 Measurement Interval"),
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
        standard: "Pulse Oximeter Service",
        profile: "Pulse Oximeter Profile",
        characteristics: &[
            may(0x2A5E, "PLX Spot-Check Measurement", INDICATE, "PLX Spot-Check Measurement"),
            may(0x2A5F, "PLX Continuous Measurement", NOTIFY, "PLX Continuous Measurement"),
            must(0x2A60, "PLX Features", READ, "PLX Features"),
            may(0x2A52, RACP, CONTROL, RACP),
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
            may(0x2A34, "Glucose Measurement Context", NOTIFY, "3.2 Glucose Measurement Context"),
            must(0x2A51, "Glucose Feature", READ, "3.3 Glucose Feature"),
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
            must(0x2AA7, "CGM Measurement", NOTIFY, "CGM Measurement"),
            must(0x2AA8, "CGM Feature", READ, "CGM Feature"),
            must(0x2AA9, "CGM Status", READ, "CGM Status"),
            must(0x2AAA, "CGM Session Start Time", READ, "CGM Session Start Time"),
            must(0x2AAB, "CGM Session Run Time", READ, "CGM Session Run Time"),
            must(0x2A52, RACP, CONTROL, RACP),
            must(0x2AAC, "CGM Specific Ops Control Point", CONTROL, "CGM Specific Ops Control Point"),
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
            must(0x2A9D, "Weight Measurement", INDICATE, "Weight Measurement"),
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
            must(0x2A9C, "Body Composition Measurement", INDICATE, "Body Composition Measurement"),
            must(0x2A9B, "Body Composition Feature", READ, "Body Composition Feature"),
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
            must(0x2A54, "RSC Feature", READ, "3.2 RSC Feature"),
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
            must(0x2A5C, "CSC Feature", READ, "3.2 CSC Feature"),
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
        characteristics: &[must(0x2BF2, "Current Elapsed Time", READ, "Current Elapsed Time")],
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
