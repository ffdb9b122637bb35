//! A site that takes part in the first totals and is then lost: the use begins anew with the others.

use std::time::Duration;

use renkei_consortium::wire::{Decision, HubState, Now, Said};
use renkei_federation::audit::Log;
use renkei_federation::egress::{Gate, History};
use renkei_federation::exchange::{Door, SiteDesk};
use renkei_federation::keys::Identity;
use renkei_federation::methods::Outcome;
use renkei_federation::study::{Move, Review, SignedStudy, SitePolicy, SiteStudy, Verdict};
use renkei_transport::Role;
use serde_json::json;

use crate::study::{REVIEWERS, key, methods, name, policy, pooled, signed, table};
use crate::world::{World, now};

/// The fourth site, played by the test, so that it is lost at one certain moment.
fn fourth(signed: &SignedStudy) -> (SiteDesk, Door) {
    let policy = SitePolicy::parse(&policy(3).to_string()).unwrap();
    let life = REVIEWERS.iter().fold(SiteStudy::proposed(signed).unwrap(), |life, reviewer| {
        let site = policy.site.clone();
        let review = Review::sign(&key(*reviewer), life.study(), site, Verdict::Approve, "read", now());
        life.review(review, &policy, now()).unwrap()
    });
    let life = life.approve(signed, &policy, now()).unwrap().step(Move::Start, now()).unwrap();
    let door = Door { gate: Gate::new(History::default()), log: Log::new(Identity::of(&key(4))) };
    (SiteDesk::new(signed.clone(), life, policy), door)
}

/// Runs a study whose fourth site answers until the second round ends, and gives what came out.
fn run(rule: &str) -> renkei_consortium::hub::UseReport {
    let mut world = World::new(4, Duration::from_secs(2));
    world.kill_site(3);
    let signed = signed(4, &json!([methods()[0]]), rule);
    let study = world.propose(&signed);
    let mut client = world.client(Role::Site, &name(3));
    world.lead.block_on(client.decide(study, Decision::Approved)).unwrap();
    (0..3).for_each(|place| world.approve(place, study));
    world.until(study, |status| status.state == HubState::Running);
    let ((mut desk, mut door), table) = (fourth(&signed), table(3));
    let mut rng = renkei_runtime::secrets().unwrap();
    let mut said = None;
    loop {
        match world.lead.block_on(client.exchange(study, said.take())).unwrap() {
            Now::Call(call) if call.order.round > 2 => break,
            Now::Call(call) => {
                let answered = desk.answer(&call, (&table, &mut door), &key(4), now(), &mut rng).unwrap();
                said = Some(Said::Reply(Box::new(answered.reply)));
            }
            other => assert_eq!(other, Now::Wait),
        }
    }
    world.done(study).remove(0)
}

#[test]
fn the_use_begins_anew_with_the_others_where_the_study_says_restart() {
    let report = run("restart");
    let Some(Outcome::Cox(fit)) = &report.outcome else { panic!("{:?}", report.why_none) };
    let reference = pooled(&[0, 1, 2]);
    assert_eq!((fit.cases, fit.events), (reference.cases, reference.events));
    let most = fit.coefficients.iter().zip(&reference.coefficients).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    assert!(most < 1e-9, "{most:e}");
    report.certificate.unwrap().verify_totals(&report.totals).unwrap();
}

#[test]
fn it_ends_with_the_reason_where_the_study_says_recover() {
    let report = run("recover");
    let why = report.why_none.unwrap();
    assert!(report.outcome.is_none() && why.contains("restart the method with the sites that are left"), "{why}");
}
