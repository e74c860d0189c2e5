//! What a sensor's user is called: by the number that the sensor has for them.

use pulsebook_core::decode::USER_UNKNOWN;

/// As it stands in a line and behind a sensor's name.
pub(crate) fn user_name(number: u8) -> String {
    match number {
        USER_UNKNOWN => format!("user {number} (the sensor does not know who)"),
        _ => format!("user {number}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whom_a_sensor_does_not_know_is_told_so() {
        assert_eq!(user_name(3), "user 3");
        assert_eq!(user_name(255), "user 255 (the sensor does not know who)");
    }
}
