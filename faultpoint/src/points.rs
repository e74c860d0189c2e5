//! The list of all fault points, in one place.

macro_rules! points {
    ($($(#[$doc:meta])* $point:ident = $name:literal,)*) => {
        /// A place where something can fail. `tests/faults.rs` reaches each of them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Point {
            $($(#[$doc])* $point,)*
        }

        impl Point {
            /// All of them.
            pub const ALL: &'static [Point] = &[$(Point::$point,)*];

            /// By what name a test arms it.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Point::$point => $name,)*
                }
            }
        }
    };
}

points! {
    /// A folder is to be made.
    FolderMake = "folder.make",
    /// A file beside the one that it replaces is to be made.
    FileCreate = "file.create",
    /// Its bytes are to be written.
    FileWrite = "file.write",
    /// It is to be synced.
    FileSync = "file.sync",
    /// It is to take the other's place.
    FileRename = "file.rename",
    /// The names in a folder are to be synced.
    FolderSync = "folder.sync",
    /// A journal file is to be made.
    JournalCreate = "journal.create",
    /// Its header is to be written.
    JournalHeader = "journal.header",
    /// Its header is to be synced.
    JournalHeaderSync = "journal.header-sync",
    /// Room for records to come is to be made in a journal file.
    JournalRoom = "journal.room",
    /// A record is to be appended.
    JournalAppend = "journal.append",
    /// A journal file is to be synced.
    JournalSync = "journal.sync",
    /// A journal file is to be opened, or more of it to be read.
    JournalRead = "journal.read",
    /// A journal file is to be deleted.
    JournalRemove = "journal.remove",
    /// A file of raw notifications is to be made.
    EvidenceCreate = "evidence.create",
    /// Its header or a page of it is to be written.
    EvidenceWrite = "evidence.write",
    /// It is to be synced.
    EvidenceSync = "evidence.sync",
    /// It is to get its name.
    EvidenceRename = "evidence.rename",
    /// A file of raw notifications is to be opened, or a page of it to be read.
    EvidenceRead = "evidence.read",
    /// How long evidence is kept is to be written.
    EvidenceKeepCommit = "store.evidence-keep.commit",
    /// How long evidence is kept is written.
    EvidenceKeepCommitted = "store.evidence-keep.committed",
    /// The time that was seen is to be written.
    EvidenceClockCommit = "store.evidence-clock.commit",
    /// The time that was seen is written.
    EvidenceClockCommitted = "store.evidence-clock.committed",
    /// Keys of evidence that is over its time are to be removed.
    EvidenceExpireCommit = "store.evidence-expire.commit",
    /// They are removed, their files are there.
    EvidenceExpireCommitted = "store.evidence-expire.committed",
    /// A file of evidence that is over its time is to be removed.
    EvidenceRemove = "evidence.remove",
    /// A file of evidence that no row names is to be removed.
    EvidenceSweep = "evidence.sweep",
    /// What a sensor says about itself, or whose its user is, is to be written.
    SensorCommit = "store.sensor.commit",
    /// It is written.
    SensorCommitted = "store.sensor.committed",
    /// A measurement is to be kept until the patient says whose it is.
    UnassignedCommit = "store.unassigned.commit",
    /// It is kept.
    UnassignedCommitted = "store.unassigned.committed",
    /// A measurement that waited is in the journal or another person's, and is to be removed from what waits.
    LetGoCommit = "store.let-go.commit",
    /// It is removed.
    LetGoCommitted = "store.let-go.committed",
    /// That everything decided was taken or removed is to be written.
    UsersSettledCommit = "store.users-settled.commit",
    /// It is written.
    UsersSettledCommitted = "store.users-settled.committed",
    /// The vault is to be read.
    VaultRead = "vault.read",
    /// Evidence of the first version is in a file, its page is to make way for the file's row.
    EvidenceMoveCommit = "store.evidence-move.commit",
    /// It has made way.
    EvidenceMoveCommitted = "store.evidence-move.committed",
    /// How far a sensor's memory was fetched is to be written.
    FetchedCommit = "store.fetched.commit",
    /// How far a sensor's memory was fetched is written.
    FetchedCommitted = "store.fetched.committed",
    /// A reading is durable and not told yet.
    Acknowledge = "collect.acknowledge",
    /// The record's database is to be opened.
    StoreOpen = "store.open",
    /// A migration is to be committed.
    MigrateCommit = "store.migrate.commit",
    /// A migration is committed.
    MigrateCommitted = "store.migrate.committed",
    /// Rollups made again from the sealed segments are to be committed.
    RollupsCommit = "store.rollups.commit",
    /// Rollups made again are committed.
    RollupsCommitted = "store.rollups.committed",
    /// The chain's row is to be written.
    ChainCommit = "store.chain.commit",
    /// The chain's row is written.
    ChainCommitted = "store.chain.committed",
    /// A sealing is to be committed.
    SealCommit = "store.seal.commit",
    /// A sealing is committed, its head neither marked nor signed.
    SealCommitted = "store.seal.committed",
    /// The vault holds the mark, nothing is signed.
    Marked = "ledger.marked",
    /// A note is to be written.
    NoteCommit = "store.note.commit",
    /// A note is written.
    NoteCommitted = "store.note.committed",
    /// A node of the circle is to be written.
    NodeCommit = "store.node.commit",
    /// A node of the circle is written.
    NodeCommitted = "store.node.committed",
    /// A node's cursor is to be written.
    CursorCommit = "store.cursor.commit",
    /// A node's cursor is written.
    CursorCommitted = "store.cursor.committed",
    /// How far the circle accepts is to be written.
    CircleMarkCommit = "store.circle-mark.commit",
    /// How far the circle accepts is written.
    CircleMarkCommitted = "store.circle-mark.committed",
    /// How a visit went is to be written.
    VisitCommit = "store.visit.commit",
    /// How a visit went is written.
    VisitCommitted = "store.visit.committed",
    /// Keyring pages and index are to be committed.
    KeyringCommit = "store.keyring.commit",
    /// Keyring pages and index are committed.
    KeyringCommitted = "store.keyring.committed",
    /// A grant's page is to be written.
    GrantCommit = "store.grant.commit",
    /// A grant's page is written.
    GrantCommitted = "store.grant.committed",
    /// A release is to be written.
    ReleaseCommit = "store.release.commit",
    /// A release is written.
    ReleaseCommitted = "store.release.committed",
    /// Access entries are to be committed.
    AccessesCommit = "store.accesses.commit",
    /// Access entries are committed.
    AccessesCommitted = "store.accesses.committed",
    /// A request is to be sent to a node.
    DialSend = "dial.send",
    /// A node's answer has come.
    DialAnswered = "dial.answered",
    /// A grant is sealed, its file is to be written.
    GrantFile = "grant.file",
    /// What an earlier making left is to be removed, one file at a time.
    InitClear = "init.clear",
    /// A folder is to be marked as one in which a record is being made.
    InitMark = "init.mark",
    /// It is marked, the mark is to be synced.
    InitMarkSync = "init.mark-sync",
    /// A folder is marked as one in which a record is being made.
    InitBegun = "init.begun",
    /// A record is made, its words are not given away.
    WordsGiven = "init.words",
    /// Its words are given away, the folder is still marked.
    InitFinish = "init.finish",
    /// The mark is to be removed.
    InitUnmark = "init.unmark",
    /// It is a record, the person is not told.
    InitDone = "init.done",
    /// A file for words or a grant is to be made.
    SecretCreate = "secret.create",
    /// Words or a grant file are to be written.
    SecretWrite = "secret.write",
    /// They are to be synced.
    SecretSync = "secret.sync",
    /// They are to take their name.
    SecretRename = "secret.rename",
    /// A small file that a person asked for, or that of a folder's role, is to be made.
    ResultCreate = "result.create",
    /// It is to be written.
    ResultWrite = "result.write",
    /// It is to be synced.
    ResultSync = "result.sync",
    /// It is to take its name.
    ResultRename = "result.rename",
    /// A name is to be synced.
    ResultFolderSync = "result.folder-sync",
    /// A large file that a person asked for is to be made beside its name.
    BesideCreate = "beside.create",
    /// The last of its bytes are to be written.
    BesideWrite = "beside.write",
    /// It is to be synced.
    BesideSync = "beside.sync",
    /// It is to take its name.
    BesideRename = "beside.rename",
    /// A folder of bulk data is to be made beside its name.
    BulkMake = "bulk.make",
    /// Its files are whole, it or each of them is to take its name.
    BulkRename = "bulk.rename",
    /// The file of a clinic's keys is to be made.
    KeysCreate = "keys.create",
    /// It is to be written.
    KeysWrite = "keys.write",
    /// It is to be synced.
    KeysSync = "keys.sync",
    /// It is to take its name.
    KeysRename = "keys.rename",
    /// A clinic has its keys, its folder has no role.
    KeysKept = "keys.kept",
    /// A file for large sealed bytes is to be made in a node's folder.
    BlobCreate = "blob.create",
    /// It is to be written.
    BlobWrite = "blob.write",
    /// It is to be synced.
    BlobSync = "blob.sync",
    /// It is to get its name.
    BlobRename = "blob.rename",
    /// Its name is to be synced.
    BlobFolderSync = "blob.folder-sync",
    /// It is to be read.
    BlobRead = "blob.read",
    /// A blob that no row names is to be removed.
    BlobRemove = "blob.remove",
    /// What was cut off while it was put is to be removed.
    BlobSweep = "blob.sweep",
    /// A node's request is read, nothing is done.
    NodeAsked = "node.asked",
    /// A node's answer is to leave.
    NodeAnswers = "node.answers",
    /// The node's database is to be opened.
    NodeStoreOpen = "node.store.open",
    /// A migration of the node's database is to be committed.
    NodeMigrateCommit = "node.migrate.commit",
    /// A migration of the node's database is committed.
    NodeMigrateCommitted = "node.migrate.committed",
    /// A chain's enrolment is to be committed.
    NodeEnrolCommit = "node.enrol.commit",
    /// A chain's enrolment is committed.
    NodeEnrolCommitted = "node.enrol.committed",
    /// An epoch's papers are to be committed.
    NodeEpochCommit = "node.epoch.commit",
    /// An epoch's papers are committed.
    NodeEpochCommitted = "node.epoch.committed",
    /// A segment is to be committed.
    NodeSegmentCommit = "node.segment.commit",
    /// A segment is committed.
    NodeSegmentCommitted = "node.segment.committed",
    /// A keyring page or index is to be committed.
    NodeKeyringCommit = "node.keyring.commit",
    /// A keyring page or index is committed.
    NodeKeyringCommitted = "node.keyring.committed",
    /// Blocks and the head are to be committed.
    NodeAppendCommit = "node.append.commit",
    /// Blocks and the head are committed, the cosignature has not left.
    NodeAppendCommitted = "node.append.committed",
    /// A quorum certificate is to be committed.
    NodeNoteCommit = "node.note.commit",
    /// A quorum certificate is committed, the mirror cosignature has not left.
    NodeNoteCommitted = "node.note.committed",
    /// A release is to be committed.
    NodeReleaseCommit = "node.release.commit",
    /// A release is committed.
    NodeReleaseCommitted = "node.release.committed",
    /// An access entry is to be committed.
    NodeAccessCommit = "node.access.commit",
    /// An access entry is committed, what was read has not left.
    NodeAccessCommitted = "node.access.committed",
    /// A request's nonce is to be committed.
    NodeNonceCommit = "node.nonce.commit",
    /// A request's nonce is committed.
    NodeNonceCommitted = "node.nonce.committed",
}
