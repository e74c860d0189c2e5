//! Every domain string there is: one purpose each, versioned, never reused.

/// A domain string. Signatures and hashes made under one domain mean nothing under another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Domain(&'static str);

impl Domain {
    /// The string itself: COSE external_aad, HKDF labels.
    pub fn text(self) -> &'static str {
        self.0
    }

    /// The string and one zero byte: the prefix of hash and AEAD inputs, `D(object)` in docs/protocol.md.
    pub fn prefix(self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.0.len() + 1);
        bytes.extend_from_slice(self.0.as_bytes());
        bytes.push(0);
        bytes
    }
}

/// Declares the domains and the list of all of them, so that a test can see that none is used twice.
macro_rules! domains {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
        $($(#[$doc])* pub const $name: Domain = Domain($text);)*

        /// The complete list.
        pub const ALL: &[Domain] = &[$($name,)*];
    };
}

domains! {
    /// Chain identifier.
    CHAIN = "pulsebook/chain/v1";
    /// Root seed from the words.
    ROOT = "pulsebook/root/v1";
    /// Recovery receive seed from the words.
    RECOVERY = "pulsebook/recovery/v1";
    /// Locator key from the words, and the locator itself.
    LOCATOR = "pulsebook/locator/v1";
    /// A node's keys for one chain.
    NODE_KEY = "pulsebook/node-key/v1";
    /// Segment AEAD.
    SEGMENT = "pulsebook/segment/v1";
    /// Seal key of a segment.
    SEGMENT_SEAL = "pulsebook/segment-seal/v1";
    /// Key check of a segment.
    KEY_CHECK = "pulsebook/key-check/v1";
    /// Blinder of a commitment.
    BLINDER = "pulsebook/blinder/v1";
    /// Salt of a disclosure chunk.
    DISCLOSURE_SALT = "pulsebook/disclosure-salt/v1";
    /// Inner hash of a commitment.
    INNER = "pulsebook/inner/v1";
    /// Commitment to a segment.
    SEGMENT_COMMITMENT = "pulsebook/segment-commitment/v1";
    /// Commitment of an unused slot.
    UNUSED = "pulsebook/unused/v1";
    /// Salt of an evidence leaf.
    EVIDENCE_SALT = "pulsebook/evidence-salt/v1";
    /// Sealed control entries.
    CONTROL = "pulsebook/control/v1";
    /// Check value of a control key.
    CONTROL_CHECK = "pulsebook/control-check/v1";
    /// Proof of possession of a key.
    POSSESSION = "pulsebook/possession/v1";
    /// Key certificate of a node.
    KEY_CERTIFICATE = "pulsebook/key-certificate/v1";
    /// Proposal of an epoch.
    PROPOSAL = "pulsebook/proposal/v1";
    /// Epoch certificate.
    EPOCH_CERTIFICATE = "pulsebook/epoch-certificate/v1";
    /// Directory of a circle.
    DIRECTORY = "pulsebook/directory/v1";
    /// Hash of a directory.
    DIRECTORY_HASH = "pulsebook/directory-hash/v1";
    /// Category label of a grant.
    LABEL = "pulsebook/label/v1";
    /// Hash of a receive key.
    RECEIVE_KEY = "pulsebook/receive-key/v1";
    /// Release header.
    RELEASE = "pulsebook/release/v1";
    /// HPKE info of a release.
    RELEASE_INFO = "pulsebook/release-info/v1";
    /// HPKE exporter context of a release.
    RELEASE_EXPORT = "pulsebook/release-export/v1";
    /// Key and nonce of one release.
    RELEASE_KEY = "pulsebook/release-key/v1";
    /// A token without the key that narrows it, as a delegation names it.
    TOKEN = "pulsebook/token/v1";
    /// One link of a delegation list.
    DELEGATION = "pulsebook/delegation/v1";
    /// HPKE info of the keys that a holder hands on.
    HANDED_INFO = "pulsebook/handed-info/v1";
    /// Keyring page AEAD.
    KEYRING_PAGE = "pulsebook/keyring-page/v1";
    /// Keyring index header.
    KEYRING = "pulsebook/keyring/v1";
    /// HPKE info of the keyring index.
    KEYRING_INFO = "pulsebook/keyring-info/v1";
    /// AEAD of the keyring index.
    KEYRING_INDEX = "pulsebook/keyring-index/v1";
    /// Access entry.
    ACCESS = "pulsebook/access/v1";
    /// Journal record on the phone.
    JOURNAL = "pulsebook/journal/v1";
    /// Page of an evidence file on the phone.
    EVIDENCE_FILE = "pulsebook/evidence-file/v1";
    /// Store page on the phone.
    STORE_PAGE = "pulsebook/store-page/v1";
    /// Vault file on the phone, the node and the clinic.
    VAULT = "pulsebook/vault/v1";
    /// Seeded randomness of tests.
    SEEDED_RANDOM = "pulsebook/seeded-random/v1";
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_domain_is_used_twice_and_all_are_versioned() {
        let texts: BTreeSet<&str> = ALL.iter().map(|domain| domain.text()).collect();
        assert_eq!(texts.len(), ALL.len());
        assert!(texts.iter().all(|text| text.starts_with("pulsebook/") && text.ends_with("/v1")));
    }

    #[test]
    fn the_protocol_page_lists_every_domain() {
        let page = include_str!("../../docs/protocol.md");
        let list = page.split_once("All of them: ").and_then(|(_, rest)| rest.split_once('\n')).unwrap().0;
        let listed: BTreeSet<&str> = list.split(" · ").flat_map(|name| name.split("; and ")).collect();
        for domain in ALL {
            let name = domain.text().split('/').nth(1).unwrap();
            assert!(
                listed.iter().any(|one| one.trim_start_matches('`').starts_with(name)),
                "{name} is missing"
            );
        }
        assert_eq!(listed.len(), ALL.len());
    }
}
