//! A node's settings: name, invites, where it is reached.

use super::{FolderError, NewNode, files::write_private};
use pulsebook_protocol::{
    bytes::Salt16,
    hash::sha256,
    random::{Random, make_bytes},
};
use serde::{Deserialize, Serialize};
use std::{net::SocketAddr, path::Path};
use zeroize::Zeroizing;

const FILE: &str = "node.json";
/// What stands beside it and cannot be told from something else by itself.
const KEY_FILES: [&str; 4] = ["master.key", "identity.key", "tls.key", "tls.crt"];
const NAME_LIMIT: usize = 200;

/// Who may bring a new chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum InviteChoice {
    /// Everyone.
    Open,
    /// Whoever has one of these codes; each takes in one chain. An empty list at `init` makes one code.
    Codes(Vec<String>),
}

/// What `node.json` has.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Settings {
    pub(super) name: String,
    pub(super) invites: InviteChoice,
    pub(super) address: Option<String>,
    pub(super) listened: Option<SocketAddr>,
    /// SHA-256 over what stands above and the key files beside it: a changed byte of them is found when the folder is opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    check: Option<String>,
}

impl Settings {
    pub(super) fn make(new: NewNode, random: &mut dyn Random) -> Result<Self, FolderError> {
        let name = new.name.trim().to_owned();
        if name.is_empty() || name.len() > NAME_LIMIT || name.chars().any(char::is_control) {
            return Err(FolderError::Unusable("a node's name is one line of 1 to 200 bytes".into()));
        }
        let address = new.address.map(|address| address.trim_end_matches('/').to_owned());
        let rest = address.as_deref().map(|address| address.strip_prefix("https://").unwrap_or_default());
        if rest.is_some_and(|rest| rest.is_empty() || rest.contains(['/', ' '])) {
            let expected = "a node's address is https://, a host and perhaps a port, without a path";
            return Err(FolderError::Unusable(expected.into()));
        }
        let mut settings = Settings { name, invites: new.invites, address, listened: None, check: None };
        if settings.invites == InviteChoice::Codes(Vec::new()) {
            settings.make_invite(random)?;
        }
        Ok(settings)
    }

    pub(super) fn make_invite(&mut self, random: &mut dyn Random) -> Result<String, FolderError> {
        let code = Salt16::from_bytes(make_bytes(random)?).to_string();
        match &mut self.invites {
            InviteChoice::Open => Err(FolderError::Unusable("an open node needs no invite codes".into())),
            InviteChoice::Codes(codes) => {
                // The newest first: the card shows one that is probably unused.
                codes.insert(0, code.clone());
                Ok(code)
            }
        }
    }

    pub(super) fn first_invite(&self) -> Option<String> {
        match &self.invites {
            InviteChoice::Open => None,
            InviteChoice::Codes(codes) => codes.first().cloned(),
        }
    }

    pub(super) fn origin(&self) -> Option<String> {
        self.address.clone().or_else(|| self.listened.map(|listened| format!("https://{listened}")))
    }

    pub(super) fn read(dir: &Path) -> Result<Self, FolderError> {
        let path = dir.join(FILE);
        let text = std::fs::read(&path).map_err(|source| FolderError::File { path: path.clone(), source })?;
        let damaged = |reason: String| FolderError::Damaged { path: path.clone(), reason };
        let settings: Settings = serde_json::from_slice(&text).map_err(|error| damaged(error.to_string()))?;
        match &settings.check {
            Some(check) if *check != settings.sum(dir)? => {
                Err(damaged("it, or one of the key files beside it, is not what was written".into()))
            }
            _ => Ok(settings),
        }
    }

    pub(super) fn write(&mut self, dir: &Path) -> Result<(), FolderError> {
        self.check = Some(self.sum(dir)?);
        // These fields always serialise.
        let text = serde_json::to_string_pretty(self).unwrap_or_default();
        write_private(&dir.join(FILE), text.as_bytes())
    }

    fn sum(&self, dir: &Path) -> Result<String, FolderError> {
        let bare = Settings { check: None, ..self.clone() };
        let mut parts = vec![sha256(&[serde_json::to_string(&bare).unwrap_or_default().as_bytes()])];
        for name in KEY_FILES {
            let path = dir.join(name);
            let bytes = std::fs::read(&path).map(Zeroizing::new);
            parts.push(sha256(&[&bytes.map_err(|source| FolderError::File { path, source })?]));
        }
        Ok(sha256(&parts.iter().map(|part| &part.as_bytes()[..]).collect::<Vec<_>>()).to_string())
    }
}
