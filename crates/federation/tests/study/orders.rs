//! A hub that asks for what was not approved.

use renkei_federation::study::{Grid, MethodId, Moment, Move, Order, SignedStudy, State, Unordered};
use serde_json::json;

use crate::fixture::{NOW, key, running, running_of, signed, spec_with};

fn order() -> Order {
    Order {
        study: signed().verified().unwrap(),
        method_use: "headline".into(),
        method: MethodId { name: "cox.pooled".into(), version: 1 },
        grid: Some(Grid::Quarter),
        round: 1,
        began: 0,
    }
}

fn refused(order: &Order) -> Unordered {
    running().admit(order, &signed(), NOW).unwrap_err()
}

#[test]
fn an_agreed_order_is_admitted_with_the_parameters_of_the_document() {
    let study = signed();
    let agreed = running().admit(&order(), &study, NOW).map(|agreed| agreed.parameters["ties"].clone());
    assert_eq!(agreed.unwrap(), json!("efron"));
}

#[test]
fn attack_method_not_approved() {
    let rows = Order { method: MethodId { name: "rows".into(), version: 1 }, ..order() };
    assert!(matches!(refused(&rows), Unordered::NotApproved { .. }));
    let newer = Order { method: MethodId { name: "cox.pooled".into(), version: 2 }, ..order() };
    assert!(matches!(refused(&newer), Unordered::NotApproved { .. }));
    let unknown = Order { method_use: "sensitivity".into(), ..order() };
    assert!(matches!(refused(&unknown), Unordered::NotApproved { .. }));
}

#[test]
fn attack_smaller_grid() {
    for grid in [Some(Grid::Day), Some(Grid::Month), None] {
        assert!(matches!(refused(&Order { grid, ..order() }), Unordered::Grid { .. }), "{grid:?}");
    }
    let told = refused(&Order { grid: Some(Grid::Day), ..order() }).to_string();
    assert_eq!(told, "times by day were not agreed for 'headline'; agreed: by quarter, by half-year, by year");
}

#[test]
fn attack_changed_spec_is_not_run() {
    let changed = SignedStudy::sign(spec_with("/methods/0/max_rounds", json!(90)), &key(1)).unwrap();
    let asked = Order { study: changed.verified().unwrap(), round: 50, ..order() };
    assert!(matches!(running().admit(&asked, &changed, NOW), Err(Unordered::OtherStudy { .. })));
    // The hub shows the changed document under the approved hash.
    assert!(matches!(running().admit(&order(), &changed, NOW), Err(Unordered::OtherStudy { .. })));
    // The stored document was changed without the lead.
    let mut forged = signed();
    forged.spec = changed.spec;
    assert!(matches!(running().admit(&order(), &forged, NOW), Err(Unordered::Document(_))));
}

#[test]
fn rounds_beyond_the_agreed_ones_are_refused() {
    assert!(running().admit(&Order { round: 20, ..order() }, &signed(), NOW).is_ok());
    for round in [0, 21] {
        assert!(matches!(refused(&Order { round, ..order() }), Unordered::Round { .. }), "{round}");
    }
}

#[test]
fn a_use_begins_anew_only_where_the_study_restarts_for_lost_sites_and_within_its_rounds() {
    let anew = |round, began| Order { round, began, ..order() };
    running().admit(&anew(5, 4), &signed(), NOW).unwrap();
    for (round, began) in [(5, 5), (5, 7), (21, 20)] {
        assert!(matches!(refused(&anew(round, began)), Unordered::Round { .. }), "{round} after {began}");
    }
    let recovers = SignedStudy::sign(spec_with("/drop_out", json!("recover")), &key(1)).unwrap();
    let order = Order { study: recovers.verified().unwrap(), ..anew(5, 4) };
    let refusal = running_of(&recovers).admit(&order, &recovers, NOW).unwrap_err();
    assert!(matches!(refusal, Unordered::Anew { .. }), "{refusal}");
}

#[test]
fn nothing_runs_in_a_study_that_does_not_run_or_expired() {
    let paused = running().step(Move::Pause, NOW).unwrap();
    assert!(matches!(paused.admit(&order(), &signed(), NOW), Err(Unordered::NotRunning(State::Paused))));
    let late = Moment(NOW.0 + 400 * 86_400);
    assert!(matches!(running().admit(&order(), &signed(), late), Err(Unordered::Expired(_))));
}
