//! What a record refuses, in words that help; and who else can get at its files.

use super::*;
use crate::keys::{HighWaterMark, Pending as VaultPending, SecretName, VaultError};

#[tokio::test]
async fn a_wrong_passphrase_a_second_process_and_a_second_record_are_refused_in_words() {
    let (dir, record) = new_record().await;
    let second = reopen(&dir).await.unwrap_err();
    assert!(matches!(second, Error::Store(StoreError::InUse(_))), "{second}");
    drop(record);
    let error = FileVault::open(&dir.join("vault.json"), "Passphrase").unwrap_err();
    assert!(error.to_string().contains("passphrase does not open"), "{error}");
    let again = Record::create(&dir.join("record"), vault(&dir), options(3)).await.unwrap_err();
    assert!(matches!(again, Error::Store(StoreError::AlreadyThere(_))));
    let empty = Record::open(&dir.join("nothing"), vault(&dir), options(3)).await.unwrap_err();
    assert!(empty.to_string().contains("pulsebook init"), "{empty}");
}

#[tokio::test]
async fn a_damaged_database_is_not_taken_for_a_full_disk() {
    let (dir, record) = new_record().await;
    drop(record);
    for leftover in ["record.sqlite-wal", "record.sqlite-shm"] {
        let _ = std::fs::remove_file(dir.join("record").join(leftover));
    }
    std::fs::write(dir.join("record/record.sqlite"), [0x55; 8192]).unwrap();
    let error = reopen(&dir).await.unwrap_err();
    assert!(matches!(error, Error::Store(StoreError::Corrupt(_))), "{error}");
    assert!(error.to_string().contains("from a backup") && !error.to_string().contains("space"), "{error}");
    let full = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_FULL);
    let full = StoreError::from(rusqlite::Error::SqliteFailure(full, None));
    assert!(matches!(full, StoreError::Full(_)) && full.to_string().contains("free some space"), "{full}");
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_can_enter_the_folder_or_read_a_file_of_it() {
    use std::os::unix::fs::PermissionsExt;
    let dir = scratch();
    // A folder that somebody made before is closed too.
    std::fs::create_dir(dir.join("record")).unwrap();
    let (record, _) = Record::create(&dir.join("record"), vault(&dir), options(1)).await.unwrap();
    collect(&record, stream(0, 3)).await;
    let mut paths = vec![dir.join("record")];
    while let Some(path) = paths.pop() {
        let found = path.metadata().unwrap();
        let wanted = if found.is_dir() { 0o700 } else { 0o600 };
        assert_eq!(found.permissions().mode() & 0o777, wanted, "{}", path.display());
        if found.is_dir() {
            paths.extend(std::fs::read_dir(&path).unwrap().flatten().map(|entry| entry.path()));
        }
    }
}

/// A vault whose disk is full.
struct FullVault(Box<dyn crate::keys::KeyVault>);

impl crate::keys::KeyVault for FullVault {
    fn wrap<'a>(&'a self, _: SecretName, _: &'a [u8]) -> VaultPending<'a, Result<(), VaultError>> {
        Box::pin(ready(Err(no_room())))
    }

    fn secret(&self, name: SecretName) -> VaultPending<'_, Result<zeroize::Zeroizing<Vec<u8>>, VaultError>> {
        self.0.secret(name)
    }

    fn forget(&self, _: SecretName) -> VaultPending<'_, Result<(), VaultError>> {
        Box::pin(ready(Err(no_room())))
    }

    fn high_water_mark(&self) -> VaultPending<'_, Result<Option<HighWaterMark>, VaultError>> {
        self.0.high_water_mark()
    }

    fn set_high_water_mark(&self, _: HighWaterMark) -> VaultPending<'_, Result<(), VaultError>> {
        Box::pin(ready(Err(no_room())))
    }
}

fn no_room() -> VaultError {
    VaultError::File { path: "vault.json".into(), reason: "no space left".to_owned() }
}

#[tokio::test]
async fn a_record_whose_vault_has_no_room_is_read_and_signs_when_it_has() {
    let (dir, record) = new_record().await;
    collect(&record, stream(0, 5)).await;
    {
        // Killed after the block, before the mark.
        let mut pipeline = crate::store::locked(&record.inner.pipeline);
        let mut random = crate::store::locked(&record.inner.random);
        let drafts = pipeline.staging().drafts(&mut **random).unwrap();
        let blocks = crate::store::locked(&record.inner.ledger).build(drafts, &[], 0, &mut **random).unwrap();
        let sealing = crate::store::Sealing {
            blocks,
            journal_through: pipeline.last_file(),
            counts: pipeline.counts(),
            ..crate::store::Sealing::default()
        };
        record.inner.store.commit(&sealing, 0, &mut **random).unwrap();
        pipeline.sealed();
    }
    drop(record);
    let full = Box::new(FullVault(vault(&dir)));
    let record = Record::open(&dir.join("record"), full, options(2)).await.unwrap();
    assert_eq!(everything(&record).await.readings.len(), 10);
    let undone = record.status().await.unwrap().left_undone;
    assert!(undone[0].contains("could not be signed") && undone[0].contains("no space left"), "{undone:?}");
    assert!(record.seal().await.is_err());
    assert_eq!(record.inner.store.newest_note(0).unwrap().unwrap().0, 1);
    drop(record);
    let record = reopen(&dir).await.unwrap();
    assert_eq!(record.inner.store.newest_note(0).unwrap().unwrap().0, 2);
    drop(record);
    let full = Box::new(FullVault(vault(&dir)));
    let record = Record::open(&dir.join("record"), full, options(2)).await.unwrap();
    assert!(record.status().await.unwrap().left_undone.is_empty(), "a mark that stands needs no room");
}
