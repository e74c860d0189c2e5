//! CBOR as a tree that can be changed, and written right or wrong on purpose.

/// One item.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cbor {
    /// 0 and up.
    Unsigned(u64),
    /// −1 − n.
    Negative(u64),
    Bytes(Vec<u8>),
    Text(String),
    Array(Vec<Cbor>),
    Map(Vec<(Cbor, Cbor)>),
    /// Bytes as they are: null, booleans, and whatever must be wrong.
    Raw(Vec<u8>),
}

pub(crate) const NULL: [u8; 1] = [0xf6];

impl From<u64> for Cbor {
    fn from(number: u64) -> Cbor {
        Cbor::Unsigned(number)
    }
}

impl From<&[u8]> for Cbor {
    fn from(bytes: &[u8]) -> Cbor {
        Cbor::Bytes(bytes.to_vec())
    }
}

impl From<Vec<u8>> for Cbor {
    fn from(bytes: Vec<u8>) -> Cbor {
        Cbor::Bytes(bytes)
    }
}

impl<const N: usize> From<[u8; N]> for Cbor {
    fn from(bytes: [u8; N]) -> Cbor {
        Cbor::Bytes(bytes.to_vec())
    }
}

impl From<&str> for Cbor {
    fn from(text: &str) -> Cbor {
        Cbor::Text(text.to_owned())
    }
}

/// An array.
pub(crate) fn array(items: impl IntoIterator<Item = Cbor>) -> Cbor {
    Cbor::Array(items.into_iter().collect())
}

/// A number of either sign.
pub(crate) fn int(number: i64) -> Cbor {
    if number < 0 { Cbor::Negative(!(number as u64)) } else { Cbor::Unsigned(number as u64) }
}

/// An item as it stands.
pub(crate) fn raw(bytes: &[u8]) -> Cbor {
    Cbor::Raw(bytes.to_vec())
}

fn head(major: u8, number: u64, out: &mut Vec<u8>) {
    let major = major << 5;
    match number {
        0..=23 => out.push(major | number as u8),
        24..=0xff => out.extend([major | 24, number as u8]),
        0x100..=0xffff => {
            out.push(major | 25);
            out.extend((number as u16).to_be_bytes());
        }
        0x1_0000..=0xffff_ffff => {
            out.push(major | 26);
            out.extend((number as u32).to_be_bytes());
        }
        _ => {
            out.push(major | 27);
            out.extend(number.to_be_bytes());
        }
    }
}

fn read_head(bytes: &[u8]) -> (u8, u64, usize) {
    let (major, low) = (bytes[0] >> 5, bytes[0] & 31);
    let wide = match low {
        0..=23 => return (major, u64::from(low), 1),
        24..=27 => 1usize << (low - 24),
        _ => panic!("not a definite length"),
    };
    let number = bytes[1..=wide].iter().fold(0, |number, byte| number << 8 | u64::from(*byte));
    (major, number, 1 + wide)
}

fn read(bytes: &[u8]) -> (Cbor, usize) {
    let (major, number, mut at) = read_head(bytes);
    let length = number as usize;
    let next = |at: &mut usize| {
        let (item, size) = read(&bytes[*at..]);
        *at += size;
        item
    };
    let item = match major {
        0 => Cbor::Unsigned(number),
        1 => Cbor::Negative(number),
        2 | 3 => {
            let content = bytes[at..at + length].to_vec();
            at += length;
            if major == 2 { Cbor::Bytes(content) } else { Cbor::Text(String::from_utf8(content).unwrap()) }
        }
        4 => Cbor::Array((0..length).map(|_| next(&mut at)).collect()),
        5 => Cbor::Map((0..length).map(|_| (next(&mut at), next(&mut at))).collect()),
        _ => Cbor::Raw(bytes[..at].to_vec()),
    };
    (item, at)
}

impl Cbor {
    /// Reads what our own code wrote.
    pub(crate) fn parse(bytes: &[u8]) -> Cbor {
        let (item, size) = read(bytes);
        assert_eq!(size, bytes.len());
        item
    }

    /// Writes the tree as it stands: map entries in their order, whatever it is.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Cbor::Unsigned(number) => head(0, *number, out),
            Cbor::Negative(number) => head(1, *number, out),
            Cbor::Bytes(bytes) => {
                head(2, bytes.len() as u64, out);
                out.extend(bytes);
            }
            Cbor::Text(text) => {
                head(3, text.len() as u64, out);
                out.extend(text.as_bytes());
            }
            Cbor::Array(items) => {
                head(4, items.len() as u64, out);
                items.iter().for_each(|item| item.write(out));
            }
            Cbor::Map(entries) => {
                head(5, entries.len() as u64, out);
                entries.iter().for_each(|(key, value)| {
                    key.write(out);
                    value.write(out);
                });
            }
            Cbor::Raw(bytes) => out.extend(bytes),
        }
    }

    /// The entries of a map.
    pub(crate) fn entries(&self) -> &Vec<(Cbor, Cbor)> {
        match self {
            Cbor::Map(entries) => entries,
            other => panic!("{other:?} is no map"),
        }
    }

    /// The item at a path of map keys and array indices.
    pub(crate) fn at(&self, path: &[u64]) -> &Cbor {
        path.iter().fold(self, |item, step| match item {
            Cbor::Array(items) => &items[*step as usize],
            Cbor::Map(entries) => {
                &entries.iter().find(|(key, _)| *key == Cbor::Unsigned(*step)).expect("a field of the map").1
            }
            other => panic!("no way into {other:?}"),
        })
    }

    /// The byte string at a path.
    pub(crate) fn bytes_at(&self, path: &[u64]) -> Vec<u8> {
        match self.at(path) {
            Cbor::Bytes(bytes) => bytes.clone(),
            other => panic!("{other:?} is no byte string"),
        }
    }

    fn parent(&mut self, path: &[u64]) -> &mut Cbor {
        path.iter().fold(self, |item, step| match item {
            Cbor::Array(items) => &mut items[*step as usize],
            Cbor::Map(entries) => {
                &mut entries.iter_mut().find(|(key, _)| *key == Cbor::Unsigned(*step)).expect("a field").1
            }
            other => panic!("no way into {other:?}"),
        })
    }

    /// A copy with the item at the path replaced, or a map field added in its place.
    pub(crate) fn with(&self, path: &[u64], value: impl Into<Cbor>) -> Cbor {
        let mut copy = self.clone();
        let (last, way) = path.split_last().expect("a path");
        match copy.parent(way) {
            Cbor::Array(items) if *last as usize == items.len() => items.push(value.into()),
            Cbor::Array(items) => items[*last as usize] = value.into(),
            Cbor::Map(entries) => {
                let key = Cbor::Unsigned(*last);
                match entries.iter_mut().find(|(found, _)| *found == key) {
                    Some(entry) => entry.1 = value.into(),
                    None => {
                        let place = entries.iter().position(|(found, _)| number(found) > *last);
                        entries.insert(place.unwrap_or(entries.len()), (key, value.into()));
                    }
                }
            }
            other => panic!("no way into {other:?}"),
        }
        copy
    }

    /// A copy without the item at the path.
    pub(crate) fn without(&self, path: &[u64]) -> Cbor {
        let mut copy = self.clone();
        let (last, way) = path.split_last().expect("a path");
        match copy.parent(way) {
            Cbor::Array(items) => drop(items.remove(*last as usize)),
            Cbor::Map(entries) => entries.retain(|(key, _)| *key != Cbor::Unsigned(*last)),
            other => panic!("no way into {other:?}"),
        }
        copy
    }

    /// A copy with one bit of the byte string at the path flipped.
    pub(crate) fn flipped(&self, path: &[u64]) -> Cbor {
        let mut bytes = self.bytes_at(path);
        *bytes.last_mut().expect("bytes") ^= 1;
        self.with(path, bytes)
    }
}

fn number(key: &Cbor) -> u64 {
    match key {
        Cbor::Unsigned(number) => *number,
        _ => u64::MAX,
    }
}
