//! Who gets through TLS, and what the other one is told.

use rcgen::{CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair, SanType};
use renkei_domain::ErrorKind;
use renkei_transport::{Authority, Credentials, Error, Files, Issued, Role, incoming, reason};
use tokio::net::TcpListener;
use tonic::Code;
use tonic::transport::{Certificate, Endpoint, Identity as Pair, Server};
use tonic_health::server::health_reporter;

use crate::thief::Thief;
use crate::trial::{HOSTS, TOKYO, Trial, around, check, clock, dial, identity, open, open_to, valid};

#[tokio::test]
async fn a_good_certificate_gets_in_and_the_service_knows_its_holder() {
    let trial = Trial::new();
    let coordinator = trial.coordinator(open()).await;
    for role in [Role::Worker, Role::User] {
        dial(&trial.credentials(role, TOKYO), &coordinator.url()).await.unwrap();
    }
    assert_eq!(coordinator.callers(), [identity(Role::Worker, TOKYO, "it"), identity(Role::User, TOKYO, "it")]);
}

/// What a caller without a usable certificate is told; the service must not have seen it.
async fn refused(trial: &Trial, issued: Option<&Issued>) -> String {
    let coordinator = trial.coordinator(open()).await;
    let status = check(trial.intruder(coordinator.at, issued)).await.unwrap_err();
    assert_eq!(coordinator.callers(), []);
    reason(&status)
}

#[tokio::test]
async fn no_certificate_is_refused() {
    let text = refused(&Trial::new(), None).await;
    assert!(text.contains("CertificateRequired"), "{text}");
}

#[tokio::test]
async fn a_certificate_of_another_authority_is_refused() {
    let trial = Trial::new();
    let other = Authority::new(TOKYO, valid()).unwrap();
    let issued = other.issue(&identity(Role::User, TOKYO, "it"), &[], valid()).unwrap();
    let text = refused(&trial, Some(&issued)).await;
    assert!(text.contains("server refused this process's certificate"), "{text}");
}

#[tokio::test]
async fn an_expired_certificate_is_refused() {
    let trial = Trial::new();
    let issued = trial.issue(Role::User, TOKYO, around(-48, -1));
    let text = refused(&trial, Some(&issued)).await;
    assert!(text.contains("CertificateExpired"), "{text}");
}

#[tokio::test]
async fn a_self_signed_certificate_is_refused() {
    let trial = Trial::new();
    let coordinator = trial.coordinator(open()).await;
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::default();
    params.subject_alt_names = vec![uri(Role::User)];
    let certificate = params.self_signed(&key).unwrap().pem();
    let tls = tonic::transport::ClientTlsConfig::new()
        .ca_certificate(Certificate::from_pem(trial.authority.certificate()))
        .identity(Pair::from_pem(certificate, key.serialize_pem()));
    let endpoint = Endpoint::from_shared(coordinator.url()).unwrap().tls_config(tls).unwrap();
    let status = check(endpoint.connect_lazy()).await.unwrap_err();
    assert_eq!(coordinator.callers(), []);
    let text = reason(&status);
    assert!(text.contains("server refused this process's certificate"), "{text}");
}

#[tokio::test]
async fn plain_http_is_refused_on_both_sides() {
    let trial = Trial::new();
    let coordinator = trial.coordinator(open()).await;
    let plain = Endpoint::from_shared(format!("http://{}", coordinator.at)).unwrap().connect_lazy();
    let status = check(plain).await.unwrap_err();
    assert_ne!(status.code(), Code::Ok);
    assert_eq!(coordinator.callers(), []);

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    let server = Server::builder().add_service(health_reporter().1).serve_with_incoming(incoming(listener, clock()));
    let server = tokio::spawn(server);
    let error = dial(&trial.credentials(Role::Worker, TOKYO), &format!("https://{at}")).await.unwrap_err();
    assert!(error.to_string().contains("does not speak TLS"), "{error}");
    server.abort();
}

pub(crate) async fn dial_server_with(caller: &Credentials, issued: &Issued) -> Error {
    let thief = Thief::start(issued.certificate(), issued.key()).await;
    dial(caller, &thief.url).await.unwrap_err()
}

#[tokio::test]
async fn a_server_of_another_site_authority_time_or_use_is_not_spoken_to() {
    let trial = Trial::new();
    let worker = trial.credentials(Role::Worker, TOKYO);
    let other = Authority::new(TOKYO, valid()).unwrap();
    let theirs = other.issue(&identity(Role::Coordinator, TOKYO, "it"), &HOSTS, valid()).unwrap();
    let hosts = trial.authority.issue(&identity(Role::Coordinator, TOKYO, "it"), &["example.org"], valid()).unwrap();
    for (issued, told) in [
        (trial.issue(Role::Coordinator, "osaka", valid()), "the server is spiffe://osaka/renkei/coordinator/it, not"),
        (theirs, "not signed by the authority"),
        (trial.issue(Role::Coordinator, TOKYO, around(-48, -1)), "server's certificate is over"),
        (trial.issue(Role::Coordinator, TOKYO, around(1, 48)), "not valid yet"),
        (hosts, "dial the server under such a name"),
        // The trial authority lets workers dial only.
        (trial.issue(Role::Worker, TOKYO, valid()), "certificate does not allow extended key usage"),
    ] {
        let error = dial_server_with(&worker, &issued).await;
        assert!(error.to_string().contains(told), "{told}: {error}");
    }
}

fn uri(role: Role) -> SanType {
    SanType::URI(identity(role, TOKYO, "it").to_string().try_into().unwrap())
}

/// An authority that lets every certificate serve.
#[tokio::test]
async fn a_certificate_that_may_serve_makes_a_worker_no_coordinator_and_a_site_no_hub() {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    for role in [Role::Worker, Role::User, Role::Site, Role::Lead] {
        let mut params = CertificateParams::new(HOSTS.map(str::to_owned)).unwrap();
        params.subject_alt_names.push(uri(role));
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &authority).unwrap().pem();
        plays_server(role, &authority.pem(), &certificate, &key.serialize_pem()).await;
    }
}

/// Tries to serve with the certificate of a `role` that dials, by our own code and by a thief's.
async fn plays_server(role: Role, ca: &str, certificate: &str, key: &str) {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let files = Files { ca: file("ca.pem", ca), certificate: file("cert.pem", certificate), key: file("key.pem", key) };
    std::fs::set_permissions(&files.key, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let credentials = Credentials::read(&files, &*clock()).unwrap();

    let error = renkei_transport::server(&credentials, open_to(role.dials()), clock()).map(drop).unwrap_err();
    assert!(matches!(error, Error::CannotServe { .. }), "{error}");

    let thief = Thief::start(certificate, key).await;
    let error = dial(&credentials, &thief.url).await.unwrap_err();
    assert!(error.to_string().contains(&format!("not a {} of tokyo", role.dials())), "{error}");
    assert_eq!(error.kind(), ErrorKind::Unavailable, "another address may yet lead to one");
}
