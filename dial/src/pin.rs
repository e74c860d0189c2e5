//! The only trust there is: the server's key must hash to the pin, and the handshake must be signed with that key.

use crate::der;
use pulsebook_protocol::{bytes::Digest, hash::sha256};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, OtherError, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, ring, verify_tls13_signature_with_raw_key},
    pki_types::{CertificateDer, ServerName, SubjectPublicKeyInfoDer, UnixTime},
    version::TLS13,
};
use std::sync::Arc;

/// The pin of a DER certificate: SHA-256 of its SubjectPublicKeyInfo. `None` when the bytes are no certificate.
///
/// ```
/// assert_eq!(pulsebook_dial::pin_of_certificate(b"not a certificate"), None);
/// ```
pub fn pin_of_certificate(certificate: &[u8]) -> Option<Digest> {
    der::subject_public_key_info(certificate).map(|key| sha256(&[key]))
}

/// The server showed another key than the one it is known by. Travels inside rustls' error.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("expected the key with SHA-256 {expected}, found {found}")]
pub(crate) struct OtherKey {
    pub(crate) expected: Digest,
    pub(crate) found: Digest,
}

/// A TLS 1.3 client that trusts one key.
pub(crate) fn client_config(pin: Digest) -> Result<ClientConfig, Error> {
    let provider = Arc::new(ring::default_provider());
    let verifier = Arc::new(PinnedKey { pin, provider: Arc::clone(&provider) });
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&TLS13])?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

#[derive(Debug)]
struct PinnedKey {
    pin: Digest,
    provider: Arc<CryptoProvider>,
}

impl PinnedKey {
    /// The pinned key's bytes out of the certificate. Name, dates and issuer mean nothing here.
    fn pinned<'a>(&self, certificate: &'a CertificateDer<'_>) -> Result<&'a [u8], Error> {
        let key = der::subject_public_key_info(certificate).ok_or(CertificateError::BadEncoding)?;
        let found = sha256(&[key]);
        if found != self.pin {
            let other = OtherKey { expected: self.pin, found };
            return Err(CertificateError::Other(OtherError(Arc::new(other))).into());
        }
        Ok(key)
    }
}

impl ServerCertVerifier for PinnedKey {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.pinned(end_entity).map(|_| ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(Error::General("TLS 1.2 is not spoken here".into()))
    }

    /// With the very bytes that were compared with the pin, so that no second parser can see another key.
    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let key = SubjectPublicKeyInfoDer::from(self.pinned(cert)?);
        verify_tls13_signature_with_raw_key(
            message,
            &key,
            dss,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
