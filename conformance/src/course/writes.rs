//! Writes that a sensor must refuse.

use super::{Course, PROCEDURE_MS};
use crate::session::Task;
use pulsebook_core::{
    ble::{Characteristic, Properties},
    decode::cgm,
};

/// Control points, and the request that no standard defines for them.
pub(crate) const CONTROL_POINTS: &[(Characteristic, &[u8])] = &[
    (Characteristic::new(0x180D, 0x2A39), &[0x7F]),
    (Characteristic::new(0x181F, 0x2AAC), &[0xEE]),
    (Characteristic::new(0x181C, 0x2A9F), &[0xEE]),
    (Characteristic::new(0x1814, 0x2A55), &[0xEE]),
    (Characteristic::new(0x1816, 0x2A55), &[0xEE]),
];

/// Values of fixed length, and one that is too short or too long for them.
pub(crate) const WRONG_LENGTHS: &[(Characteristic, &[u8])] = &[
    (Characteristic::new(0x180D, 0x2A39), &[0x01, 0x00]),
    (Characteristic::new(0x1809, 0x2A21), &[0x01]),
    (Characteristic::new(0x1805, 0x2A2B), &[0xEA, 0x07, 0x01]),
    (Characteristic::new(0x1805, 0x2A0F), &[0x04]),
    (Characteristic::new(0x181F, 0x2AAA), &[0xEA, 0x07, 0x01]),
];

/// Whether a write to it may change what time a sensor believes it is.
pub(crate) fn is_clock(at: Characteristic) -> bool {
    at.service == 0x1805 || at == cgm::SESSION_START
}

impl Course<'_> {
    pub(super) async fn writes(&mut self) {
        for (at, request) in CONTROL_POINTS {
            if self.session.offers(*at, Properties::WRITE) && self.ready().await {
                self.begin(Task::UnknownProcedure, at.service);
                let request =
                    if *at == cgm::CONTROL_POINT { self.checked(request) } else { request.to_vec() };
                if self.write(*at, &request).await && self.session.offers(*at, Properties::INDICATE) {
                    self.hear(PROCEDURE_MS, |step| step.is_sent() && step.place == Some(*at)).await;
                }
            }
        }
        for (at, bytes) in WRONG_LENGTHS {
            // A sensor that takes half a time shows a wrong one from then on, unless it is set right afterwards.
            if is_clock(*at) && self.options.offset_minutes.is_none() {
                continue;
            }
            if self.session.offers(*at, Properties::WRITE) && self.ready().await {
                if !self
                    .session
                    .parts
                    .last()
                    .is_some_and(|part| part.task == Task::ShortWrite && part.service == at.service)
                {
                    self.begin(Task::ShortWrite, at.service);
                }
                self.write(*at, bytes).await;
            }
        }
    }

    /// With its checksum, where the monitor says in its features that it wants one (bit 12).
    pub(super) fn checked(&self, request: &[u8]) -> Vec<u8> {
        let mut features = self.session.values(cgm::SERVICE).filter(|(.., at)| *at == cgm::FEATURE);
        let wanted = features.any(|(_, step, _)| step.bytes.get(1).is_some_and(|byte| byte & 0x10 != 0));
        let checksum = if wanted { crc(request).to_le_bytes().to_vec() } else { Vec::new() };
        [request, &checksum].concat()
    }
}

/// The CRC-16 of the Continuous Glucose Monitoring Service.
fn crc(bytes: &[u8]) -> u16 {
    let bit = |crc: u16| if crc & 1 == 1 { crc >> 1 ^ 0x8408 } else { crc >> 1 };
    bytes.iter().fold(0xFFFF, |crc, byte| (0..8).fold(crc ^ u16::from(*byte), |crc, _| bit(crc)))
}
