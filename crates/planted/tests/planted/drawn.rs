//! Cases and outcomes by Monte Carlo against the formulas.

use renkei_planted::{Cohort, NOTICE, Truth};

use super::library;

const KINDS: usize = 5;

/// Many cases, so that a share is known to about a third of a point.
fn large(truth: Truth) -> Truth {
    Truth { cases: 20_000, tiles: (20, 30), ..truth }
}

fn near(found: f64, expected: f64, std_error: f64) {
    assert!((found - expected).abs() < 4.0 * std_error, "{found} is not {expected} (standard error {std_error})");
}

/// Without any loss before the last year, so that all years are seen.
fn followed_to_the_end(truth: Truth) -> Truth {
    let mut truth = large(truth);
    truth.loss = 0.0;
    truth.hospitals.iter_mut().for_each(|hospital| hospital.followed = (8.0, 8.0));
    truth
}

#[test]
fn a_truth_is_labelled_synthetic_and_survives_json() {
    for truth in [Truth::planted(KINDS), Truth::strong(KINDS), Truth::null(KINDS), Truth::confounded(KINDS)] {
        assert!(truth.notice == NOTICE && NOTICE.contains("SYNTHETIC"));
        assert_eq!(serde_json::from_str::<Truth>(&serde_json::to_string(&truth).unwrap()).unwrap(), truth);
    }
}

#[test]
fn the_same_seed_draws_the_same_and_a_case_depends_on_no_other() {
    let (truth, library) = (Truth::planted(KINDS), library(KINDS));
    let cohort = Cohort::draw(&truth, &library, 3).unwrap();
    assert_eq!(Cohort::draw(&truth, &library, 3).unwrap(), cohort);
    assert_ne!(Cohort::draw(&truth, &library, 4).unwrap().records, cohort.records);
    let fewer = Cohort::draw(&Truth { cases: 40, ..truth.clone() }, &library, 3).unwrap();
    assert_eq!(fewer.records, cohort.records[..40 * 4]);
    assert_eq!(fewer.shares, cohort.shares[..40 * KINDS]);
    assert_eq!(fewer.follow(&truth).time_years, cohort.follow(&truth).time_years[..40]);
    // Outcomes are drawn apart: another truth's effects leave the cases as they are.
    let null = Cohort::draw(&Truth::null(KINDS), &library, 3).unwrap();
    assert!(null == cohort && null.follow(&Truth::null(KINDS)) != cohort.follow(&truth));
}

#[test]
fn hazards_of_every_year_equal_the_formula() {
    let truth = followed_to_the_end(Truth::planted(KINDS));
    let cohort = Cohort::draw(&truth, &library(KINDS), 11).unwrap();
    let follow_up = cohort.follow(&truth);
    for year in 0..truth.baseline.len() {
        // In thirds of the planted hazard, so that a wrong effect shows and not only a wrong mean.
        let mut at_risk: Vec<(f64, bool)> = (0..truth.cases)
            .filter(|case| follow_up.time_years[*case] > year as f64)
            .map(|case| {
                let (records, shares) = (&cohort.records[case * 4..][..4], &cohort.shares[case * KINDS..][..KINDS]);
                let rate = truth.log_hazard(cohort.hospital[case], records, shares, year).exp();
                let event = follow_up.event[case] && follow_up.time_years[case] <= (year + 1) as f64;
                (1.0 - (-rate).exp(), event)
            })
            .collect();
        at_risk.sort_by(|a, b| a.0.total_cmp(&b.0));
        for third in at_risk.chunks(at_risk.len().div_ceil(3)) {
            let rows = third.len() as f64;
            let expected = third.iter().map(|(hazard, _)| hazard).sum::<f64>() / rows;
            let found = third.iter().filter(|(_, event)| *event).count() as f64 / rows;
            near(found, expected, (expected * (1.0 - expected) / rows).sqrt());
        }
    }
}

#[test]
fn the_log_hazard_is_the_stated_sum() {
    let truth = Truth::planted(KINDS);
    let shares = [0.1, 0.4, 0.2, 0.2, 0.1];
    // Hospital 4 of 6, year 3: -2.7 + 0.3 + 0.6 * 1.5 + 0.3 * (-1) + 0.3 * (0.4 - 1 / 5) / 0.1.
    let found = truth.log_hazard(4, &[1.5, -1.0, 9.0, 1.0], &shares, 2);
    assert!((found - (-2.7 + 0.3 + 0.9 - 0.3 + 0.6)).abs() < 1e-12, "{found}");
    assert_eq!(truth.acting(), vec![truth.watched()]);
    let (one, two) = (&truth.tissues[1].effects, &Truth::strong(KINDS).tissues[1].effects);
    assert!(one.iter().zip(two).all(|(one, two)| 2.0 * one == *two));
    assert!(Truth::null(KINDS).acting().is_empty() && Truth::confounded(KINDS).acting().is_empty());
}

#[test]
fn events_within_a_year_come_at_a_constant_rate() {
    let mut truth = followed_to_the_end(Truth::null(KINDS));
    truth.hospitals.truncate(1);
    truth.hospitals[0].baseline = 0.0;
    truth.records.iter_mut().for_each(|record| record.effects.fill(0.0));
    truth.baseline.fill(0.7_f64.ln());
    let follow_up = Cohort::draw(&truth, &library(KINDS), 5).unwrap().follow(&truth);
    for years in [0.25, 0.5, 1.0, 1.75, 3.3] {
        let alive = follow_up.time_years.iter().filter(|time| **time > years).count() as f64 / 20_000.0;
        let expected = f64::exp(-0.7 * years);
        near(alive, expected, (expected * (1.0 - expected) / 20_000.0).sqrt());
    }
}

#[test]
fn loss_is_that_of_the_hospital_and_of_chance() {
    let mut truth = large(Truth::null(KINDS));
    truth.baseline.fill(-40.0);
    truth.loss = 0.1;
    let cohort = Cohort::draw(&truth, &library(KINDS), 7).unwrap();
    let follow_up = cohort.follow(&truth);
    assert!(follow_up.event.iter().all(|event| !event));
    for (number, hospital) in truth.hospitals.iter().enumerate() {
        let own: Vec<f64> = (0..truth.cases)
            .filter(|case| cohort.hospital[*case] == number)
            .map(|case| follow_up.time_years[case])
            .collect();
        let (from, to) = hospital.followed;
        assert!(own.iter().all(|time| *time <= to));
        for years in [1.5, 0.5 * (from + to)] {
            let stays = if years < from { 1.0 } else { (to - years) / (to - from) };
            let expected = stays * f64::exp(-0.1 * years);
            let found = own.iter().filter(|time| **time > years).count() as f64 / own.len() as f64;
            near(found, expected, (expected * (1.0 - expected) / own.len() as f64).sqrt());
        }
    }
}

#[test]
fn hospitals_have_their_sizes_and_case_mix() {
    let truth = large(Truth::null(KINDS));
    let cohort = Cohort::draw(&truth, &library(KINDS), 13).unwrap();
    let whole: f64 = truth.hospitals.iter().map(|hospital| hospital.size).sum();
    let watched = truth.watched();
    let mut mean_shares = Vec::new();
    for (number, hospital) in truth.hospitals.iter().enumerate() {
        let own: Vec<usize> = (0..truth.cases).filter(|case| cohort.hospital[*case] == number).collect();
        let (rows, expected) = (own.len() as f64, hospital.size / whole);
        near(rows / 20_000.0, expected, (expected * (1.0 - expected) / 20_000.0).sqrt());
        let mean = |column: usize| own.iter().map(|case| cohort.records[case * 4 + column]).sum::<f64>() / rows;
        (0..3).for_each(|column| near(mean(column), hospital.records, 1.0 / rows.sqrt()));
        near(mean(3), 0.4, (0.24 / rows).sqrt());
        mean_shares.push(own.iter().map(|case| cohort.shares[case * KINDS + watched]).sum::<f64>() / rows);
    }
    // Hospitals 1, 3 and 5 have more of the watched kind than 2, 4 and 6.
    assert!((0..6).all(|h| (mean_shares[h] > 0.2) == (h % 2 == 0)), "{mean_shares:?}");
}

#[test]
fn shares_are_those_of_the_tiles_and_tiles_are_of_their_kind() {
    let library = library(KINDS);
    let truth = Truth::planted(KINDS);
    let cohort = Cohort::draw(&truth, &library, 17).unwrap();
    let tiles = |case: usize| cohort.tile_case.iter().filter(|of| **of == case).count();
    assert!((0..300).all(|case| (60..=100).contains(&tiles(case))));
    for case in [0, 7, 299] {
        for kind in 0..KINDS {
            let pairs = cohort.tile_case.iter().zip(&cohort.tile_kind);
            let own = pairs.filter(|(of, found)| **of == case && **found == kind).count();
            assert_eq!(cohort.shares[case * KINDS + kind], own as f64 / tiles(case) as f64);
        }
    }
    // The clouds do not touch, so a tile's kind is seen in its features.
    for (tile, kind) in cohort.tile_kind.iter().enumerate().take(500) {
        let high = |column: usize| usize::from(cohort.features[tile * 8 + column] > 2.0) << column;
        assert_eq!((0..4).map(high).sum::<usize>(), kind + 1);
    }
}

#[test]
fn a_stain_shifts_all_tiles_of_a_hospital_alike() {
    let library = library(KINDS);
    let plain = Cohort::draw(&Truth::null(KINDS), &library, 2).unwrap();
    let stained = Cohort::draw(&Truth::null(KINDS).stained(0.5), &library, 2).unwrap();
    assert_eq!((&plain.tile_kind, &plain.records), (&stained.tile_kind, &stained.records));
    let shift = |tile: usize| -> Vec<f32> {
        (0..8).map(|column| stained.features[tile * 8 + column] - plain.features[tile * 8 + column]).collect()
    };
    let of =
        |hospital: usize| (0..plain.tile_case.len()).find(|tile| plain.hospital[plain.tile_case[*tile]] == hospital);
    let first: Vec<Vec<f32>> = (0..6).map(|hospital| shift(of(hospital).unwrap())).collect();
    assert!(first[0] != first[1] && first.iter().all(|one| one.iter().any(|value| value.abs() > 0.01)));
    for tile in (0..plain.tile_case.len()).step_by(101) {
        let expected = &first[plain.hospital[plain.tile_case[tile]]];
        assert!(shift(tile).iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-4));
    }
}
