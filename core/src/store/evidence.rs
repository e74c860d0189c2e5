//! Raw notifications behind a segment, packed column by column, so that whoever must decode again can.

use super::{Store, error::StoreError, page::Place, segments::row_of};
use pulsebook_protocol::{
    bytes::ByteString,
    cbor,
    evidence::{EvidenceTree, Notification},
    packed::{pack, unpack},
    random::Random,
    secret::Secret32,
};
use rusqlite::{Connection, OptionalExtension};
use std::collections::BTreeMap;
use zeroize::Zeroizing;

/// One notification as it was received.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct RawNotification {
    /// The service.
    #[n(0)]
    pub service: u16,
    /// The characteristic.
    #[n(1)]
    pub characteristic: u16,
    /// Which of several.
    #[n(2)]
    pub instance: u16,
    /// When the device received it.
    #[n(3)]
    pub received_at: i64,
    /// What came.
    #[n(4)]
    pub bytes: ByteString,
}

/// What stands behind one segment: its notifications in the order of receipt, and the seed of their salts.
#[derive(Debug)]
pub struct Evidence {
    /// Seed of the salts in the evidence root.
    pub seed: Secret32,
    /// The notifications.
    pub notifications: Vec<RawNotification>,
}

/// Most notifications and bytes behind one segment: an hour at a hundred a second.
const MOST: usize = 1 << 20;

/// Notifications of one characteristic and length: for each byte of the frame one column.
#[derive(minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
struct Shape {
    #[n(0)]
    service: u16,
    #[n(1)]
    characteristic: u16,
    #[n(2)]
    instance: u16,
    #[n(3)]
    count: u32,
    #[n(4)]
    columns: Vec<ByteString>,
}

#[derive(minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
struct Page {
    #[cbor(n(0), with = "minicbor::bytes")]
    seed: [u8; 32],
    #[n(1)]
    count: u32,
    #[n(2)]
    shapes: Vec<Shape>,
    #[n(3)]
    order: ByteString,
    #[n(4)]
    times: ByteString,
}

impl Evidence {
    /// The RFC 6962 root over the salted notifications.
    pub fn root(&self) -> pulsebook_protocol::bytes::Digest {
        let mut tree = EvidenceTree::new(self.seed.duplicate());
        for raw in &self.notifications {
            let RawNotification { service, characteristic, instance, received_at, bytes } = raw;
            let (service, characteristic, instance) = (*service, *characteristic, *instance);
            let received_at = *received_at;
            tree.append(&Notification { service, characteristic, instance, received_at, bytes: &bytes.0 });
        }
        tree.root()
    }

    fn pack(&self) -> Vec<u8> {
        let shape =
            |raw: &RawNotification| (raw.service, raw.characteristic, raw.instance, raw.bytes.0.len());
        let mut frames: BTreeMap<_, Vec<&[u8]>> = BTreeMap::new();
        for raw in &self.notifications {
            frames.entry(shape(raw)).or_default().push(&raw.bytes.0);
        }
        let order: BTreeMap<_, i64> = frames.keys().copied().zip(0..).collect();
        let places: Vec<i64> =
            self.notifications.iter().filter_map(|raw| order.get(&shape(raw)).copied()).collect();
        let times: Vec<i64> = self.notifications.iter().map(|raw| raw.received_at).collect();
        let column = |frames: &[&[u8]], at: usize| {
            let bytes = frames.iter().filter_map(|frame| frame.get(at).map(|byte| i64::from(*byte)));
            ByteString(pack(&bytes.collect::<Vec<_>>()))
        };
        let shapes = frames.iter().map(|(&(service, characteristic, instance, length), frames)| {
            let columns = (0..length).map(|at| column(frames, at)).collect();
            Shape { service, characteristic, instance, count: count(frames.len()), columns }
        });
        cbor::encode(&Page {
            seed: *self.seed.expose(),
            count: count(self.notifications.len()),
            shapes: shapes.collect(),
            order: ByteString(pack(&places)),
            times: ByteString(pack(&times)),
        })
    }

    fn unpack(bytes: &[u8]) -> Option<Evidence> {
        let page: Page = cbor::decode(bytes, 64 << 20).ok()?;
        let total = usize::try_from(page.count).ok().filter(|count| *count <= MOST)?;
        let frames = page.shapes.iter().map(unpack_frames).collect::<Option<Vec<_>>>()?;
        let mut frames: Vec<_> = frames.into_iter().map(Vec::into_iter).collect();
        let (order, times) = (unpack(&page.order.0, total).ok()?, unpack(&page.times.0, total).ok()?);
        let notification = |(place, received_at): (i64, i64)| {
            let place = usize::try_from(place).ok()?;
            let (shape, frames) = (page.shapes.get(place)?, frames.get_mut(place)?);
            let Shape { service, characteristic, instance, .. } = *shape;
            Some(RawNotification {
                service,
                characteristic,
                instance,
                received_at,
                bytes: frames.next()?.into(),
            })
        };
        let notifications = order.into_iter().zip(times).map(notification).collect::<Option<_>>()?;
        Some(Evidence { seed: Secret32::from_bytes(page.seed), notifications })
    }
}

fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

fn unpack_frames(shape: &Shape) -> Option<Vec<Vec<u8>>> {
    let count = usize::try_from(shape.count).ok().filter(|count| *count <= MOST)?;
    let mut frames = vec![Vec::with_capacity(shape.columns.len().min(512)); count];
    for column in &shape.columns {
        for (frame, byte) in frames.iter_mut().zip(unpack(&column.0, count).ok()?) {
            frame.push(u8::try_from(byte).ok()?);
        }
    }
    Some(frames)
}

fn place<'a>(key: &'a [&'a [u8]; 1], period: &'a [&'a [u8]; 1]) -> Place<'a> {
    Place { table: "evidence", column: "sealed", key, plain: period }
}

impl Store {
    /// What stands behind the segment in a slot.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails or the page does not open.
    pub fn evidence(&self, height: u64, slot: u8) -> Result<Option<Evidence>, StoreError> {
        let db = self.db();
        let at = row_of(height, slot);
        let mut query = db.prepare_cached("SELECT period, sealed FROM evidence WHERE place = ?1")?;
        let row = query.query_row([at], |row| Ok((row.get::<_, u32>(0)?, row.get::<_, Vec<u8>>(1)?)));
        let Some((period, sealed)) = row.optional()? else { return Ok(None) };
        let (key, plain) = (at.to_be_bytes(), period.to_be_bytes());
        let opened = self.sealer.open_in_period(&db, period, place(&[&key], &[&plain]), &sealed)?;
        Evidence::unpack(&opened).map(Some).ok_or(StoreError::Damaged("the evidence of a segment"))
    }

    pub(crate) fn insert_evidence(
        &self,
        db: &Connection,
        (height, slot, period): (u64, u8, u32),
        evidence: &Evidence,
        random: &mut dyn Random,
    ) -> Result<(), StoreError> {
        let at = row_of(height, slot);
        let page = Zeroizing::new(evidence.pack());
        let (key, plain) = (at.to_be_bytes(), period.to_be_bytes());
        let sealed = self.sealer.seal_in_period(db, period, (place(&[&key], &[&plain]), &page), random)?;
        db.prepare_cached("INSERT INTO evidence (place, period, sealed) VALUES (?1, ?2, ?3)")?
            .execute((at, period, sealed))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_notifications_come_back_in_order_and_have_the_same_root() {
        let raw = |at: i64, bytes: &[u8]| RawNotification {
            service: 0x180d,
            characteristic: 0x2a37,
            instance: 0,
            received_at: at,
            bytes: bytes.to_vec().into(),
        };
        let notifications =
            vec![raw(1000, &[0, 72]), raw(2003, &[16, 72, 1, 2]), raw(2990, &[0, 73]), raw(4001, &[])];
        let evidence = Evidence { seed: Secret32::from_bytes([4; 32]), notifications };
        let again = Evidence::unpack(&evidence.pack()).unwrap();
        assert_eq!(again.notifications, evidence.notifications);
        assert_eq!(again.root(), evidence.root());
    }
}
