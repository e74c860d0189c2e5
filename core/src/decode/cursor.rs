//! Reads little-endian fields from a frame, says by name which one is cut off, and lets somebody watch each field go by.

use super::{
    field::{Field, Quantity, Says},
    float::{Decimal, float, sfloat},
    outcome::Reason,
};

/// A frame and how much of it has been read.
#[derive(Debug)]
pub(super) struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Fields seen so far, when somebody watches; collecting does not.
    watch: Option<&'a mut Vec<Field>>,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Cursor<'a> {
        Cursor { bytes, at: 0, watch: None }
    }

    /// Notes each field as it is read.
    pub(super) fn watched(bytes: &'a [u8], fields: &'a mut Vec<Field>) -> Cursor<'a> {
        Cursor { bytes, at: 0, watch: Some(fields) }
    }

    /// Whether each field is noted: what is made only for people can be left out otherwise.
    pub(super) fn is_watched(&self) -> bool {
        self.watch.is_some()
    }

    /// A number without unit.
    pub(super) fn u8(&mut self, name: &'static str) -> Result<u8, Reason> {
        let [byte] = self.take(name)?;
        self.note::<1>(name, || Says::Count(byte.into()));
        Ok(byte)
    }

    /// A number without unit.
    pub(super) fn u16(&mut self, name: &'static str) -> Result<u16, Reason> {
        let number = self.take(name).map(u16::from_le_bytes)?;
        self.note::<2>(name, || Says::Count(number.into()));
        Ok(number)
    }

    /// A number without unit.
    pub(super) fn u24(&mut self, name: &'static str) -> Result<u32, Reason> {
        let number = self.take(name).map(wide)?;
        self.note::<3>(name, || Says::Count(number.into()));
        Ok(number)
    }

    /// A number without unit.
    pub(super) fn u32(&mut self, name: &'static str) -> Result<u32, Reason> {
        let number = self.take(name).map(u32::from_le_bytes)?;
        self.note::<4>(name, || Says::Count(number.into()));
        Ok(number)
    }

    /// An 8-bit quantity; the raw number comes back.
    pub(super) fn quantity_u8(&mut self, name: &'static str, quantity: Quantity) -> Result<u8, Reason> {
        let [byte] = self.take(name)?;
        self.note::<1>(name, || quantity.says(byte.into()));
        Ok(byte)
    }

    /// A 16-bit quantity; the raw number comes back.
    pub(super) fn quantity_u16(&mut self, name: &'static str, quantity: Quantity) -> Result<u16, Reason> {
        let number = self.take(name).map(u16::from_le_bytes)?;
        self.note::<2>(name, || quantity.says(number.into()));
        Ok(number)
    }

    /// A signed 16-bit quantity; the raw number comes back.
    pub(super) fn quantity_i16(&mut self, name: &'static str, quantity: Quantity) -> Result<i16, Reason> {
        let number = self.take(name).map(i16::from_le_bytes)?;
        self.note::<2>(name, || quantity.says(number.into()));
        Ok(number)
    }

    /// A signed 8-bit quantity; the raw number comes back.
    pub(super) fn quantity_i8(&mut self, name: &'static str, quantity: Quantity) -> Result<i8, Reason> {
        let number = self.take(name).map(i8::from_le_bytes)?;
        self.note::<1>(name, || quantity.says(number.into()));
        Ok(number)
    }

    /// A 24-bit quantity; the raw number comes back.
    pub(super) fn quantity_u24(&mut self, name: &'static str, quantity: Quantity) -> Result<u32, Reason> {
        let number = self.take(name).map(wide)?;
        self.note::<3>(name, || quantity.says(number.into()));
        Ok(number)
    }

    /// A 32-bit quantity; the raw number comes back.
    pub(super) fn quantity_u32(&mut self, name: &'static str, quantity: Quantity) -> Result<u32, Reason> {
        let number = self.take(name).map(u32::from_le_bytes)?;
        self.note::<4>(name, || quantity.says(number.into()));
        Ok(number)
    }

    /// A 48-bit quantity; the raw number comes back.
    pub(super) fn quantity_u48(&mut self, name: &'static str, quantity: Quantity) -> Result<u64, Reason> {
        let [a, b, c, d, e, f] = self.take(name)?;
        let number = u64::from_le_bytes([a, b, c, d, e, f, 0, 0]);
        self.note::<6>(name, || quantity.says(number.cast_signed()));
        Ok(number)
    }

    /// A 16-bit SFLOAT in this unit.
    pub(super) fn sfloat(&mut self, name: &'static str, unit: &'static str) -> Result<Decimal, Reason> {
        let decimal = self.take(name).map(u16::from_le_bytes).map(sfloat)?;
        self.note::<2>(name, || Says::decimal(decimal, unit));
        Ok(decimal)
    }

    /// A 32-bit FLOAT in this unit.
    pub(super) fn float(&mut self, name: &'static str, unit: &'static str) -> Result<Decimal, Reason> {
        let decimal = self.take(name).map(u32::from_le_bytes).map(float)?;
        self.note::<4>(name, || Says::decimal(decimal, unit));
        Ok(decimal)
    }

    /// Eight flags with these names, bit 0 first; an empty or missing name is a reserved bit.
    pub(super) fn flags_u8(
        &mut self,
        name: &'static str,
        names: &'static [&'static str],
    ) -> Result<u8, Reason> {
        let [byte] = self.take(name)?;
        self.note::<1>(name, || Says::flags(byte.into(), names));
        Ok(byte)
    }

    /// Sixteen flags with these names.
    pub(super) fn flags_u16(
        &mut self,
        name: &'static str,
        names: &'static [&'static str],
    ) -> Result<u16, Reason> {
        let bits = self.take(name).map(u16::from_le_bytes)?;
        self.note::<2>(name, || Says::flags(bits.into(), names));
        Ok(bits)
    }

    /// Twenty-four flags with these names.
    pub(super) fn flags_u24(
        &mut self,
        name: &'static str,
        names: &'static [&'static str],
    ) -> Result<u32, Reason> {
        let bits = self.take(name).map(wide)?;
        self.note::<3>(name, || Says::flags(bits, names));
        Ok(bits)
    }

    /// Thirty-two flags with these names.
    pub(super) fn flags_u32(
        &mut self,
        name: &'static str,
        names: &'static [&'static str],
    ) -> Result<u32, Reason> {
        let bits = self.take(name).map(u32::from_le_bytes)?;
        self.note::<4>(name, || Says::flags(bits, names));
        Ok(bits)
    }

    /// One of a list, by number; a number that is not in it is reserved, and no error.
    pub(super) fn choice_u8(&mut self, name: &'static str, list: Choices) -> Result<u8, Reason> {
        let [byte] = self.take(name)?;
        self.note::<1>(name, || chosen(list, byte));
        Ok(byte)
    }

    /// Two choices in one byte: the low and the high nibble.
    pub(super) fn nibbles(
        &mut self,
        low: (&'static str, Choices),
        high: (&'static str, Choices),
    ) -> Result<(u8, u8), Reason> {
        let [byte] = self.take(low.0)?;
        let (first, second) = (byte & 0x0F, byte >> 4);
        self.note::<1>(low.0, || chosen(low.1, first));
        self.note::<1>(high.0, || chosen(high.1, second));
        Ok((first, second))
    }

    /// Bytes that stand for themselves, or that `says` puts into words for whoever watches.
    pub(super) fn array<const N: usize>(
        &mut self,
        name: &'static str,
        says: impl FnOnce([u8; N]) -> Says,
    ) -> Result<[u8; N], Reason> {
        let taken = self.take(name)?;
        self.note::<N>(name, || says(taken));
        Ok(taken)
    }

    /// So many bytes.
    pub(super) fn slice(
        &mut self,
        name: &'static str,
        length: usize,
        says: impl FnOnce(&[u8]) -> Says,
    ) -> Result<&'a [u8], Reason> {
        let (from, end) = (self.at, self.at.saturating_add(length));
        let cut = Reason::Truncated { field: name, expected: end, came: self.bytes.len() };
        let taken = self.bytes.get(from..end).ok_or(cut)?;
        self.at = end;
        if let Some(fields) = self.watch.as_deref_mut() {
            fields.push(Field { name, at: from, raw: taken.to_vec(), says: says(taken) });
        }
        Ok(taken)
    }

    /// All that is left.
    pub(super) fn rest(&mut self, name: &'static str, says: impl FnOnce(&[u8]) -> Says) -> &'a [u8] {
        self.slice(name, self.left(), says).unwrap_or_default()
    }

    /// How many bytes are left.
    pub(super) fn left(&self) -> usize {
        self.bytes.len().saturating_sub(self.at)
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.left() == 0
    }

    /// Ends the frame: surplus bytes are an error, unless a reserved flag announces fields this version does not know.
    pub(super) fn end(&mut self, reserved_flags: u32) -> Result<(), Reason> {
        if self.is_at_end() {
            return Ok(());
        }
        if reserved_flags != 0 {
            self.rest("fields of a later version", |_| Says::Bytes);
            return Ok(());
        }
        Err(Reason::Surplus { expected: self.at, came: self.bytes.len() })
    }

    fn take<const N: usize>(&mut self, field: &'static str) -> Result<[u8; N], Reason> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let taken = rest.first_chunk::<N>().ok_or(Reason::Truncated {
            field,
            expected: self.at + N,
            came: self.bytes.len(),
        })?;
        self.at += N;
        Ok(*taken)
    }

    /// Notes the `N` bytes just taken.
    fn note<const N: usize>(&mut self, name: &'static str, says: impl FnOnce() -> Says) {
        if let Some(fields) = self.watch.as_deref_mut() {
            let at = self.at.saturating_sub(N);
            let raw = self.bytes.get(at..self.at).unwrap_or_default().to_vec();
            fields.push(Field { name, at, raw, says: says() });
        }
    }
}

/// A list of choices: number and words.
pub(super) type Choices = &'static [(u8, &'static str)];

fn chosen(list: Choices, number: u8) -> Says {
    Says::Choice(list.iter().find(|(listed, _)| *listed == number).map(|(_, words)| *words))
}

fn wide([low, middle, high]: [u8; 3]) -> u32 {
    u32::from_le_bytes([low, middle, high, 0])
}
