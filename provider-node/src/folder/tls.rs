//! A node's TLS key and self-signed certificate. Phones and clinics pin the key; no authority is asked.

use super::{FolderError, files::write_private};
use pulsebook_protocol::{bytes::Digest, hash::sha256};
use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P256_SHA256, PublicKeyData};
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer},
};
use std::{path::Path, sync::Arc};
use zeroize::Zeroizing;

const KEY: &str = "tls.key";
const CERTIFICATE: &str = "tls.crt";

/// TLS key (PKCS#8, P-256: what every phone accepts), certificate and the pin on node cards.
pub struct TlsKeys {
    key: Zeroizing<Vec<u8>>,
    certificate: Vec<u8>,
    pin: Digest,
}

impl TlsKeys {
    /// Makes and keeps both.
    pub(super) fn make(dir: &Path, address: Option<&str>) -> Result<(), FolderError> {
        let unusable = |error: rcgen::Error| FolderError::Unusable(format!("no TLS key: {error}"));
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(unusable)?;
        let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
        names.extend(address.and_then(host).filter(|host| !names.contains(host)));
        let certificate = CertificateParams::new(names).and_then(|params| params.self_signed(&key));
        let certificate = certificate.map_err(unusable)?;
        write_private(&dir.join(KEY), &Zeroizing::new(key.serialize_der()))?;
        write_private(&dir.join(CERTIFICATE), certificate.der())
    }

    /// Reads both back.
    pub(super) fn read(dir: &Path) -> Result<Self, FolderError> {
        let file = |name: &str| {
            let path = dir.join(name);
            std::fs::read(&path).map_err(|source| FolderError::File { path, source })
        };
        let key = Zeroizing::new(file(KEY)?);
        let pair = KeyPair::try_from(key.as_slice())
            .map_err(|error| FolderError::Damaged { path: dir.join(KEY), reason: error.to_string() })?;
        let pin = sha256(&[&pair.subject_public_key_info()]);
        Ok(TlsKeys { key, certificate: file(CERTIFICATE)?, pin })
    }

    /// SHA-256 of the SubjectPublicKeyInfo.
    #[must_use]
    pub fn pin(&self) -> Digest {
        self.pin
    }

    /// The certificate, DER.
    #[must_use]
    pub fn certificate(&self) -> &[u8] {
        &self.certificate
    }

    /// TLS 1.3 only, HTTP/2 before HTTP/1.1.
    pub(crate) fn server_config(&self) -> Result<ServerConfig, rustls::Error> {
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(self.key.to_vec()));
        let certificate = CertificateDer::from(self.certificate.clone());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])?
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(config)
    }
}

fn host(address: &str) -> Option<String> {
    let rest = address.strip_prefix("https://")?;
    let host = match rest.strip_prefix('[') {
        Some(bracketed) => bracketed.split_once(']')?.0,
        None => rest.split(':').next()?,
    };
    Some(host.to_owned())
}
