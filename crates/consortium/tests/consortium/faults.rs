//! Sites that are not heard, that withdraw, whose gate refuses: by the study's rule, and nothing hangs.

use std::time::Duration;

use renkei_consortium::wire::{Decision, HubState, Steering, StudyStatus};
use renkei_federation::methods::Outcome;
use renkei_federation::study::Verdict;
use renkei_transport::Role;
use serde_json::json;

use crate::study::{COVARIATES, key, methods, pooled, signed};
use crate::whole::PATIENT;
use crate::world::{World, now};

/// So long that only sites which are really gone miss it.
const SHORT: Duration = Duration::from_secs(2);

/// Cox by site alone.
fn one() -> serde_json::Value {
    json!([methods()[0]])
}

#[test]
fn a_site_that_is_gone_is_done_without_by_the_studys_rule() {
    for rule in ["recover", "restart"] {
        let mut world = World::new(4, SHORT);
        let study = world.running_without(3, &signed(4, &one(), rule));
        let reports = world.done(study);
        let Some(Outcome::Cox(fit)) = &reports[0].outcome else { panic!("{rule}: {:?}", reports[0].why_none) };
        let reference = pooled(&[0, 1, 2]);
        let most = fit.coefficients.iter().zip(&reference.coefficients).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(fit.cases == reference.cases && most < 1e-9, "{rule}: {most:e}");
    }
}

#[test]
fn a_site_that_comes_back_before_its_time_is_over_is_waited_for() {
    let mut world = World::new(3, PATIENT);
    let study = world.running_without(1, &signed(3, &one(), "restart"));
    let waited = |site: usize| move |status: &StudyStatus| status.sites[site].waited_for;
    world.until(study, |status| waited(1)(status) && !waited(0)(status) && !waited(2)(status));
    world.start_site(1);
    assert!(world.done(study)[0].outcome.is_some());
}

#[test]
fn a_study_that_pauses_for_a_site_names_it_and_goes_on_when_its_lead_says_so() {
    let mut world = World::new(3, SHORT);
    let study = world.running_without(1, &signed(3, &one(), "pause"));
    let status = world.until(study, |status| status.state == HubState::Paused);
    assert_eq!(status.why, "not heard in time: site-2");
    world.start_site(1);
    let mut lead = world.client(Role::Lead, "lead");
    assert_eq!(world.lead.block_on(lead.steer(study, Steering::Resume)).unwrap(), HubState::Running);
    assert!(world.done(study)[0].outcome.is_some());
}

#[test]
fn too_few_sites_end_a_study_and_it_says_who_left() {
    let mut world = World::new(3, PATIENT);
    let study = world.running_without(0, &signed(3, &one(), "restart"));
    world.papers(2, study).withdraw(now()).unwrap();
    let status = world.until(study, |status| status.state != HubState::Running);
    assert_eq!(status.state, HubState::Withdrawn);
    assert!(status.why.contains("site-3 withdrew, and 2 of the 3"), "{}", status.why);
    // Nobody goes on with it, nor unsays it.
    let mut lead = world.client(Role::Lead, "lead");
    let again = world.lead.block_on(lead.steer(study, Steering::Resume)).unwrap_err();
    assert!(again.to_string().contains("the study is over"), "{again}");
}

#[test]
fn a_rejection_leaves_a_study_where_it_is_until_the_reviewer_thinks_again() {
    let world = World::new(3, PATIENT);
    let study = world.propose(&signed(3, &one(), "restart"));
    let (papers, policy) = (world.papers(2, study), world.policy(2));
    papers.review(&policy, &key(50), (Verdict::Reject, "no"), now()).unwrap();
    let rejected = world.until(study, |status| status.sites[2].decision == Decision::Rejected);
    assert_eq!(rejected.state, HubState::Proposed);
    (0..3).for_each(|place| world.approve(place, study));
    assert!(world.done(study)[0].outcome.is_some());
}

#[test]
fn a_use_that_no_grid_lets_through_ends_with_the_reason_and_the_study_goes_on() {
    let covariates = json!(COVARIATES.map(|name| json!({ "name": name })));
    let mut absent = methods()[0].clone();
    absent["name"] = "absent".into();
    absent["parameters"]["covariates"][0]["name"] = "shoe size".into();
    let days = json!({ "name": "by month only", "method": { "name": "cox_on_grid", "version": 1 },
        "parameters": { "covariates": covariates }, "grids": ["month"], "max_rounds": 30 });
    let world = World::new(3, PATIENT);
    let study = world.approved(&signed(3, &json!([absent, days, methods()[0]]), "restart"));
    let reports = world.done(study);
    let why: Vec<&str> = reports.iter().filter_map(|report| report.why_none.as_deref()).collect();
    assert_eq!(why.len(), 2, "{why:?}");
    assert!(why[0].contains("do not give what this method needs"), "{why:?}");
    assert!(why[1].starts_with("the gate of site-") && why[1].ends_with("lets nothing of it out"), "{why:?}");
    assert!(reports[2].outcome.is_some());
    // The reasons themselves stayed at the sites.
    let log = std::fs::read_to_string(world.site_folder(0).path().join(renkei_consortium::LOG)).unwrap();
    assert!(log.contains("shoe size") && log.contains("minimum cell"), "{log}");
    let hub = std::fs::read_to_string(world.hub_folder().join(renkei_consortium::LOG)).unwrap();
    assert!(!hub.contains("shoe size") && !hub.contains("minimum cell"));
}
