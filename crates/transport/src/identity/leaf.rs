//! What this crate reads of a certificate.

use renkei_runtime::Timestamp;
use x509_parser::prelude::{ASN1Time, FromDer as _, GeneralName, X509Certificate};

use super::Identity;
use crate::authority::Validity;
use crate::error::Unclear;

/// Holder and validity of a certificate. Its signature is TLS's business.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Leaf {
    pub(crate) identity: Identity,
    /// The first moment of its validity.
    pub(crate) from: Timestamp,
    /// The last second of its validity, as its beginning.
    pub(crate) until: Timestamp,
}

impl Leaf {
    /// Reads a certificate in DER form.
    pub(crate) fn read(der: &[u8]) -> Result<Self, Unclear> {
        let (rest, certificate) = X509Certificate::from_der(der).map_err(|_| Unclear("is no X.509 certificate"))?;
        if !rest.is_empty() {
            return Err(Unclear("is followed by other bytes"));
        }
        let Validity { from, until } = validity(&certificate)?;
        Ok(Self { identity: holder(&certificate)?, from, until })
    }
}

/// When a certificate is valid.
pub(crate) fn validity(certificate: &X509Certificate<'_>) -> Result<Validity, Unclear> {
    let validity = certificate.validity();
    Ok(Validity { from: moment(validity.not_before)?, until: moment(validity.not_after)? })
}

/// The holder in the one URI name. Further DNS and IP names are where a server is found, never who it is.
fn holder(certificate: &X509Certificate<'_>) -> Result<Identity, Unclear> {
    // x509-parser gives an error where the extension is there twice or cannot be read.
    let names =
        certificate.subject_alternative_name().map_err(|_| Unclear("has alternative names that cannot be read"))?;
    let names = names.map(|extension| &extension.value.general_names[..]).unwrap_or_default();
    let mut uris = names.iter().filter_map(|name| if let GeneralName::URI(uri) = name { Some(*uri) } else { None });
    match (uris.next(), uris.next()) {
        (Some(uri), None) => uri.parse(),
        (None, _) => Err(Unclear("has no URI name")),
        (Some(_), Some(_)) => Err(Unclear("has more than one URI name")),
    }
}

fn moment(time: ASN1Time) -> Result<Timestamp, Unclear> {
    let unclear = || Unclear("has a validity that cannot be read");
    let millis = time.timestamp().checked_mul(1_000).ok_or_else(unclear)?;
    Timestamp::from_unix_millis(millis).map_err(|_| unclear())
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair, SanType};

    use super::*;

    const W1: &str = "spiffe://tokyo/renkei/worker/w1";

    fn read(names: &[SanType]) -> Result<Leaf, Unclear> {
        let mut params = CertificateParams::default();
        params.subject_alt_names = names.to_vec();
        Leaf::read(params.self_signed(&KeyPair::generate().unwrap()).unwrap().der())
    }

    fn uri(text: &str) -> SanType {
        SanType::URI(text.try_into().unwrap())
    }

    fn dns(text: &str) -> SanType {
        SanType::DnsName(text.try_into().unwrap())
    }

    #[test]
    fn the_one_uri_name_is_the_holder_whatever_hosts_stand_beside_it() {
        let leaf = read(&[dns("localhost"), uri(W1)]).unwrap();
        assert_eq!(leaf.identity, W1.parse().unwrap());
        assert_eq!(leaf.from.to_string(), "1975-01-01T00:00:00.000Z");
    }

    #[test]
    fn no_uri_name_two_and_foreign_ones_are_refused() {
        assert_eq!(read(&[]), Err(Unclear("has no URI name")));
        assert_eq!(read(&[dns("localhost")]), Err(Unclear("has no URI name")));
        assert_eq!(read(&[uri(W1), uri(W1)]), Err(Unclear("has more than one URI name")));
        assert_eq!(read(&[uri(W1), uri("https://tokyo/")]), Err(Unclear("has more than one URI name")));
        assert_eq!(read(&[uri("https://tokyo/")]), Err(Unclear("has a URI name that is no spiffe:// one")));
        // A host that looks like a holder is none.
        assert_eq!(read(&[dns(W1)]), Err(Unclear("has no URI name")));
    }

    #[test]
    fn bytes_that_are_no_certificate_are_refused() {
        assert!(Leaf::read(b"").is_err());
        assert!(Leaf::read(&[0x30; 64]).is_err());
        let mut params = CertificateParams::default();
        params.subject_alt_names = vec![uri(W1)];
        let der = params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().to_vec();
        assert!(Leaf::read(&der[..der.len() - 1]).is_err());
        assert_eq!(Leaf::read(&[&der[..], b"x"].concat()), Err(Unclear("is followed by other bytes")));
    }
}
