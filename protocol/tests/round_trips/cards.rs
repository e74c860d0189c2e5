//! Node cards, grantee cards and grant files.

use crate::{Counting, digest, grant_id, key, octets, only_whole, receive_key, request_key};
use proptest::{collection::vec, option, prelude::*, sample::subsequence};
use pulsebook_protocol::{
    bytes::Salt16,
    card::{Delegated, GrantFile, GranteeCard, NodeCard},
    delegation::{HandedFor, encode_list, seal_handed},
    proposal::chain_id,
    secret::Secret32,
    vital::Category,
};
use std::collections::BTreeMap;

/// What stands on one line; 60 characters have at most 180 bytes there.
const NAME: &str = "[A-Za-zÀ-ž→][A-Za-zÀ-ž \"\\\\{}→]{0,59}";

/// Reads whole text only.
fn whole_text<T>(json: &str, cut: prop::sample::Index, read: impl Fn(&str) -> Option<T>) {
    only_whole(json.as_bytes(), cut, |bytes| read(std::str::from_utf8(bytes).ok()?));
}

fn grant_file() -> impl Strategy<Value = GrantFile> {
    let secrets = (any::<[u8; 32]>(), any::<[u8; 32]>(), any::<[u8; 16]>());
    let categories = subsequence(Category::ALL.to_vec(), 0..=Category::ALL.len());
    let passed_on = option::of((vec(octets(200), 1..4), receive_key(), grant_id()));
    (secrets, categories, octets(300), octets(300), "\\PC{0,100}", passed_on).prop_map(
        |((root, label_key, salt), categories, token, directory, sentence, passed_on)| {
            let (first_root, salt) = (key(root).public(), Salt16::from_bytes(salt));
            let chain = chain_id(&first_root, &salt);
            let delegated = passed_on.map(|(links, to, grant_id)| {
                let links: Vec<Vec<u8>> = links.into_iter().map(|link| link.0).collect();
                let list = encode_list(&links);
                let what = HandedFor { chain: &chain, grant_id: &grant_id, list: &list };
                let handed = seal_handed(&to.public(), what, &BTreeMap::new(), &mut Counting(1)).unwrap();
                Delegated { links, handed }
            });
            let label_key = Secret32::from_bytes(label_key);
            let (token, directory) = (token.0, directory.0);
            GrantFile {
                token,
                chain,
                first_root,
                salt,
                label_key,
                categories,
                directory,
                sentence,
                delegated,
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn node_cards_come_back(name in NAME, host in "[a-z0-9.-]{1,60}(:[0-9]{1,5})?", identity: [u8; 32], tls_pin in digest(), invite in option::of("\\PC{0,40}"), cut: prop::sample::Index) {
        let address = format!("https://{host}");
        let card = NodeCard { name, address, identity: key(identity).public(), tls_pin, invite };
        let read = NodeCard::parse(&card.to_json()).unwrap();
        prop_assert_eq!(&read, &card);
        prop_assert_eq!(read.to_json(), card.to_json());
        whole_text(&card.to_json(), cut, |json| NodeCard::parse(json).ok());
    }

    #[test]
    fn grantee_cards_come_back(name in NAME, request in request_key(), receive in receive_key(), cut: prop::sample::Index) {
        let card = GranteeCard::make_for(&name, &request, receive.public()).unwrap();
        let read = GranteeCard::parse(&card.to_json()).unwrap();
        prop_assert_eq!((read.name(), read.request_key()), (&name[..], request.public()));
        prop_assert_eq!(read.receive_key(), &receive.public());
        prop_assert_eq!(&read, &card);
        prop_assert_eq!(read.to_json(), card.to_json());
        whole_text(&card.to_json(), cut, |json| GranteeCard::parse(json).ok());
    }

    #[test]
    fn grant_files_come_back(file in grant_file(), cut: prop::sample::Index) {
        let json = file.to_json();
        let read = GrantFile::parse(&json).unwrap();
        prop_assert_eq!((&read.token, read.chain, read.first_root, read.salt), (&file.token, file.chain, file.first_root, file.salt));
        prop_assert_eq!(read.label_key.expose(), file.label_key.expose());
        prop_assert_eq!((&read.categories, &read.directory, &read.sentence), (&file.categories, &file.directory, &file.sentence));
        prop_assert_eq!((&read.delegated, read.delegation_list()), (&file.delegated, file.delegation_list()));
        prop_assert_eq!(&read.to_json()[..], &json[..]);
        whole_text(&json, cut, |json| GrantFile::parse(json).ok());
    }
}
