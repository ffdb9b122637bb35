//! Callers who ask for what is not theirs.

use renkei_consortium::wire::{Decision, Now, Said};
use renkei_domain::ErrorKind;
use renkei_federation::exchange::Reply;
use renkei_federation::secure::SiteRound;
use renkei_federation::study::SignedStudy;
use renkei_transport::Role;

use crate::study::{key, methods, name, signed, spec};
use crate::whole::PATIENT;
use crate::world::World;

#[test]
fn a_lead_proposes_only_what_it_signed_over_sites_under_their_own_keys() {
    let world = World::new(3, PATIENT);
    let propose = |role, name: &str, signed: &SignedStudy| {
        let mut client = world.client(role, name);
        world.lead.block_on(client.propose(signed)).unwrap_err()
    };
    let good = signed(3, &methods(), "restart");
    // Another lead, and a site.
    assert_eq!(propose(Role::Lead, "mallory", &good).kind(), ErrorKind::Denied);
    assert_eq!(propose(Role::Site, "site-1", &good).kind(), ErrorKind::Denied);
    // A changed document under the old signature.
    let mut changed = good.clone();
    changed.spec.question = "Who are they?".to_owned();
    let error = propose(Role::Lead, "lead", &changed);
    assert!(error.to_string().contains("signature"), "{error}");
    // A site that is not enrolled; an enrolled one under another key.
    let error = propose(Role::Lead, "lead", &signed(4, &methods(), "restart"));
    assert!(error.to_string().contains("site-4 is not enrolled"), "{error}");
    let mut spec = spec(3, &methods(), "restart");
    spec.sites[1].identity = renkei_federation::keys::Identity::of(&key(8));
    let error = propose(Role::Lead, "lead", &SignedStudy::sign(spec, &key(100)).unwrap());
    assert!(error.to_string().contains("site-2 is enrolled with key"), "{error}");
}

#[test]
fn a_study_is_nobodys_business_but_its_leads_and_its_sites() {
    let world = World::new(4, PATIENT);
    let study = world.propose(&signed(3, &methods(), "restart"));
    for (role, caller) in [(Role::Site, name(3)), (Role::Lead, "mallory".to_owned())] {
        let mut client = world.client(role, &caller);
        world.lead.block_on(async {
            assert_eq!(client.studies().await.unwrap(), []);
            assert_eq!(client.document(study).await.unwrap_err().kind(), ErrorKind::NotFound);
            assert_eq!(client.results(study).await.unwrap_err().kind(), ErrorKind::NotFound);
        });
    }
    // A lead answers no calls and approves nothing.
    let mut lead = world.client(Role::Lead, "lead");
    world.lead.block_on(async {
        assert_eq!(lead.exchange(study, None).await.unwrap_err().kind(), ErrorKind::Denied);
        assert_eq!(lead.decide(study, Decision::Approved).await.unwrap_err().kind(), ErrorKind::Denied);
    });
}

#[test]
fn a_site_speaks_for_itself_only_and_a_replay_changes_nothing() {
    let mut world = World::new(3, PATIENT);
    // The first site's certificate in other hands: what it says is still bound to the sites' own keys.
    let study = world.running_without(0, &signed(3, &methods(), "restart"));
    let mut thief = world.client(Role::Site, &name(0));
    let Now::Call(call) = world.lead.block_on(thief.exchange(study, None)).unwrap() else { panic!("no call") };
    let mut rng = renkei_runtime::secrets().unwrap();
    // Signed with the thief's own key: no seat of the study is his.
    assert!(SiteRound::new(call.terms.clone(), &key(66), &mut rng).is_err());
    // The second site's seat over the first one's connection.
    let mut say = |message, attempt| {
        let said = Said::Reply(Box::new(Reply { round: call.terms.round(), attempt, message }));
        world.lead.block_on(thief.exchange(study, Some(said)))
    };
    let message = SiteRound::new(call.terms.clone(), &key(2), &mut rng).unwrap().first(&key(2));
    let error = say(message.clone(), call.terms.attempt()).unwrap_err();
    assert!(error.to_string().contains("came from the site of seat 1"), "{error}");
    // An answer to an attempt that is not open is dropped, and the open call asked again.
    let Now::Call(again) = say(message, 7).unwrap() else { panic!("no call") };
    assert_eq!(again, call);
    world.start_site(0);
    assert!(world.done(study).iter().all(|report| report.outcome.is_some()));
}
