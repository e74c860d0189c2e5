//! A grantee's two keys: one signs its requests, the other opens what was released to it.

use pulsebook_faultpoint::{Point, reach, write_all};
use pulsebook_protocol::{
    card::GranteeCard,
    envelope::{ReceiveKey, Suite},
    hash::sha256,
    key::SigningKey,
    random::{Random, RandomUnavailable},
    request_key::{P256SigningKey, RequestAlgorithm, RequestSigningKey},
    secret::Secret32,
};
use serde::{Deserialize, Serialize};
use std::{
    fs, io,
    path::{Path, PathBuf},
};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

const KIND: &str = "clinic-keys/1";
const FILE: &str = "keys.json";

/// The keys of one clinic. They lie in a file that only its owner may read, without a passphrase: whoever can read
/// that file can read what was granted, as with a provider node's own keys.
#[derive(Debug)]
pub struct GranteeKeys {
    name: String,
    request: RequestSigningKey,
    receive: ReceiveKey,
}

/// Keys that cannot be made, kept or read.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// There are keys already.
    #[error("{} exists already; keys are never replaced, since grants are bound to them: choose another folder", .0.display())]
    Exists(PathBuf),
    /// The disk.
    #[error("{}: {source}; expected the keys of a clinic, made by `pulsebook clinic init`", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Not such a file.
    #[error("{} does not hold the keys of a clinic: {why}; restore it from a backup or make new keys in another folder", path.display())]
    Malformed {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// No randomness.
    #[error(transparent)]
    Random(#[from] RandomUnavailable),
}

#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(deny_unknown_fields)]
struct Json {
    pulsebook: String,
    name: String,
    request: String,
    receive: String,
    /// Of the request key; left out for Ed25519.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    alg: Option<String>,
    /// Of the receive key; left out for 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    suite: Option<u16>,
    /// SHA-256 over the file without this field, so that a changed letter is found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    check: Option<String>,
}

impl Json {
    fn text(&self) -> Zeroizing<String> {
        // Strings and a number always serialise.
        Zeroizing::new(serde_json::to_string_pretty(self).unwrap_or_default())
    }

    /// What `check` must be; takes it out.
    fn sum(&mut self) -> String {
        self.check = None;
        sha256(&[self.text().as_bytes()]).to_string()
    }
}

impl GranteeKeys {
    /// Fresh keys under the name that patients will read.
    ///
    /// # Errors
    /// [`RandomUnavailable`] when the source cannot deliver.
    pub fn make(name: &str, random: &mut dyn Random) -> Result<Self, RandomUnavailable> {
        let (request, receive) = (SigningKey::make(random)?.into(), ReceiveKey::make(random)?);
        Ok(GranteeKeys { name: name.to_owned(), request, receive })
    }

    /// Fresh keys of the kind that phones' and HSMs' secure hardware can hold: P-256 both, the receive key of suite 2.
    /// What is released to them is not safe from a future quantum computer.
    ///
    /// # Errors
    /// [`RandomUnavailable`] when the source cannot deliver.
    pub fn make_p256(name: &str, random: &mut dyn Random) -> Result<Self, RandomUnavailable> {
        let request = P256SigningKey::make(random)?.into();
        let receive = ReceiveKey::make_of(Suite::P256, random)?;
        Ok(GranteeKeys { name: name.to_owned(), request, receive })
    }

    /// What is given to a patient so that a grant can be made.
    ///
    /// ```
    /// use pulsebook_grantee::GranteeKeys;
    /// use pulsebook_protocol::{card::GranteeCard, random::SystemRandom};
    /// let keys = GranteeKeys::make("Clinic on the Hill", &mut SystemRandom)?;
    /// let json = keys.card()?.to_json();
    /// assert_eq!(GranteeCard::parse(&json)?.name(), "Clinic on the Hill");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`RandomUnavailable`] when a P-256 key's proof of possession needs randomness and there is none.
    pub fn card(&self) -> Result<GranteeCard, RandomUnavailable> {
        GranteeCard::make_for(&self.name, &self.request, self.receive.public())
    }

    /// The clinic's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Signs requests.
    pub fn request_key(&self) -> &RequestSigningKey {
        &self.request
    }

    /// Opens envelopes.
    pub fn receive_key(&self) -> &ReceiveKey {
        &self.receive
    }

    /// Writes `keys.json` into a folder, readable by its owner only.
    ///
    /// # Errors
    /// [`KeysError::Exists`] when there is one already, [`KeysError::Io`] when it cannot be written.
    pub fn save(&self, folder: &Path) -> Result<(), KeysError> {
        let path = folder.join(FILE);
        let hex = |secret: &Secret32| data_encoding::HEXLOWER.encode(secret.expose());
        let (request, alg) = match &self.request {
            RequestSigningKey::Ed25519(key) => (hex(key.seed()), None),
            RequestSigningKey::P256(key) => {
                (hex(key.scalar()), Some(RequestAlgorithm::EcdsaP256.text().to_owned()))
            }
        };
        let suite = Some(self.receive.suite().wire()).filter(|suite| *suite != Suite::XWing.wire());
        let (name, receive) = (self.name.clone(), hex(self.receive.seed()));
        let mut json = Json { pulsebook: KIND.into(), name, request, receive, alg, suite, check: None };
        json.check = Some(json.sum());
        write_once(&path, json.text().as_bytes()).map_err(|source| match source.kind() {
            io::ErrorKind::AlreadyExists => KeysError::Exists(path),
            _ => KeysError::Io { path, source },
        })
    }

    /// Reads the `keys.json` of a folder.
    ///
    /// # Errors
    /// [`KeysError::Io`] when there is none, [`KeysError::Malformed`] when it is something else.
    pub fn load(folder: &Path) -> Result<Self, KeysError> {
        let path = folder.join(FILE);
        let text = match fs::read_to_string(&path) {
            Ok(text) => Zeroizing::new(text),
            Err(source) => return Err(KeysError::Io { path, source }),
        };
        Self::parse(&text).map_err(|why| KeysError::Malformed { path, why })
    }

    fn parse(text: &str) -> Result<Self, String> {
        let mut json: Json = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if json.check.take().is_some_and(|check| check != json.sum()) {
            return Err("it is not what was written".to_owned());
        }
        if json.pulsebook != KIND {
            return Err(format!("expected \"pulsebook\":\"{KIND}\""));
        }
        let request = match json.alg.as_deref() {
            None => SigningKey::from_seed(secret(&json.request)?).map_err(|error| error.to_string())?.into(),
            Some(alg) if alg == RequestAlgorithm::EcdsaP256.text() => {
                let key = P256SigningKey::from_scalar(secret(&json.request)?);
                key.map_err(|_| "the request key is no P-256 key".to_owned())?.into()
            }
            Some(_) => return Err("an algorithm that this version does not know".to_owned()),
        };
        let suite =
            Suite::from_wire(json.suite.unwrap_or(Suite::XWing.wire())).map_err(|error| error.to_string())?;
        let receive =
            ReceiveKey::from_seed_of(suite, secret(&json.receive)?).map_err(|error| error.to_string())?;
        Ok(GranteeKeys { name: json.name.clone(), request, receive })
    }
}

fn secret(hex: &str) -> Result<Secret32, &'static str> {
    let bytes = data_encoding::HEXLOWER.decode(hex.as_bytes()).map(Zeroizing::new);
    let bytes = bytes.ok().and_then(|bytes| <[u8; 32]>::try_from(bytes.as_slice()).ok());
    bytes.map(Secret32::from_bytes).ok_or("a key is not 32 bytes written as hex")
}

/// Writes the file, for its owner only, whole or not at all; one that is there stays. Its name is durable when the folder
/// is.
fn write_once(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if path.exists() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    let beside = path.with_extension("part");
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = reach(Point::KeysCreate).and_then(|()| options.open(&beside))?;
    write_all(Point::KeysWrite, &mut file, bytes)?;
    reach(Point::KeysSync).and_then(|()| file.sync_all())?;
    reach(Point::KeysRename).and_then(|()| fs::rename(&beside, path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use pulsebook_protocol::random::SystemRandom;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("pulsebook-grantee-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn keys_come_back_from_their_folder_and_are_never_replaced() {
        let folder = folder("keys");
        let keys = GranteeKeys::make("Clinic", &mut SystemRandom).unwrap();
        keys.save(&folder).unwrap();
        assert_eq!(GranteeKeys::load(&folder).unwrap().card().unwrap(), keys.card().unwrap());
        let other = GranteeKeys::make("Other", &mut SystemRandom).unwrap();
        assert!(matches!(other.save(&folder), Err(KeysError::Exists(_))));
        assert_eq!(GranteeKeys::load(&folder).unwrap().card().unwrap(), keys.card().unwrap());
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn p256_keys_come_back_and_their_card_says_suite_2() {
        let folder = folder("p256");
        let keys = GranteeKeys::make_p256("Phone", &mut SystemRandom).unwrap();
        keys.save(&folder).unwrap();
        let loaded = GranteeKeys::load(&folder).unwrap();
        assert_eq!(loaded.request_key().public(), keys.request_key().public());
        let card = GranteeCard::parse(&loaded.card().unwrap().to_json()).unwrap();
        assert_eq!(card.receive_key(), &keys.receive_key().public());
        assert_eq!(
            (card.receive_key().suite(), card.request_key()),
            (Suite::P256, keys.request_key().public())
        );
        fs::remove_dir_all(folder).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_may_read_the_file() {
        use std::os::unix::fs::PermissionsExt;
        let folder = folder("mode");
        GranteeKeys::make("Clinic", &mut SystemRandom).unwrap().save(&folder).unwrap();
        assert_eq!(fs::metadata(folder.join(FILE)).unwrap().permissions().mode() & 0o777, 0o600);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn another_file_is_named_and_refused() {
        let folder = folder("wrong");
        assert!(matches!(GranteeKeys::load(&folder), Err(KeysError::Io { .. })));
        for text in ["", "{}", r#"{"pulsebook":"node/1","name":"a","request":"","receive":""}"#] {
            fs::write(folder.join(FILE), text).unwrap();
            let error = GranteeKeys::load(&folder).unwrap_err();
            assert!(matches!(&error, KeysError::Malformed { .. }), "{error}");
        }
        fs::remove_dir_all(folder).unwrap();
    }
}
