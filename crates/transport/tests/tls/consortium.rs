//! A cluster and a consortium beside each other: who reaches whom.

use renkei_domain::ErrorKind;
use renkei_transport::{Authority, Error, Role, Rules, reason, server};
use tonic::Code;

use crate::certificates::dial_server_with;
use crate::trial::{CHECK, HOSTS, ROLES, Serving, TOKYO, Trial, around, check, clock, dial, identity, open_to, valid};

async fn serving(trial: &Trial, role: Role) -> Serving {
    Serving::start(&trial.credentials(role, TOKYO), open_to(role), clock()).await
}

/// One authority for a hospital and a consortium of the same name: nothing but the role keeps them apart.
#[tokio::test]
async fn every_role_reaches_its_own_server_and_no_other() {
    for place in [Role::Coordinator, Role::Hub] {
        let trial = Trial::new();
        let serving = serving(&trial, place).await;
        let mut admitted = Vec::new();
        for role in ROLES {
            // Without our own checks of the server, so that the gate alone decides.
            let met = check(trial.intruder(serving.at, Some(&trial.issue(role, TOKYO, valid())))).await;
            if role.dials() == place {
                met.unwrap();
                admitted.push(identity(role, TOKYO, "it"));
            } else {
                let status = met.unwrap_err();
                assert_eq!(status.code(), Code::PermissionDenied, "{role} at a {place}: {status}");
            }
            assert_eq!(serving.callers(), admitted, "{role} at a {place}");
        }
    }
}

#[tokio::test]
async fn an_honest_process_speaks_to_no_server_of_the_other_kind() {
    for place in [Role::Coordinator, Role::Hub] {
        let trial = Trial::new();
        let issued = trial.issue(place, TOKYO, valid());
        for role in ROLES.into_iter().filter(|role| role.dials() != place) {
            let error = dial_server_with(&trial.credentials(role, TOKYO), &issued).await;
            let told = format!("the server is spiffe://tokyo/renkei/{place}/it, not a {} of tokyo", role.dials());
            assert!(error.to_string().contains(&told), "{role}: {error}");
        }
    }
}

#[tokio::test]
async fn no_rule_opens_a_server_to_roles_that_do_not_dial_it() {
    let trial = Trial::new();
    for place in [Role::Coordinator, Role::Hub] {
        let credentials = trial.credentials(place, TOKYO);
        for role in ROLES {
            let rules = Rules::new().allow("/shut/", &[]).unwrap().allow(CHECK, &[place, role]).unwrap();
            let built = server(&credentials, rules, clock()).map(drop);
            if role.dials() == place {
                built.unwrap();
            } else {
                let error = built.unwrap_err();
                assert_eq!(error.kind(), ErrorKind::Internal);
                assert!(error.to_string().contains("admits others than roles that dial this server"), "{error}");
            }
        }
    }
}

#[tokio::test]
async fn a_site_meets_only_the_hub_of_its_own_consortium_authority_and_time() {
    let trial = Trial::new();
    let site = trial.credentials(Role::Site, TOKYO);
    let other = Authority::new(TOKYO, valid()).unwrap();
    let theirs = other.issue(&identity(Role::Hub, TOKYO, "it"), &HOSTS, valid()).unwrap();
    for (issued, told) in [
        (trial.issue(Role::Hub, "osaka", valid()), "the server is spiffe://osaka/renkei/hub/it, not a hub of tokyo"),
        (theirs, "not signed by the authority"),
        (trial.issue(Role::Hub, TOKYO, around(-48, -1)), "server's certificate is over"),
        (trial.issue(Role::Site, TOKYO, valid()), "certificate does not allow extended key usage"),
    ] {
        let error = dial_server_with(&site, &issued).await;
        assert!(error.to_string().contains(told), "{told}: {error}");
    }
}

#[tokio::test]
async fn a_hub_admits_only_its_own_consortium_authority_and_time() {
    let trial = Trial::new();
    let hub = serving(&trial, Role::Hub).await;
    let status = check(trial.intruder(hub.at, Some(&trial.issue(Role::Site, "osaka", valid())))).await.unwrap_err();
    assert_eq!(status.code(), Code::PermissionDenied);
    assert_eq!(status.message(), "the caller is spiffe://osaka/renkei/site/it, and this server is for tokyo only");

    let other = Authority::new(TOKYO, valid()).unwrap();
    let theirs = other.issue(&identity(Role::Site, TOKYO, "it"), &[], valid()).unwrap();
    let status = check(trial.intruder(hub.at, Some(&theirs))).await.unwrap_err();
    assert!(reason(&status).contains("server refused this process's certificate"), "{status}");

    let over = trial.issue(Role::Site, TOKYO, around(-48, -1));
    let status = check(trial.intruder(hub.at, Some(&over))).await.unwrap_err();
    assert!(reason(&status).contains("CertificateExpired"), "{status}");
    assert_eq!(hub.callers(), []);
    dial(&trial.credentials(Role::Lead, TOKYO), &hub.url()).await.unwrap();
}

#[tokio::test]
async fn sites_and_leads_cannot_serve() {
    let trial = Trial::new();
    for role in [Role::Site, Role::Lead] {
        let error = server(&trial.credentials(role, TOKYO), open_to(Role::Hub), clock()).map(drop).unwrap_err();
        assert!(matches!(error, Error::CannotServe { .. }), "{error}");
    }
}
