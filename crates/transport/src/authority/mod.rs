//! A certificate authority for trials and tests. Real hospitals bring certificates of their own.

mod issued;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose, SanType, date_time_ymd,
};
use renkei_runtime::Timestamp;

pub use issued::Issued;

use crate::error::Error;
use crate::identity::Identity;

/// When a certificate is valid: both ends included, to the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// The first moment.
    pub from: Timestamp,
    /// The last moment.
    pub until: Timestamp,
}

/// A certificate authority whose key lives in this process only: once it is dropped, nobody can sign in its name.
#[derive(Debug)]
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl Authority {
    /// A new authority for trials at `site`. It and those it issues for have keys of ECDSA P-256.
    pub fn new(site: &str, validity: Validity) -> Result<Self, Error> {
        let key = KeyPair::generate()?;
        // Two authorities of one name would be told apart only by a bad signature, which says little to a reader.
        let mark: String =
            CertificateParams::default().key_identifier(&key)[..4].iter().map(|byte| format!("{byte:02x}")).collect();
        let mut params = params(&format!("Renkei trial authority {mark} of {site}"), validity)?;
        // Nothing below it may sign for others in turn.
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        Ok(Self { issuer: CertifiedIssuer::self_signed(params, key)? })
    }

    /// The authority's own certificate, in PEM form: what every process of the trial trusts.
    #[must_use]
    pub fn certificate(&self) -> String {
        self.issuer.pem()
    }

    /// A key and a certificate for `identity`. A coordinator or hub is reached under `hosts` (names or IP addresses)
    /// and may serve; everybody else gets a certificate that can only dial.
    pub fn issue(&self, identity: &Identity, hosts: &[&str], validity: Validity) -> Result<Issued, Error> {
        let mut params = params(&format!("{} {}", identity.role(), identity.name()), validity)?;
        let hosts = CertificateParams::new(hosts.iter().map(|&host| host.to_owned()).collect::<Vec<_>>())?;
        params.subject_alt_names = hosts.subject_alt_names;
        params.subject_alt_names.push(SanType::URI(identity.to_string().try_into()?));
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        if identity.role().serves() {
            params.extended_key_usages.push(ExtendedKeyUsagePurpose::ServerAuth);
        }
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, &self.issuer)?;
        Ok(Issued::new(self.certificate(), certificate.pem(), key.serialize_pem()))
    }
}

fn params(common_name: &str, validity: Validity) -> Result<CertificateParams, Error> {
    let Validity { from, until } = validity;
    let refused = |_| Error::Validity { from, until };
    let since_1970 = |time: Timestamp| u64::try_from(time.unix_millis()).map(std::time::Duration::from_millis);
    let (begin, end) = (since_1970(from).map_err(refused)?, since_1970(until).map_err(refused)?);
    if end <= begin {
        return Err(Error::Validity { from, until });
    }
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, common_name);
    params.not_before = date_time_ymd(1970, 1, 1) + begin;
    params.not_after = date_time_ymd(1970, 1, 1) + end;
    Ok(params)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::{Leaf, Role};

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_certificate_names_its_holder_and_is_valid_as_asked() {
        let validity = Validity { from: at("2026-01-02T03:04:05Z"), until: at("2027-01-02T03:04:05Z") };
        let authority = Authority::new("tokyo", validity).unwrap();
        let identity = Identity::new(Role::Worker, "tokyo", "w1").unwrap();
        let issued = authority.issue(&identity, &[], validity).unwrap();
        let (_, pem) = x509_parser::pem::parse_x509_pem(issued.certificate().as_bytes()).unwrap();
        assert_eq!(Leaf::read(&pem.contents).unwrap(), Leaf { identity, from: validity.from, until: validity.until });
    }

    #[test]
    fn times_that_cannot_be_written_and_hosts_that_cannot_be_dialled_are_refused() {
        let (early, late) = (at("2026-01-01T00:00:00Z"), at("2027-01-01T00:00:00Z"));
        for (from, until) in [(late, early), (early, early), (at("1969-12-31T23:59:59Z"), late)] {
            let error = Authority::new("tokyo", Validity { from, until }).unwrap_err();
            assert!(matches!(error, Error::Validity { .. }), "{error}");
        }
        let validity = Validity { from: early, until: late };
        let authority = Authority::new("tokyo", validity).unwrap();
        let identity = Identity::new(Role::Coordinator, "tokyo", "c1").unwrap();
        assert!(matches!(authority.issue(&identity, &["東京"], validity), Err(Error::Issue(_))));
    }
}
