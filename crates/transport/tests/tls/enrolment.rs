//! The way in of a site that has no certificate yet.

use renkei_domain::ErrorKind;
use renkei_transport::limits::ENROLMENT_CONNECTION;
use renkei_transport::{Authority, Error, Role, Rules, enrolment_channel, enrolment_server, reason, server};
use tonic::Code;

use crate::proxy::Proxy;
use crate::thief::Thief;
use crate::trial::{
    CHECK, HOSTS, Serving, TOKYO, Trial, around, check, clock, identity, open_to, or_hang, valid, watch,
};

/// Anyone may check; nobody may watch.
fn checks() -> Rules {
    Rules::new().allow_anyone(CHECK).unwrap()
}

async fn enrolling(trial: &Trial) -> Serving {
    Serving::run(enrolment_server(&trial.credentials(Role::Hub, TOKYO), checks()).unwrap(), clock()).await
}

#[tokio::test]
async fn whoever_has_no_certificate_reaches_what_is_open_to_anyone_and_nothing_else() {
    let trial = Trial::new();
    let hub = enrolling(&trial).await;
    let channel = enrolment_channel(&hub.url(), TOKYO, trial.authority.certificate()).unwrap();
    check(channel.clone()).await.unwrap();
    assert_eq!((hub.strangers(), hub.callers()), (1, vec![]));
    let status = watch(channel.clone()).await.unwrap_err();
    assert_eq!((status.code(), status.message()), (Code::PermissionDenied, "no role may call this path"));
    // No certificate opens more: this server asks for none.
    for role in [Role::Site, Role::Lead, Role::Hub] {
        let status = watch(trial.intruder(hub.at, Some(&trial.issue(role, TOKYO, valid())))).await.unwrap_err();
        assert_eq!(status.code(), Code::PermissionDenied, "{role}: {status}");
    }
    assert_eq!((hub.strangers(), hub.callers()), (1, vec![]));
}

#[tokio::test]
async fn a_method_shut_within_an_open_service_is_shut() {
    let trial = Trial::new();
    let rules = Rules::new().allow_anyone("/grpc.health.v1.Health/").unwrap().allow(CHECK, &[]).unwrap();
    let hub = Serving::run(enrolment_server(&trial.credentials(Role::Hub, TOKYO), rules).unwrap(), clock()).await;
    let channel = enrolment_channel(&hub.url(), TOKYO, trial.authority.certificate()).unwrap();
    let status = check(channel.clone()).await.unwrap_err();
    assert_eq!(status.code(), Code::PermissionDenied);
    assert_eq!(status.message(), "nobody may call /grpc.health.v1.Health/Check here");
    drop(watch(channel).await.unwrap());
}

#[tokio::test]
async fn the_hub_s_other_port_stays_shut_without_a_certificate() {
    let trial = Trial::new();
    let hub = Serving::start(&trial.credentials(Role::Hub, TOKYO), open_to(Role::Hub), clock()).await;
    let channel = enrolment_channel(&hub.url(), TOKYO, trial.authority.certificate()).unwrap();
    let text = reason(&check(channel).await.unwrap_err());
    assert!(text.contains("CertificateRequired"), "{text}");
    assert_eq!((hub.strangers(), hub.callers()), (0, vec![]));
}

#[tokio::test]
async fn only_a_hub_enrols_and_rules_for_known_and_unknown_callers_do_not_mix() {
    let trial = Trial::new();
    let error = enrolment_server(&trial.credentials(Role::Coordinator, TOKYO), checks()).map(drop).unwrap_err();
    assert!(matches!(error, Error::NoHub { .. }), "{error}");
    assert_eq!(error.kind(), ErrorKind::Denied);
    let hub = trial.credentials(Role::Hub, TOKYO);
    let mixed = checks().allow("/renkei.v1.Studies/", &[Role::Site]).unwrap();
    let error = enrolment_server(&hub, mixed.clone()).map(drop).unwrap_err();
    assert!(error.to_string().contains("the rule for '/renkei.v1.Studies/' names roles"), "{error}");
    let error = server(&hub, mixed, clock()).map(drop).unwrap_err();
    assert!(error.to_string().contains(&format!("the rule for '{CHECK}' admits others than roles")), "{error}");
}

#[tokio::test]
async fn a_secret_goes_to_nobody_but_the_consortium_s_hub() {
    let trial = Trial::new();
    let other = Authority::new(TOKYO, valid()).unwrap();
    let theirs = other.issue(&identity(Role::Hub, TOKYO, "it"), &HOSTS, valid()).unwrap();
    for (issued, told) in [
        (theirs, "not signed by the authority"),
        (trial.issue(Role::Hub, "osaka", valid()), "the server is spiffe://osaka/renkei/hub/it, not a hub of tokyo"),
        (trial.issue(Role::Coordinator, TOKYO, valid()), "is spiffe://tokyo/renkei/coordinator/it, not a hub of tokyo"),
        (trial.issue(Role::Site, TOKYO, valid()), "certificate does not allow extended key usage"),
        (trial.issue(Role::Hub, TOKYO, around(-48, -1)), "server's certificate is over"),
    ] {
        let thief = Thief::start(issued.certificate(), issued.key()).await;
        let channel = enrolment_channel(&thief.url, TOKYO, trial.authority.certificate()).unwrap();
        let text = reason(&check(channel).await.unwrap_err());
        assert!(text.contains(told), "{told}: {text}");
    }
}

#[tokio::test]
async fn an_invitation_that_cannot_be_dialled_says_so() {
    let ca = Trial::new().authority.certificate().to_owned();
    let cut = &ca[..ca.len() / 2];
    let empty = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for broken in ["", "no PEM", cut, empty, &format!("{ca}{empty}")] {
        let error = enrolment_channel("https://127.0.0.1:1", TOKYO, broken).map(drop).unwrap_err();
        assert!(matches!(error, Error::NoTrust), "{error}");
        assert_eq!(error.kind(), ErrorKind::Invalid);
    }
    let error = enrolment_channel("http://127.0.0.1:1", TOKYO, &ca).map(drop).unwrap_err();
    assert!(matches!(error, Error::Address { .. }), "{error}");
}

/// Else 512 strangers who do nothing would keep every site out.
#[tokio::test]
async fn a_connection_of_a_stranger_ends_after_its_time() {
    let trial = Trial::new();
    let hub = enrolling(&trial).await;
    let proxy = Proxy::to(hub.at).await;
    let url = format!("https://{}", proxy.at);
    let dial = || enrolment_channel(&url, TOKYO, trial.authority.certificate()).unwrap();
    let stays = dial();
    check(stays.clone()).await.unwrap();
    tokio::time::pause();
    tokio::time::advance(ENROLMENT_CONNECTION).await;
    tokio::time::resume();
    or_hang(proxy.closed(1), "a connection that nobody ends").await;
    check(dial()).await.unwrap();
    drop(stays);
}
