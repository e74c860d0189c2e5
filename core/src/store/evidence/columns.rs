//! Notifications column by column: those of one characteristic and length stand together, each byte of the frame is a
//! column of small integers. Smaller than general compression of the same bytes: see docs/adr/0021.

use super::RawNotification;
use pulsebook_protocol::{
    bytes::ByteString,
    cbor,
    packed::{pack, pack_bytes, unpack},
};
use std::{collections::BTreeMap, vec::IntoIter};

/// Most notifications of one page.
pub(super) const PAGE: usize = 1 << 13;

/// Most bytes that all frames of one page have together, unless a single one has more.
pub(super) const PAGE_BYTES: usize = 1 << 20;

/// Most bytes of a packed page: what does not compress takes little more than it had, and a frame is at most 60 kB.
const LIMIT: usize = 8 << 20;

/// Notifications of one characteristic and length: for each byte of the frame one column.
#[derive(minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub(super) struct Shape {
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

/// One page: frames by shape, which shape comes when, and the receive times.
#[derive(minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
struct Page {
    #[n(0)]
    count: u32,
    #[n(1)]
    shapes: Vec<Shape>,
    #[n(2)]
    order: ByteString,
    #[n(3)]
    times: ByteString,
}

/// Cuts notifications into what goes on one page each.
pub(super) fn pages(notifications: &[RawNotification]) -> impl Iterator<Item = &[RawNotification]> {
    let mut rest = notifications;
    std::iter::from_fn(move || {
        let mut bytes = 0;
        let fits = |raw: &&RawNotification| {
            bytes += raw.bytes.0.len();
            bytes <= PAGE_BYTES
        };
        let count = rest.iter().take(PAGE).take_while(fits).count().max(1).min(rest.len());
        let (page, after) = rest.split_at(count);
        rest = after;
        (!page.is_empty()).then_some(page)
    })
}

pub(super) fn pack_page(notifications: &[RawNotification]) -> Vec<u8> {
    let (count, shapes, order, times) = split(notifications);
    cbor::encode(&Page { count, shapes, order, times })
}

/// Count, shapes, order and times.
pub(super) fn split(notifications: &[RawNotification]) -> (u32, Vec<Shape>, ByteString, ByteString) {
    let shape = |raw: &RawNotification| (raw.service, raw.characteristic, raw.instance, raw.bytes.0.len());
    let mut frames: BTreeMap<_, Vec<&[u8]>> = BTreeMap::new();
    for raw in notifications {
        frames.entry(shape(raw)).or_default().push(&raw.bytes.0);
    }
    let order: BTreeMap<_, i64> = frames.keys().copied().zip(0..).collect();
    let places: Vec<i64> = notifications.iter().filter_map(|raw| order.get(&shape(raw)).copied()).collect();
    let times: Vec<i64> = notifications.iter().map(|raw| raw.received_at).collect();
    let shapes = frames.iter().map(|(&(service, characteristic, instance, length), frames)| {
        let columns = (0..length).map(|at| column(frames, at)).collect();
        Shape { service, characteristic, instance, count: count(frames.len()), columns }
    });
    let (order, times) = (ByteString(pack(&places)), ByteString(pack(&times)));
    (count(notifications.len()), shapes.collect(), order, times)
}

fn column(frames: &[&[u8]], at: usize) -> ByteString {
    let bytes = frames.iter().filter_map(|frame| frame.get(at).copied());
    ByteString(pack_bytes(&bytes.collect::<Vec<_>>()))
}

pub(super) fn unpack_page(bytes: &[u8]) -> Option<Vec<RawNotification>> {
    let page: Page = cbor::decode(bytes, LIMIT).ok()?;
    join(page.count, &page.shapes, (&page.order, &page.times), (PAGE, PAGE_BYTES))
}

/// Notifications out of their columns, at most so many, with at most so many bytes unless it is a single one.
pub(super) fn join(
    count: u32,
    shapes: &[Shape],
    (order, times): (&ByteString, &ByteString),
    (most, most_bytes): (usize, usize),
) -> Option<Vec<RawNotification>> {
    let total = usize::try_from(count).ok().filter(|count| *count <= most)?;
    // Before anything is unpacked: a few bytes could ask for gigabytes.
    let (frames_named, bytes_named) = named(shapes)?;
    if frames_named != total || (total > 1 && bytes_named > most_bytes) {
        return None;
    }
    let frames = shapes.iter().map(|shape| frames(shape, most)).collect::<Option<Vec<_>>>()?;
    let mut frames: Vec<IntoIter<Vec<u8>>> = frames.into_iter().map(Vec::into_iter).collect();
    let (order, times) = (unpack(&order.0, total).ok()?, unpack(&times.0, total).ok()?);
    let notification = |(place, received_at): (i64, i64)| {
        let place = usize::try_from(place).ok()?;
        let (shape, frames) = (shapes.get(place)?, frames.get_mut(place)?);
        let Shape { service, characteristic, instance, .. } = *shape;
        let bytes = frames.next()?.into();
        Some(RawNotification { service, characteristic, instance, received_at, bytes })
    };
    order.into_iter().zip(times).map(notification).collect()
}

/// How many frames the shapes have, and how many bytes these.
fn named(shapes: &[Shape]) -> Option<(usize, usize)> {
    shapes.iter().try_fold((0usize, 0usize), |(frames, bytes), shape| {
        let count = usize::try_from(shape.count).ok()?;
        Some((frames.checked_add(count)?, bytes.checked_add(count.checked_mul(shape.columns.len())?)?))
    })
}

fn frames(shape: &Shape, most: usize) -> Option<Vec<Vec<u8>>> {
    let count = usize::try_from(shape.count).ok().filter(|count| *count <= most)?;
    let mut frames = vec![Vec::with_capacity(shape.columns.len().min(512)); count];
    for column in &shape.columns {
        for (frame, byte) in frames.iter_mut().zip(unpack(&column.0, count).ok()?) {
            frame.push(u8::try_from(byte).ok()?);
        }
    }
    Some(frames)
}

fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(shapes: Vec<Shape>) -> Vec<u8> {
        let flat = ByteString(pack(&[0; PAGE]));
        cbor::encode(&Page { count: PAGE as u32, shapes, order: flat.clone(), times: flat })
    }

    /// Half a megabyte of page could ask for gigabytes.
    #[test]
    fn a_page_that_names_more_frames_or_bytes_than_a_page_has_is_refused_unread() {
        let shape = |columns: usize| Shape {
            service: 1,
            characteristic: 2,
            instance: 0,
            count: PAGE as u32,
            columns: vec![ByteString(pack(&[0; PAGE])); columns],
        };
        assert!(unpack_page(&page(vec![shape(1)])).is_some());
        assert!(unpack_page(&page(vec![shape(1), shape(1)])).is_none(), "twice as many frames");
        assert!(unpack_page(&page(vec![shape(PAGE_BYTES / PAGE + 1)])).is_none(), "too many bytes");
    }
}
