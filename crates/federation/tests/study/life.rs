use proptest::prelude::*;
use renkei_federation::study::{LifeError, Moment, Move, Review, ReviewError, SignedStudy, SiteStudy, State, Verdict};
use serde_json::json;

use crate::fixture::{NOW, answer, key, policy, policy_with, running, signed, spec_with};

const STATES: [State; 7] =
    [State::Proposed, State::Reviewed, State::Approved, State::Running, State::Paused, State::Done, State::Withdrawn];
const MOVES: [Move; 7] =
    [Move::Review, Move::Approve, Move::Start, Move::Pause, Move::Resume, Move::Finish, Move::Withdraw];
/// 2027-07-01T00:00:00Z, the first second after the last day.
const AFTER: Moment = Moment(1_814_400_000);

fn proposed() -> SiteStudy {
    SiteStudy::proposed(&signed()).unwrap()
}

#[test]
fn legal_steps_are_these_and_no_others() {
    let legal = [
        "proposed review reviewed",
        "proposed withdraw withdrawn",
        "reviewed review reviewed",
        "reviewed approve approved",
        "reviewed withdraw withdrawn",
        "approved start running",
        "approved withdraw withdrawn",
        "running pause paused",
        "running finish done",
        "running withdraw withdrawn",
        "paused resume running",
        "paused withdraw withdrawn",
    ];
    let steps = STATES.iter().flat_map(|state| MOVES.iter().map(move |step| (*state, *step)));
    let found: Vec<String> =
        steps.filter_map(|(state, step)| state.after(step).map(|next| format!("{state} {step} {next}"))).collect();
    assert_eq!(found, legal);
}

#[test]
fn two_different_reviewers_are_needed() {
    let one = proposed().review(answer(21, Verdict::Approve), &policy(), NOW).unwrap();
    let same = one.review(answer(21, Verdict::Approve), &policy(), NOW).unwrap();
    assert_eq!(same.reviews().len(), 1);
    let refused = same.clone().approve(&signed(), &policy(), NOW).unwrap_err();
    assert!(matches!(refused, LifeError::TooFew { approving: 1, needed: 2 }), "{refused}");
    let two = same.review(answer(23, Verdict::Approve), &policy(), NOW).unwrap();
    assert_eq!(two.approve(&signed(), &policy(), NOW).unwrap().state(), State::Approved);
}

#[test]
fn a_rejection_blocks_until_its_reviewer_thinks_otherwise() {
    let study = [21, 22]
        .iter()
        .fold(proposed(), |study, seed| study.review(answer(*seed, Verdict::Approve), &policy(), NOW).unwrap());
    let rejected = study.review(answer(23, Verdict::Reject), &policy(), NOW).unwrap();
    let refused = rejected.clone().approve(&signed(), &policy(), NOW).unwrap_err();
    assert!(matches!(refused, LifeError::Rejected(_)), "{refused}");
    let later = rejected.review(answer(23, Verdict::Approve), &policy(), NOW).unwrap();
    assert!(later.approve(&signed(), &policy(), NOW).is_ok());
}

#[test]
fn reviews_that_do_not_count_are_refused() {
    let hash = signed().verified().unwrap();
    let stranger = answer(99, Verdict::Approve);
    assert!(matches!(stranger.verify(hash, &policy()), Err(ReviewError::NoReviewer(_))));
    let elsewhere = policy_with("/site", json!("south"));
    assert!(matches!(answer(21, Verdict::Approve).verify(hash, &elsewhere), Err(ReviewError::OtherSite(_))));
    let mut turned = answer(21, Verdict::Reject);
    turned.verdict = Verdict::Approve;
    assert!(matches!(turned.verify(hash, &policy()), Err(ReviewError::Signature(_))));
    let mut reworded = answer(21, Verdict::Approve);
    reworded.reason = "another".into();
    assert!(matches!(reworded.verify(hash, &policy()), Err(ReviewError::Signature(_))));
    let other = SignedStudy::sign(spec_with("/name", json!("another")), &key(1)).unwrap().verified().unwrap();
    let of_other = Review::sign(&key(21), other, policy().site, Verdict::Approve, "", NOW);
    let refused = proposed().review(of_other, &policy(), NOW).unwrap_err();
    assert!(matches!(refused, LifeError::Review(ReviewError::OtherStudy(_))), "{refused}");
}

#[test]
fn attack_changed_spec_is_not_approved() {
    let reviewed = [21, 22]
        .iter()
        .fold(proposed(), |study, seed| study.review(answer(*seed, Verdict::Approve), &policy(), NOW).unwrap());
    // The lead itself signs a changed document after the reviewers have answered.
    let changed = SignedStudy::sign(spec_with("/methods/0/max_rounds", json!(21)), &key(1)).unwrap();
    let refused = reviewed.approve(&changed, &policy(), NOW).unwrap_err();
    assert!(matches!(refused, LifeError::Changed { .. }), "{refused}");
}

#[test]
fn reviewers_cannot_approve_what_the_policy_forbids() {
    let reviewed = [21, 22]
        .iter()
        .fold(proposed(), |study, seed| study.review(answer(*seed, Verdict::Approve), &policy(), NOW).unwrap());
    let strict = policy_with("/minimum_cell", json!(10));
    let refused = reviewed.approve(&signed(), &strict, NOW).unwrap_err();
    assert!(refused.to_string().contains("what would pass: 10 persons or more"), "{refused}");
}

#[test]
fn after_its_last_day_a_study_only_ends() {
    let last_second = Moment(AFTER.0 - 1);
    assert!(!running().expired(last_second) && running().expired(AFTER));
    assert!(running().step(Move::Pause, last_second).is_ok());
    assert!(matches!(running().step(Move::Pause, AFTER), Err(LifeError::Expired(_))));
    let late = proposed().review(answer(21, Verdict::Approve), &policy(), AFTER);
    assert!(matches!(late, Err(LifeError::Expired(_))));
    assert_eq!(running().step(Move::Withdraw, AFTER).unwrap().state(), State::Withdrawn);
    assert_eq!(running().step(Move::Finish, AFTER).unwrap().state(), State::Done);
}

#[test]
fn review_and_approval_need_more_than_a_word() {
    assert!(proposed().step(Move::Review, NOW).is_err());
    let reviewed = proposed().review(answer(21, Verdict::Approve), &policy(), NOW).unwrap();
    assert!(reviewed.step(Move::Approve, NOW).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_path_leads_to_running_but_through_approval(steps in proptest::collection::vec(0usize..7, 0..40)) {
        let mut study = proposed();
        let mut approved = false;
        for at in steps {
            let before = study.state();
            let next = match MOVES[at] {
                Move::Review => study.clone().review(answer(21 + (at % 2) as u8, Verdict::Approve), &policy(), NOW),
                Move::Approve => study.clone().approve(&signed(), &policy(), NOW),
                step => study.clone().step(step, NOW),
            };
            if let Ok(next) = next {
                approved |= next.state() == State::Approved;
                prop_assert_eq!(before.after(MOVES[at]), Some(next.state()));
                // A restart from what was stored changes nothing.
                study = serde_json::from_str(&serde_json::to_string(&next).unwrap()).unwrap();
                prop_assert_eq!(&study, &next);
            }
            let through = matches!(study.state(), State::Running | State::Paused | State::Done);
            prop_assert!(!through || approved);
        }
    }
}
