//! A certificate authority: one that lives as long as a trial, or one that a consortium keeps.

mod folder;
mod issued;
mod kept;
mod request;

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, PublicKeyData, SanType, SerialNumber, date_time_ymd,
};
use renkei_runtime::Timestamp;

pub use issued::Issued;
pub use request::{CertificateRequest, MAX_REQUEST_BYTES};

use crate::error::Error;
use crate::identity::Identity;
use crate::provider::ring;

/// When a certificate is valid: both ends included, to the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// The first moment.
    pub from: Timestamp,
    /// The last moment.
    pub until: Timestamp,
}

/// A certificate authority of one realm. As long as it is not written to a folder ([`Authority::write`]) its key lives in
/// this process only: once it is dropped, nobody can sign in its name.
///
/// It signs what it is told to: that a caller may have the name it asks for, whoever calls this has found out.
#[derive(Debug)]
pub struct Authority {
    /// In PEM form.
    certificate: String,
    validity: Validity,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    /// A new authority for `realm`. It and those it issues for have keys of ECDSA P-256.
    pub fn new(realm: &str, validity: Validity) -> Result<Self, Error> {
        let key = KeyPair::generate()?;
        // Two authorities of one name would be told apart only by a bad signature, which says little to a reader.
        let mark: String =
            CertificateParams::default().key_identifier(&key)[..4].iter().map(|byte| format!("{byte:02x}")).collect();
        let mut params = params(&format!("Renkei authority {mark} of {realm}"), validity)?;
        // Nothing below it may sign for others in turn.
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let certificate = params.self_signed(&key)?.pem();
        Ok(Self { certificate, validity, issuer: Issuer::new(params, key) })
    }

    /// The authority's own certificate, in PEM form: what every process of the realm trusts.
    #[must_use]
    pub fn certificate(&self) -> &str {
        &self.certificate
    }

    /// When the authority's own certificate is valid. Nothing stops it from signing for longer, or its peers from
    /// trusting that: who signs for others ends what it signs in time.
    #[must_use]
    pub fn validity(&self) -> Validity {
        self.validity
    }

    /// A key and a certificate for `identity`. A coordinator or hub is reached under `hosts` (names or IP addresses)
    /// and may serve; everybody else gets a certificate that can only dial.
    pub fn issue(&self, identity: &Identity, hosts: &[&str], validity: Validity) -> Result<Issued, Error> {
        let key = KeyPair::generate()?;
        let certificate = self.certify(&key, identity, hosts, validity)?;
        Ok(Issued::new(self.certificate.clone(), certificate.pem(), key.serialize_pem()))
    }

    /// A certificate, in PEM form, like those of [`Authority::issue`] for the key of `request` (the PEM form of a
    /// [`CertificateRequest`]), if its sender has that key. Nothing but the public key is taken from the request: the
    /// names, uses and times that it asks for are not read. An error where it is longer than [`MAX_REQUEST_BYTES`], is
    /// not signed with its own key, or has another kind of key than ECDSA P-256.
    pub fn sign(
        &self,
        request: &str,
        identity: &Identity,
        hosts: &[&str],
        validity: Validity,
    ) -> Result<String, Error> {
        let certificate = self.certify(&request::public_key(request)?, identity, hosts, validity)?;
        Ok(certificate.pem())
    }

    fn certify(
        &self,
        key: &impl PublicKeyData,
        identity: &Identity,
        hosts: &[&str],
        validity: Validity,
    ) -> Result<Certificate, Error> {
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
        params.serial_number = Some(serial()?);
        Ok(params.signed_by(key, &self.issuer)?)
    }
}

/// No two certificates of an authority have the same, even where they are for the same key (RFC 5280, 4.1.2.2).
fn serial() -> Result<SerialNumber, Error> {
    let mut bytes = [0; 16];
    ring().secure_random.fill(&mut bytes).map_err(|_| Error::Setup("the system gives no random numbers".into()))?;
    Ok(SerialNumber::from_slice(&bytes))
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
