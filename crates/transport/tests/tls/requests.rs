//! Certificates for keys that never leave their holder.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, PKCS_ECDSA_P384_SHA384,
    PKCS_ED25519, PublicKeyData, SanType, SignatureAlgorithm, SigningKey,
};
use renkei_domain::ErrorKind;
use renkei_transport::{CertificateRequest, Credentials, Error, Identity, MAX_REQUEST_BYTES, Role};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, CertificateSigningRequestDer};
use x509_parser::prelude::{FromDer as _, X509Certificate, X509CertificationRequest};

use crate::trial::{HOSTS, Serving, TOKYO, Trial, around, clock, dial, identity, open_to, valid};

fn site() -> Identity {
    identity(Role::Site, TOKYO, "it")
}

/// What the authority answers to `request`, of the site `it`.
fn sign(trial: &Trial, request: &str) -> Result<String, Error> {
    trial.authority.sign(request, &site(), &[], valid())
}

fn refused(trial: &Trial, request: &str) -> String {
    let error = sign(trial, request).unwrap_err();
    assert!(matches!(error, Error::Request { .. }), "{error}");
    assert_eq!(error.kind(), ErrorKind::Invalid);
    error.to_string()
}

/// The credentials of the site `it` after the answer `certificate`.
fn answered(trial: &Trial, request: &CertificateRequest, certificate: &str, folder: &str) -> Credentials {
    let issued = request.answered(trial.authority.certificate(), certificate, &site()).unwrap();
    Credentials::read(&trial.write(&issued, folder), &*clock()).unwrap()
}

async fn hub(trial: &Trial) -> Serving {
    Serving::start(&trial.credentials(Role::Hub, TOKYO), open_to(Role::Hub), clock()).await
}

#[tokio::test]
async fn a_signed_request_gets_its_holder_in_and_the_key_stayed_there() {
    let trial = Trial::new();
    let hub = hub(&trial).await;
    let request = CertificateRequest::new().unwrap();
    assert!(!request.pem().contains("PRIVATE") && !format!("{request:?}").contains("PRIVATE"));
    assert!(request.pem().len() < MAX_REQUEST_BYTES / 4, "{}", request.pem().len());
    let certificate = sign(&trial, request.pem()).unwrap();
    dial(&answered(&trial, &request, &certificate, "it"), &hub.url()).await.unwrap();
    assert_eq!(hub.callers(), [site()]);
}

#[tokio::test]
async fn a_hub_s_certificate_that_came_by_request_serves_under_the_hosts_that_the_authority_gave() {
    let trial = Trial::new();
    let (request, holder) = (CertificateRequest::new().unwrap(), identity(Role::Hub, TOKYO, "h1"));
    let certificate = trial.authority.sign(request.pem(), &holder, &HOSTS, valid()).unwrap();
    let issued = request.answered(trial.authority.certificate(), &certificate, &holder).unwrap();
    let credentials = Credentials::read(&trial.write(&issued, "h1"), &*clock()).unwrap();
    let hub = Serving::start(&credentials, open_to(Role::Hub), clock()).await;
    dial(&trial.credentials(Role::Site, TOKYO), &hub.url()).await.unwrap();
}

#[test]
fn whatever_a_request_asks_for_the_authority_decides() {
    let trial = Trial::new();
    let mut greedy = CertificateParams::new(HOSTS.map(str::to_owned)).unwrap();
    greedy.distinguished_name.push(DnType::CommonName, "the hub");
    let hub = identity(Role::Hub, TOKYO, "h1").to_string();
    greedy.subject_alt_names.push(SanType::URI(hub.try_into().unwrap()));
    greedy.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    greedy.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::Any];
    let key = KeyPair::generate().unwrap();
    let greedy = greedy.serialize_request(&key).unwrap().pem().unwrap();

    let got = sign(&trial, &greedy).unwrap();
    assert_eq!(told(&got).0, key.subject_public_key_info());
    assert_eq!(told(&got).1, told(&sign(&trial, CertificateRequest::new().unwrap().pem()).unwrap()).1);
    assert_eq!(told(&got).1, told(trial.issue_without_hosts(Role::Site).certificate()).1);
}

/// The public key of a certificate, and the rest of what it says.
fn told(certificate: &str) -> (Vec<u8>, String) {
    let der = CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap();
    let (_, parsed) = X509Certificate::from_der(&der).unwrap();
    let extensions: Vec<_> = parsed.extensions().iter().map(|extension| extension.parsed_extension()).collect();
    (parsed.public_key().raw.to_vec(), format!("{} {extensions:?}", parsed.subject()))
}

/// Shows one key and signs with another.
struct Liar {
    shown: KeyPair,
    own: KeyPair,
}

impl PublicKeyData for Liar {
    fn der_bytes(&self) -> &[u8] {
        self.shown.der_bytes()
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        self.shown.algorithm()
    }
}

impl SigningKey for Liar {
    fn sign(&self, bytes: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        self.own.sign(bytes)
    }
}

#[test]
fn somebody_else_s_key_gets_no_certificate() {
    let trial = Trial::new();
    let liar = Liar { shown: KeyPair::generate().unwrap(), own: KeyPair::generate().unwrap() };
    let request = CertificateParams::default().serialize_request(&liar).unwrap().pem().unwrap();
    let text = refused(&trial, &request);
    assert!(text.contains("is not signed with its own key"), "{text}");
}

#[test]
fn other_kinds_of_keys_get_no_certificate() {
    let trial = Trial::new();
    for kind in [&PKCS_ECDSA_P384_SHA384, &PKCS_ED25519] {
        let key = KeyPair::generate_for(kind).unwrap();
        let request = CertificateParams::default().serialize_request(&key).unwrap().pem().unwrap();
        let text = refused(&trial, &request);
        assert!(text.contains("has a key that is not ECDSA P-256"), "{text}");
    }
    let text = refused(&trial, RSA_1024);
    assert!(text.contains("has a key that is not ECDSA P-256"), "{text}");
}

fn pem(label: &str, der: &[u8]) -> String {
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", BASE64_STANDARD.encode(der))
}

#[test]
fn text_that_is_no_request_is_refused_and_so_is_one_too_long() {
    let trial = Trial::new();
    let request = CertificateRequest::new().unwrap();
    let der = CertificateSigningRequestDer::from_pem_slice(request.pem().as_bytes()).unwrap().to_vec();
    sign(&trial, &pem("CERTIFICATE REQUEST", &der)).unwrap();
    let long = format!("{}{}", request.pem(), " ".repeat(MAX_REQUEST_BYTES - request.pem().len()));
    sign(&trial, &long).unwrap();
    for (text, why) in [
        (format!("{long} "), "is too long"),
        (String::new(), "holds no CERTIFICATE REQUEST"),
        (trial.authority.certificate().to_owned(), "holds no CERTIFICATE REQUEST"),
        (pem("CERTIFICATE", &der), "holds no CERTIFICATE REQUEST"),
        (pem("CERTIFICATE REQUEST", b""), "no PKCS#10 request"),
        (pem("CERTIFICATE REQUEST", &[0x30; 64]), "no PKCS#10 request"),
        (pem("CERTIFICATE REQUEST", &der[..der.len() - 1]), "no PKCS#10 request"),
        (pem("CERTIFICATE REQUEST", &[&der[..], b"x"].concat()), "followed by other bytes"),
    ] {
        let text = refused(&trial, &text);
        assert!(text.contains(why), "{why}: {text}");
    }
}

#[test]
fn a_request_changed_in_any_bit_gets_nothing_or_a_certificate_for_the_very_same_key() {
    let trial = Trial::new();
    let request = CertificateRequest::new().unwrap();
    let key = told(&sign(&trial, request.pem()).unwrap()).0;
    let der = CertificateSigningRequestDer::from_pem_slice(request.pem().as_bytes()).unwrap().to_vec();
    let info = X509CertificationRequest::from_der(&der).unwrap().1.certification_request_info.raw;
    let from = der.windows(info.len()).position(|window| window == info).unwrap();
    for (byte, bit) in (0..der.len()).flat_map(|byte| (0..8).map(move |bit| (byte, bit))) {
        let mut changed = der.clone();
        changed[byte] ^= 1 << bit;
        // Around what is signed, tags may be written in other ways.
        if let Ok(certificate) = sign(&trial, &pem("CERTIFICATE REQUEST", &changed)) {
            assert!(!(from..from + info.len()).contains(&byte), "byte {byte}, bit {bit}");
            assert_eq!(told(&certificate).0, key, "byte {byte}, bit {bit}");
        }
    }
}

#[test]
fn an_answer_to_somebody_else_is_not_taken() {
    let trial = Trial::new();
    let request = CertificateRequest::new().unwrap();
    let sign_for =
        |request: &CertificateRequest, holder| trial.authority.sign(request.pem(), &holder, &[], valid()).unwrap();
    let other = identity(Role::Site, TOKYO, "other");
    for (certificate, why) in [
        (sign_for(&CertificateRequest::new().unwrap(), site()), "is for another key than was asked for"),
        (sign_for(&request, other), "names spiffe://tokyo/renkei/site/other, not spiffe://tokyo/renkei/site/it"),
        (sign_for(&request, identity(Role::Lead, TOKYO, "it")), "names spiffe://tokyo/renkei/lead/it, not"),
        (trial.authority.certificate().to_owned(), "has no URI name"),
        ("no PEM".to_owned(), "holds no certificate in PEM form"),
    ] {
        let error = request.answered(trial.authority.certificate(), &certificate, &site()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
        assert!(error.to_string().contains(why), "{why}: {error}");
    }
    // What was refused costs nothing: the right answer may still come.
    request.answered(trial.authority.certificate(), &sign_for(&request, site()), &site()).unwrap();
}

#[tokio::test]
async fn a_renewed_certificate_and_the_old_one_both_work_while_both_are_valid() {
    let trial = Trial::new();
    let hub = hub(&trial).await;
    let (first, second) = (CertificateRequest::new().unwrap(), CertificateRequest::new().unwrap());
    let old = trial.authority.sign(first.pem(), &site(), &[], around(-24, 1)).unwrap();
    let new = trial.authority.sign(second.pem(), &site(), &[], valid()).unwrap();
    let (old, new) = (answered(&trial, &first, &old, "old"), answered(&trial, &second, &new, "new"));
    for credentials in [&old, &new, &old] {
        dial(credentials, &hub.url()).await.unwrap();
    }
    assert_eq!(hub.callers().len(), 3);
    assert!(old.until() < new.until());
}

#[test]
fn two_certificates_for_one_request_differ_in_their_number() {
    let trial = Trial::new();
    let request = CertificateRequest::new().unwrap();
    let number = |certificate: String| {
        let der = CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap();
        X509Certificate::from_der(&der).unwrap().1.raw_serial().to_vec()
    };
    let (first, second) = (sign(&trial, request.pem()).unwrap(), sign(&trial, request.pem()).unwrap());
    assert_ne!(number(first), number(second));
}

/// Made with `openssl req -new -newkey rsa:1024 -nodes -subj /CN=it`.
const RSA_1024: &str = "\
-----BEGIN CERTIFICATE REQUEST-----
MIIBTDCBtgIBADANMQswCQYDVQQDDAJpdDCBnzANBgkqhkiG9w0BAQEFAAOBjQAw
gYkCgYEA1pi2rQl7O8BDQsWJtkGlzyTPa/le48f5gL9zGzvJlimRkQ4k8WzUNojx
U8F/zLczgxIuE1/sXk4YGe7fWef2tgp+G6IxgrdkuBwxhVgWS1MXZDLkwxHBH/kV
Ceb/ajgzgKqWEc7GCjbYm5jeynDr4RnjM34xfGa5VpRIPyNQpo0CAwEAAaAAMA0G
CSqGSIb3DQEBCwUAA4GBADThnUlh28c3Ef0+GcZcaLyu3mSYGHKPxAOWwTh3u5sW
7jsF91tA2ZtaDDho3mod7T53vdl3n9xWo4hSPaooogvBYssO9UDJgJpAjsaZush7
1ph7Fhx+lCcoaKRFYhxSHD2fNlrKgCm9Zyjs3vftxtJ06u14trXLsMTfWb2nQhdq
-----END CERTIFICATE REQUEST-----
";
