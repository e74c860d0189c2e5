//! The grant file: everything a grantee needs to read and to check what it reads.

use super::{
    CardError, MAX_CARD_BYTES, MAX_GRANT_FILE_BYTES, base64url, field, from_base64url, parse_within, write,
};
use crate::{
    bytes::{CategoryLabel, ChainId, Salt16},
    delegation::{self, HandedKeys},
    grant::category_label,
    key::PublicKey,
    proposal::chain_id,
    secret::Secret32,
    vital::Category,
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt};
use zeroize::{Zeroize, ZeroizeOnDrop};

const KIND: &str = "grant";

/// What the patient hands to the grantee. Anyone who has it can see what it is about, but not read with it: that takes
/// the grantee's keys.
///
/// ```
/// use pulsebook_protocol::{bytes::Salt16, card::GrantFile, key::SigningKey, proposal::chain_id, random::SystemRandom,
///     secret::Secret32, vital::Category};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let (first_root, salt) = (SigningKey::make(&mut SystemRandom)?.public(), Salt16::from_bytes([3; 16]));
/// let file = GrantFile {
///     token: vec![1], chain: chain_id(&first_root, &salt), first_root, salt,
///     label_key: Secret32::make(&mut SystemRandom)?, categories: vec![Category::Heart], directory: vec![4],
///     sentence: "Clinic North may read heart.".into(), delegated: None,
/// };
/// assert_eq!(GrantFile::parse(&file.to_json())?.labels(), file.labels());
/// # Ok(()) }
/// ```
pub struct GrantFile {
    /// The token's bytes.
    pub token: Vec<u8>,
    /// The record.
    pub chain: ChainId,
    /// Root key that the chain's name was made with.
    pub first_root: PublicKey,
    /// Salt that the chain's name was made with.
    pub salt: Salt16,
    /// Turns categories into labels.
    pub label_key: Secret32,
    /// Granted categories.
    pub categories: Vec<Category>,
    /// Directory, COSE.
    pub directory: Vec<u8>,
    /// The grant in words, as the patient confirmed it.
    pub sentence: String,
    /// How it was passed on; nothing in the file that the patient makes.
    pub delegated: Option<Delegated>,
}

/// What a delegate needs besides the token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delegated {
    /// The links, from the holder's on.
    pub links: Vec<Vec<u8>>,
    /// Segment keys, sealed to the delegate.
    pub handed: HandedKeys,
}

#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(deny_unknown_fields)]
struct Json {
    pulsebook: String,
    token: String,
    chain: String,
    first_root: String,
    salt16: String,
    label_key: String,
    #[zeroize(skip)]
    categories: BTreeMap<String, String>,
    directory: String,
    sentence: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    delegation: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    handed: Option<String>,
}

impl GrantFile {
    /// Reads a grant file; the chain must be that of root and salt, each label that of its category under the label key.
    ///
    /// # Errors
    /// [`CardError`] names the field that is wrong.
    pub fn parse(json: &str) -> Result<Self, CardError> {
        // Only a file with handed keys may be larger than a card.
        let most = if json.contains("\"handed\"") { MAX_GRANT_FILE_BYTES } else { MAX_CARD_BYTES };
        let json: Json = parse_within(json, KIND, most)?;
        let label_key = field(KIND, "label_key", parse_secret(&json.label_key))?;
        let first_root = field(KIND, "first_root", json.first_root.parse())?;
        let salt = field(KIND, "salt16", json.salt16.parse())?;
        let chain: ChainId = field(KIND, "chain", json.chain.parse())?;
        if chain != chain_id(&first_root, &salt) {
            field(KIND, "chain", Err::<(), _>("it is not the chain of this first root and salt"))?;
        }
        Ok(GrantFile {
            token: field(KIND, "token", from_base64url(&json.token))?,
            chain,
            first_root,
            salt,
            categories: field(KIND, "categories", parse_categories(&json.categories, &label_key))?,
            label_key,
            directory: field(KIND, "directory", from_base64url(&json.directory))?,
            sentence: json.sentence.clone(),
            delegated: parse_delegated(&json)?,
        })
    }

    /// The file as JSON; contains the label key.
    pub fn to_json(&self) -> zeroize::Zeroizing<String> {
        let labels = self.labels().into_iter();
        let list = self.delegated.as_ref().map(|delegated| delegation::encode_list(&delegated.links));
        write(&Json {
            pulsebook: "grant/1".into(),
            token: base64url(&self.token),
            chain: self.chain.to_string(),
            first_root: self.first_root.to_string(),
            salt16: self.salt.to_string(),
            label_key: data_encoding::HEXLOWER.encode(self.label_key.expose()),
            categories: labels.map(|(category, label)| (category.name().into(), label.to_string())).collect(),
            directory: base64url(&self.directory),
            sentence: self.sentence.clone(),
            delegation: list.map(|list| base64url(&list)),
            handed: self.delegated.as_ref().map(|delegated| base64url(&delegated.handed.to_bytes())),
        })
        .into()
    }

    /// The delegation list as it travels; empty when the patient made the file.
    pub fn delegation_list(&self) -> Vec<u8> {
        self.delegated.as_ref().map(|delegated| delegation::encode_list(&delegated.links)).unwrap_or_default()
    }

    /// Each granted category with its label.
    pub fn labels(&self) -> Vec<(Category, CategoryLabel)> {
        let labelled = |category: &Category| (*category, category_label(&self.label_key, *category));
        self.categories.iter().map(labelled).collect()
    }
}

impl fmt::Debug for GrantFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GrantFile({}, {:?})", self.chain, self.sentence)
    }
}

fn parse_secret(hex: &str) -> Result<Secret32, &'static str> {
    let bytes = data_encoding::HEXLOWER.decode(hex.as_bytes()).ok().map(zeroize::Zeroizing::new);
    let bytes = bytes.and_then(|bytes| <[u8; 32]>::try_from(bytes.as_slice()).ok());
    bytes.map(Secret32::from_bytes).ok_or("expected 32 bytes written as hex")
}

fn parse_delegated(json: &Json) -> Result<Option<Delegated>, CardError> {
    let (list, handed) = match (&json.delegation, &json.handed) {
        (None, None) => return Ok(None),
        (Some(list), Some(handed)) => (list, handed),
        _ => {
            let alone = Err::<(), _>("a delegation and the handed keys come together");
            return field(KIND, "delegation", alone).map(|()| None);
        }
    };
    let list = field(KIND, "delegation", from_base64url(list))?;
    let links = field(KIND, "delegation", delegation::decode_list(&list))?;
    if links.is_empty() {
        field(KIND, "delegation", Err::<(), _>("a grant that was passed on has at least one link"))?;
    }
    let handed = field(KIND, "handed", from_base64url(handed))?;
    let handed = field(KIND, "handed", HandedKeys::from_bytes(&handed))?;
    Ok(Some(Delegated { links, handed }))
}

fn parse_categories(
    written: &BTreeMap<String, String>,
    label_key: &Secret32,
) -> Result<Vec<Category>, String> {
    let mut categories = Vec::with_capacity(written.len());
    for (name, label) in written {
        let category = Category::from_name(name).ok_or("a category that this version does not know")?;
        if category_label(label_key, category).to_string() != *label {
            return Err(format!("the label of {name} is not the one its key gives"));
        }
        categories.push(category);
    }
    categories.sort();
    Ok(categories)
}
