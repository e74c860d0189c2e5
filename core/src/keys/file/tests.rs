//! The file vault against the contract, wrong passphrases and altered files.

use super::*;
use crate::{
    keys::contract,
    store::testing::{Scratch, scratch},
};

const COST: PassphraseCost = PassphraseCost::WEAK_FOR_TESTS;

fn vault() -> (Scratch, PathBuf, FileVault) {
    let scratch = scratch();
    let path = scratch.join("vault.json");
    let vault = FileVault::create(&path, "open sesame", COST).unwrap();
    (scratch, path, vault)
}

#[test]
fn it_keeps_the_contract() {
    let (_scratch, path, vault) = vault();
    contract::keeps_what_it_is_given(&vault);
    drop(vault);
    fs::remove_file(&path).unwrap();
    drop(FileVault::create(&path, "open sesame", COST).unwrap());
    contract::survives_reopening(&|| Box::new(FileVault::open(&path, "open sesame").unwrap()));
}

#[test]
fn a_wrong_passphrase_and_an_altered_file_are_refused() {
    let (_scratch, path, vault) = vault();
    contract::run(vault.wrap(SecretName::StoreKey, b"planted marker")).unwrap();
    assert!(matches!(FileVault::open(&path, "open sesam"), Err(VaultError::WrongPassphrase)));
    let text = fs::read_to_string(&path).unwrap();
    assert!(!text.contains("planted marker") && !text.contains(&to_hex(b"planted marker")));
    fs::write(&path, text.replace("\"t\":1", "\"t\":2")).unwrap();
    assert!(matches!(FileVault::open(&path, "open sesame"), Err(VaultError::WrongPassphrase)));
    fs::write(&path, text.replace("\"m_kib\":64", "\"m_kib\":4000000000")).unwrap();
    assert!(matches!(FileVault::open(&path, "open sesame"), Err(VaultError::NotAVault(_))));
}

#[test]
fn a_vault_is_neither_overwritten_nor_invented() {
    let (scratch, path, _vault) = vault();
    assert!(matches!(FileVault::create(&path, "x", COST), Err(VaultError::AlreadyThere(_))));
    assert!(matches!(FileVault::open(&scratch.join("other"), "x"), Err(VaultError::NoVault(_))));
}

#[test]
fn the_strong_cost_is_what_records_promise() {
    assert_eq!(PassphraseCost::STRONG, PassphraseCost { m_kib: 65_536, t: 3, p: 1 });
}
