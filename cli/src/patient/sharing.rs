//! The circle, sync, grants, access entries and verification.

use super::{
    AccessView, CircleNode, GrantView, GrantWish, Granted, Patient, Revoked, StatusView, SyncedNode, Verified,
};
use crate::exit::{Failure, Outcome};
use pulsebook_protocol::{
    card::{GranteeCard, NodeCard},
    words::RecoveryWords,
};

fn later<T>() -> Outcome<T> {
    Err(Failure::new("not connected yet"))
}

impl Patient {
    pub(crate) async fn add_node(&self, _card: &NodeCard) -> Outcome {
        later()
    }
    pub(crate) async fn confirm_circle(&self, _words: &RecoveryWords) -> Outcome {
        later()
    }
    pub(crate) async fn circle(&self) -> Outcome<Vec<CircleNode>> {
        later()
    }
    pub(crate) async fn sync(&self) -> Outcome<Vec<SyncedNode>> {
        later()
    }
    pub(crate) async fn status(&self) -> Outcome<StatusView> {
        later()
    }
    pub(crate) async fn grant(&self, _card: &GranteeCard, _wish: &GrantWish) -> Outcome<Granted> {
        later()
    }
    pub(crate) async fn grants(&self) -> Outcome<Vec<GrantView>> {
        later()
    }
    pub(crate) async fn revoke(&self, _id: &str) -> Outcome<Revoked> {
        later()
    }
    pub(crate) async fn accesses(&self) -> Outcome<Vec<AccessView>> {
        later()
    }
    pub(crate) async fn verify(&self) -> Outcome<Verified> {
        later()
    }
}
