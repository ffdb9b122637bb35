//! What people at a site do, beside the running process.

use renkei_consortium::wire::Decision;
use renkei_federation::study::{State, Verdict};

use crate::study::{key, methods, signed};
use crate::whole::PATIENT;
use crate::world::{World, now};

#[test]
fn nothing_is_approved_without_two_listed_reviewers() {
    let world = World::new(3, PATIENT);
    let study = world.propose(&signed(3, &methods(), "restart"));
    let (papers, policy) = (world.papers(0, study), world.policy(0));
    let review = |number| papers.review(&policy, &key(number), (Verdict::Approve, "read"), now()).map(drop);
    let stranger = review(7).unwrap_err().to_string();
    assert!(stranger.contains("not among the reviewers"), "{stranger}");
    review(50).unwrap();
    review(50).unwrap();
    let few = papers.approve(&policy, now()).unwrap_err().to_string();
    assert_eq!(few, "1 of 2 reviewers approve");
    review(51).unwrap();
    assert_eq!(papers.approve(&policy, now()).unwrap().state(), State::Approved);
    world.until(study, |status| status.sites[0].decision == Decision::Approved);
    // The log knows who.
    let log = loop {
        let log = std::fs::read_to_string(world.site_folder(0).path().join(renkei_consortium::LOG)).unwrap();
        if log.contains("\"approved\"") {
            break log;
        }
    };
    for number in [50, 51] {
        let reviewer = renkei_federation::keys::Identity::of(&key(number)).to_string();
        assert!(log.contains(&reviewer), "{log}");
    }
}

#[test]
fn a_spec_that_the_policy_does_not_let_pass_is_not_approved_by_anybody() {
    let world = World::new(3, PATIENT);
    let mut methods = methods();
    methods[1]["grids"] = serde_json::json!(["day", "month"]);
    let study = world.propose(&signed(3, &methods, "restart"));
    let (papers, policy) = (world.papers(1, study), world.policy(1));
    for reviewer in [50, 51] {
        papers.review(&policy, &key(reviewer), (Verdict::Approve, "read"), now()).unwrap();
    }
    let objection = papers.approve(&policy, now()).unwrap_err().to_string();
    assert!(objection.contains("times by month or coarser"), "{objection}");
}
