//! Joins the pieces in which a sensor sends one observation that is longer than a notification.

use super::super::outcome::Reason;
use crate::ble::LONGEST_VALUE;

/// The longest observation that is joined; a sensor that sends more is not believed.
const LONGEST: usize = 64 * 1024;

const FIRST: u8 = 1;
const LAST: u8 = 1 << 1;
const COUNTER_STEPS: u8 = 64;

/// What has come so far of one observation of one characteristic.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pieces {
    joined: Vec<u8>,
    /// The counter that the next piece must have; `None` while no observation is under way.
    next: Option<u8>,
}

impl Pieces {
    /// Takes a notification. The whole observation comes back with its last piece, behind a header that says "first and last".
    ///
    /// # Errors
    /// A piece without a beginning, one that is missing between two, or more than 64 KiB: what came before is dropped (its
    /// raw notifications are not), and the next first piece begins anew.
    ///
    /// ```
    /// use pulsebook_core::decode::generic::Pieces;
    /// let mut pieces = Pieces::default();
    /// assert_eq!(pieces.take(&[0b01, 1, 2]), Ok(None));
    /// assert_eq!(pieces.take(&[0b110, 3]), Ok(Some(vec![0b11, 1, 2, 3])));
    /// ```
    pub fn take(&mut self, notification: &[u8]) -> Result<Option<Vec<u8>>, Reason> {
        let Some((header, piece)) = notification.split_first() else {
            return Err(Reason::Truncated { field: "Segmentation Header", expected: 1, came: 0 });
        };
        let counter = header >> 2;
        if header & FIRST != 0 {
            self.joined = vec![FIRST | LAST];
        } else if self.next != Some(counter) {
            let missing = Reason::PieceMissing { expected: self.next, came: counter };
            *self = Pieces::default();
            return Err(missing);
        }
        if self.joined.len() + piece.len() > LONGEST {
            *self = Pieces::default();
            return Err(Reason::WrongSize { expected: LONGEST, came: LONGEST + piece.len() });
        }
        self.joined.extend_from_slice(piece);
        self.next = Some((counter + 1) % COUNTER_STEPS);
        if header & LAST == 0 {
            return Ok(None);
        }
        self.next = None;
        Ok(Some(std::mem::take(&mut self.joined)))
    }
}

/// The notifications in which a whole observation may have come, each as long as one can be.
pub(crate) fn cut(whole: &[u8]) -> Vec<Vec<u8>> {
    let content = whole.get(1..).unwrap_or_default();
    let count = content.chunks(LONGEST_VALUE - 1).len();
    let piece = |(number, piece): (usize, &[u8])| {
        let counter = (number % usize::from(COUNTER_STEPS)) as u8;
        let (first, last) = (u8::from(number == 0) * FIRST, u8::from(number + 1 == count) * LAST);
        [&[counter << 2 | first | last], piece].concat()
    };
    content.chunks(LONGEST_VALUE - 1).enumerate().map(piece).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counter_rolls_over_from_63_to_0() {
        let mut pieces = Pieces::default();
        assert_eq!(pieces.take(&[63 << 2 | FIRST, 1]), Ok(None));
        assert_eq!(pieces.take(&[LAST, 2]), Ok(Some(vec![3, 1, 2])));
    }

    #[test]
    fn a_missing_piece_drops_its_observation_and_the_next_one_is_whole() {
        let mut pieces = Pieces::default();
        assert_eq!(pieces.take(&[FIRST, 1]), Ok(None));
        assert_eq!(pieces.take(&[2 << 2, 2]), Err(Reason::PieceMissing { expected: Some(1), came: 2 }));
        assert_eq!(pieces.take(&[3 << 2 | LAST, 3]), Err(Reason::PieceMissing { expected: None, came: 3 }));
        assert_eq!(pieces.take(&[4 << 2 | FIRST | LAST, 4]), Ok(Some(vec![3, 4])));
        assert!(pieces.take(&[]).is_err());
    }

    #[test]
    fn what_is_cut_is_joined_again() {
        for length in [1, 2, 511, 512, 513, 40_000] {
            let whole: Vec<u8> = [3].into_iter().chain((1..length).map(|at: u32| at as u8)).collect();
            let (mut pieces, mut notifications) = (Pieces::default(), cut(&whole));
            assert!(notifications.iter().all(|one| one.len() <= LONGEST_VALUE));
            let Some(last) = notifications.pop() else { continue };
            assert!(notifications.iter().all(|one| pieces.take(one) == Ok(None)));
            assert_eq!(pieces.take(&last), Ok(Some(whole)));
        }
    }

    #[test]
    fn an_endless_observation_is_not_joined() {
        let mut pieces = Pieces::default();
        let first = [&[FIRST][..], &[0; 500]].concat();
        assert_eq!(pieces.take(&first), Ok(None));
        let ended = (1..1000u32).find(|n| {
            let header = ((n % 64) as u8) << 2;
            pieces.take(&[&[header][..], &[0; 500]].concat()).is_err()
        });
        assert_eq!(ended, Some(131));
    }
}
