//! How members come in, and who does not.

use renkei_consortium::enrol::{Enrolled, Invitation, Issuer, Member, TLS, Whereabouts, accept, invite};
use renkei_consortium::hub::{Hub, Patience};
use renkei_consortium::{Error, Folder, HubClient};
use renkei_domain::ErrorKind;
use renkei_federation::study::Moment;
use renkei_runtime::SystemClock;
use renkei_transport::{Authority, CertificateRequest, Credentials, Role, Servers, enrolment_server, incoming, server};
use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::study::key;
use crate::world::{CONSORTIUM, clock, now, valid};

/// A hub that issues certificates, with its two listeners.
struct Place {
    folder: TempDir,
    whereabouts: Whereabouts,
}

impl Place {
    async fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let authority = Authority::new(CONSORTIUM, valid()).unwrap();
        let identity = renkei_transport::Identity::new(Role::Hub, CONSORTIUM, "hub").unwrap();
        let files = authority.issue(&identity, &["127.0.0.1"], valid()).unwrap();
        let ca = authority.certificate().to_owned();
        let files = files.write(&folder.path().join("hub-tls")).unwrap();
        let credentials = Credentials::read(&files, &SystemClock::new()).unwrap();
        let (members, invited) = (listen().await, listen().await);
        let url = |listener: &TcpListener| format!("https://{}", listener.local_addr().unwrap());
        let whereabouts =
            Whereabouts { consortium: CONSORTIUM.into(), hub: url(&members), enrolment: url(&invited), ca };
        let issuer = Issuer { authority, consortium: CONSORTIUM.into(), days: 90 };
        let hub = Folder::open(folder.path().join("hub")).unwrap();
        let hub = Hub::open(hub, key(99), Patience::default(), Some(issuer), clock()).unwrap();
        let serve = server(&credentials, Hub::rules().unwrap(), clock()).unwrap().add_service(hub.service());
        tokio::spawn(serve.serve_with_incoming(incoming(members, clock())));
        let mut open = enrolment_server(&credentials, Hub::enrolment_rules().unwrap()).unwrap();
        tokio::spawn(open.add_service(hub.enrolment()).serve_with_incoming(incoming(invited, clock())));
        Self { folder, whereabouts }
    }

    fn hub(&self) -> Folder {
        Folder::open(self.folder.path().join("hub")).unwrap()
    }

    fn invite(&self, member: Member, name: &str, until: Moment) -> Invitation {
        let mut rng = renkei_runtime::secrets().unwrap();
        invite(&self.hub(), self.whereabouts.clone(), (member, name), until, &mut rng).unwrap()
    }

    async fn accept(&self, invitation: &Invitation, folder: &str) -> Result<Enrolled, Error> {
        let folder = Folder::open(self.folder.path().join(folder)).unwrap();
        accept(invitation, &folder, &mut renkei_runtime::secrets().unwrap()).await
    }

    fn client(&self, enrolled: &Enrolled) -> HubClient {
        let credentials = Credentials::read(&enrolled.tls, &SystemClock::new()).unwrap();
        let servers = Servers::new(std::slice::from_ref(&self.whereabouts.hub), &credentials).unwrap();
        let (_, channel) = servers.channels().next().unwrap();
        HubClient::new(channel)
    }
}

async fn listen() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.unwrap()
}

fn later() -> Moment {
    Moment(now().0 + 3_600)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_makes_a_member_once() {
    let place = Place::new().await;
    let invitation = place.invite(Member::Site, "tokyo", later());
    let enrolled = place.accept(&invitation, "tokyo").await.unwrap();
    assert_eq!(enrolled.hub, renkei_federation::keys::Identity::of(&key(99)));
    assert!(place.client(&enrolled).studies().await.unwrap().is_empty());
    // A copy of it in other hands.
    let stolen = place.accept(&invitation, "thief").await.unwrap_err();
    assert_eq!(stolen.kind(), ErrorKind::Denied);
    assert!(stolen.to_string().contains("used already"), "{stolen}");
    // Nor does a second invitation for the name give it to somebody else's key.
    let again = place.invite(Member::Site, "tokyo", later());
    let other = place.accept(&again, "other").await.unwrap_err();
    assert!(other.to_string().contains("enrolled with another key"), "{other}");
    // The member itself, whose certificate is lost, stays who it was.
    std::fs::rename(place.folder.path().join("tokyo").join(TLS), place.folder.path().join("lost")).unwrap();
    let anew = place.accept(&place.invite(Member::Site, "tokyo", later()), "tokyo").await.unwrap();
    assert_eq!(anew.identity, enrolled.identity);
    place.client(&anew).studies().await.unwrap();
    let log = std::fs::read_to_string(place.hub().path().join(renkei_consortium::LOG)).unwrap();
    assert_eq!(log.matches("\"enrolled\"").count(), 2, "{log}");
    assert!(!log.contains(&invitation.secret));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_changed_late_or_guessed_makes_nobody() {
    let place = Place::new().await;
    let good = place.invite(Member::Lead, "aiko", later());
    let refused = async |invitation: Invitation, folder: &str| place.accept(&invitation, folder).await.unwrap_err();
    let guessed = refused(Invitation { secret: "0".repeat(64), ..good.clone() }, "a").await;
    assert!(guessed.to_string().contains("no such invitation"), "{guessed}");
    let renamed = refused(Invitation { name: "ben".into(), ..good.clone() }, "b").await;
    assert!(renamed.to_string().contains("no such invitation"), "{renamed}");
    let late = refused(place.invite(Member::Lead, "chie", Moment(now().0 - 1)), "c").await;
    assert!(late.to_string().contains("too old"), "{late}");
    // Another authority: the secret is not even sent.
    let ca = Authority::new(CONSORTIUM, valid()).unwrap().certificate().to_owned();
    assert_eq!(refused(Invitation { ca, ..good.clone() }, "d").await.kind(), ErrorKind::Unavailable);
    // None of it burnt the invitation.
    place.accept(&good, "aiko").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_renews_its_certificate_and_a_lead_is_no_site() {
    let place = Place::new().await;
    let lead = place.accept(&place.invite(Member::Lead, "aiko", later()), "aiko").await.unwrap();
    let mut client = place.client(&lead);
    let request = CertificateRequest::new().unwrap();
    let certificate = client.renew(request.pem().to_owned()).await.unwrap();
    let holder = renkei_transport::Identity::new(Role::Lead, CONSORTIUM, "aiko").unwrap();
    let renewed = request.answered(&place.whereabouts.ca, &certificate, &holder).unwrap();
    let tls = renewed.write(&place.folder.path().join("aiko-2")).unwrap();
    let renewed = Enrolled { tls, ..lead };
    assert!(place.client(&renewed).studies().await.unwrap().is_empty());
    // Something that is no request.
    let refused = client.renew("-----BEGIN NOTHING-----".to_owned()).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Invalid);
}
