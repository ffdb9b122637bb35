//! Attacks of a hub that asks for approved methods in a revealing way.

use proptest::prelude::*;
use renkei_federation::egress::{Check, Concentration, Gate, Kind, NoGrid, ReleaseError, finest};
use renkei_federation::study::Grid;

use crate::fixture::{checks, cohort, gate, release_of, rules, set, sums};

#[test]
fn sums_over_everyone_pass_and_say_what_was_tried() {
    let passed = gate().judge(&sums("a", 1, cohort(0..104), &[set(0..104)]), &rules()).unwrap();
    let told: Vec<String> = passed.checks().iter().map(|c| format!("{}: {}", c.check, c.found)).collect();
    assert_eq!(
        told,
        [
            "round: has not left before",
            "minimum cell: none found below 5 persons in 1 numbers",
            "dominance: in none of 0 sums does one person make up more than 0.5",
            "parameters: 0 parameters of models, 1 independent sums and 0 other numbers over 104 persons; at most 34 in all",
            "differencing: none found below 5 persons by differences of any two of 1 sums, 0 of which left before",
            "linear algebra: none found below 5 persons by linear combinations of 1 sums, rank 1",
        ]
    );
}

#[test]
fn attack_one_person_cells() {
    for persons in 1..=5 {
        let judged = gate().judge(&sums("a", 1, cohort(0..104), &[set(0..persons)]), &rules());
        match judged {
            Ok(_) => assert_eq!(persons, 5),
            Err(refused) => {
                let cell = &refused.reasons[0];
                assert_eq!((cell.check, persons < 5), (Check::MinimumCell, true));
                assert!(cell.why.contains(&format!("'sum 0' over {persons}")), "{cell}");
                assert!(cell.passes.contains("0 or of 5 persons or more"), "{cell}");
            }
        }
    }
    assert!(gate().judge(&sums("a", 1, cohort(0..104), &[set([])]), &rules()).is_ok(), "an empty cell");
    let tiny = gate().judge(&sums("a", 1, cohort(0..4), &[set(0..4)]), &rules()).unwrap_err();
    assert!(tiny.to_string().contains("the cohort itself has 4 persons"), "{tiny}");
}

#[test]
fn a_count_tells_its_complement() {
    for (others, passes) in [(0, true), (1, false), (4, false), (5, true)] {
        let mut release = release_of("a", 1, cohort(0..104));
        release.add(Kind::Count, set(others..104), [("with".into(), 0.0, None)]).unwrap();
        assert_eq!(gate().judge(&release, &rules()).is_ok(), passes, "{others}");
    }
}

#[test]
fn attack_decrements_of_one_to_four_in_risk_sets() {
    for leaving in 1..=5 {
        let risk_sets = [set(0..100), set(leaving..100)];
        let judged = gate().judge(&sums("a", 1, cohort(0..100), &risk_sets), &rules());
        assert_eq!(judged.is_ok(), leaving == 5, "{leaving}");
        if let Err(refused) = judged {
            assert_eq!(checks(&refused), ["differencing", "linear algebra"]);
        }
    }
}

#[test]
fn attack_two_cohorts_that_differ_by_one_person() {
    for differ in 1..=5 {
        let mut gate = gate();
        gate.open(&sums("first", 1, cohort(0..100), &[set(0..100)]), &rules()).unwrap();
        // Another study, whose cohort leaves out some persons, in another order: only pseudonyms are compared.
        let fewer = sums("second", 1, cohort((differ..100).rev()), &[set(0..100 - differ)]);
        let judged = gate.judge(&fewer, &rules());
        assert_eq!(judged.is_ok(), differ == 5, "{differ}");
        if let Err(refused) = judged {
            let reason = &refused.reasons[0];
            assert_eq!(reason.check, Check::Differencing);
            assert!(reason.why.contains(&format!("by {differ}")), "{reason}");
            assert!(reason.passes.contains("differs by 5 persons or more"), "{reason}");
        }
        // One leaves and another enters: each is exposed by the difference as well.
        let exchanged = sums("third", 1, cohort(1..101), &[set(0..100)]);
        assert!(gate.judge(&exchanged, &rules()).is_err());
        assert!(gate.open(&sums("same", 1, cohort(0..100), &[set(0..100)]), &rules()).is_ok());
    }
}

#[test]
fn attack_two_cohorts_that_differ_by_one_person_in_numbers_that_are_no_sums() {
    let medians = |study: &str, persons: std::ops::Range<usize>| {
        let mut release = release_of(study, 1, cohort(persons));
        release.add_not_linear("median of age".into(), 64.5).unwrap();
        release
    };
    let mut gate = gate();
    gate.open(&medians("first", 0..100), &rules()).unwrap();
    assert_eq!(
        checks(&gate.judge(&medians("second", 1..100), &rules()).unwrap_err()),
        ["differencing", "linear algebra"]
    );
    assert!(gate.judge(&medians("second", 5..100), &rules()).is_ok());
    // Against a sum over everyone but one as well.
    assert!(gate.judge(&sums("second", 1, cohort(1..100), &[set(0..99)]), &rules()).is_err());
}

#[test]
fn attack_combinations_over_rounds_that_no_single_round_shows() {
    // (A + B) + (A + C) - (B + C) is twice A, one person; no two of the sums differ by fewer than five.
    let [a, b, c] = [0..1, 1..11, 11..21];
    let rounds = [set(a.clone().chain(b.clone())), set(a.chain(c.clone())), set(b.chain(c))];
    let mut gate = gate();
    for (round, group) in (1..).zip(&rounds[..2]) {
        gate.open(&sums("a", round, cohort(0..30), std::slice::from_ref(group)), &rules()).unwrap();
    }
    // The gate goes on after a restart.
    let gate: Gate = serde_json::from_str(&serde_json::to_string(&gate).unwrap()).unwrap();
    let refused = gate.judge(&sums("a", 3, cohort(0..30), &rounds[2..]), &rules()).unwrap_err();
    assert_eq!(checks(&refused), ["linear algebra"]);
    assert!(refused.reasons[0].why.contains("give 1 persons alone"), "{refused}");
    let elsewhere = gate.judge(&sums("b", 1, cohort(0..30), &rounds[2..]), &rules()).unwrap_err();
    assert_eq!(checks(&elsewhere), ["linear algebra"], "another study does not help");
}

#[test]
fn attack_dominance_of_one_person() {
    let with = |contributions: &[f64]| {
        let mut release = release_of("a", 1, cohort(0..30));
        let concentration = Some(Concentration::of(contributions.iter().copied()));
        release.add(Kind::Sum, set(0..30), [("risk at year 5".into(), 1.0, concentration)]).unwrap();
        gate().judge(&release, &rules())
    };
    assert!(with(&[1.0, 1.0, 1.0, 1.0, 1.0]).is_ok());
    assert!(with(&[5.0, 2.0, 3.0]).is_ok());
    let refused = with(&[5.1, -2.0, 3.0]).unwrap_err();
    assert_eq!(checks(&refused), ["dominance"]);
    assert!(refused.reasons[0].why.contains("more than 0.5 of 1 sums: 'risk at year 5'"), "{refused}");
    assert!(with(&[f64::NAN, 1.0]).is_err() && with(&[f64::INFINITY, 1.0]).is_err());
    assert!(with(&[0.0, 0.0]).is_ok());
}

#[test]
fn attack_more_parameters_than_a_third_of_the_persons() {
    let fit = |method_use: &str, round, parameters| {
        let method = renkei_federation::study::MethodId { name: "cox".into(), version: 1 };
        let study = crate::fixture::study("a");
        let mut fit =
            renkei_federation::egress::Release::new(study, method_use, method, round, parameters, cohort(0..30))
                .unwrap();
        fit.add(Kind::Sum, set(0..30), [("gradient".into(), f64::from(round), None)]).unwrap();
        fit
    };
    let mut gate = gate();
    // Ten in all over 30 persons: nine parameters and the one sum over everyone.
    assert!(gate.judge(&fit("headline", 1, 10), &rules()).is_err());
    gate.open(&fit("headline", 1, 6), &rules()).unwrap();
    gate.open(&fit("headline", 2, 6), &rules()).unwrap();
    // Another model of the same study adds its own.
    assert!(gate.judge(&fit("without age", 1, 3), &rules()).is_ok());
    let refused = gate.judge(&fit("without age", 1, 4), &rules()).unwrap_err();
    assert_eq!(checks(&refused), ["parameters"]);
    assert!(refused.reasons[0].passes.starts_with("10 in all or fewer"), "{refused}");

    let mut many = release_of("b", 1, cohort(0..30));
    (0..11).for_each(|at| many.add_not_linear(format!("quantile {at}"), 0.5).unwrap());
    assert_eq!(checks(&gate.judge(&many, &rules()).unwrap_err()), ["parameters"]);
}

#[test]
fn attack_the_same_round_asked_with_other_parameters() {
    let mut gate = gate();
    let first = sums("a", 1, cohort(0..30), &[set(0..30)]);
    gate.open(&first, &rules()).unwrap();
    assert!(gate.open(&first, &rules()).is_ok(), "sent again after a lost answer");
    assert_eq!(gate.history().rounds(), 1);
    let mut other = release_of("a", 1, cohort(0..30));
    other.add(Kind::Sum, set(0..30), [("sum 0".into(), 0.5, None)]).unwrap();
    assert_eq!(checks(&gate.judge(&other, &rules()).unwrap_err()), ["round"]);
}

#[test]
fn refused_releases_are_not_remembered() {
    let mut gate = gate();
    assert!(gate.open(&sums("a", 1, cohort(0..30), &[set(0..3)]), &rules()).is_err());
    assert_eq!(gate, crate::fixture::gate());
}

#[test]
fn improper_releases_are_refused_in_words() {
    let method = renkei_federation::study::MethodId { name: "sums".into(), version: 1 };
    let twice = cohort([1, 2, 1]);
    let made = renkei_federation::egress::Release::new(crate::fixture::study("a"), "u", method, 1, 0, twice);
    assert_eq!(made, Err(ReleaseError::Twice));
    let mut release = release_of("a", 1, cohort(0..10));
    let outside = release.add(Kind::Sum, set([3, 10]), [("sum".into(), 0.0, None)]);
    assert_eq!(outside, Err(ReleaseError::Outside("sum".into())));
    let endless = release.add(Kind::Sum, set(0..10), [("sum".into(), f64::INFINITY, None)]);
    assert_eq!(endless, Err(ReleaseError::NotFinite("sum".into())));
    assert_eq!(release, release_of("a", 1, cohort(0..10)));
}

/// 120 persons, one leaving every three days.
fn leaving(grid: Grid) -> Result<renkei_federation::egress::Release, ReleaseError> {
    let years = |person: usize| (3 * person + 3) as f64 / 365.25;
    let last = grid.step(years(119));
    let risk_sets = (1..=last).map(|step| set((0..120).filter(|p| grid.step(years(*p)) >= step)));
    Ok(sums("a", 1, cohort(0..120), &risk_sets.collect::<Vec<_>>()))
}

#[test]
fn the_finest_agreed_grid_that_passes_is_taken() {
    let settled = finest(&gate(), &rules(), &Grid::ALL, leaving).unwrap();
    assert_eq!(settled.grid, Grid::Month);
    let too_fine: Vec<Grid> = settled.too_fine.iter().map(|(grid, _)| *grid).collect();
    assert_eq!(too_fine, [Grid::Day]);
    assert_eq!(checks(&settled.too_fine[0].1), ["minimum cell", "parameters", "differencing", "linear algebra"]);
    assert!(settled.passed.is_for(&settled.release));
    let Err(NoGrid::Refused(refused)) = finest(&gate(), &rules(), &[Grid::Day], leaving) else { panic!("passed") };
    assert_eq!(refused.len(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn nothing_passes_that_a_difference_of_two_sums_exposes(
        bins in proptest::collection::vec(proptest::collection::vec(any::<bool>(), 40), 1..8),
        rounds in 1usize..4,
    ) {
        let groups: Vec<_> =
            bins.iter().map(|bin| set(bin.iter().enumerate().filter(|(_, inside)| **inside).map(|(at, _)| at))).collect();
        let mut gate = gate();
        let mut left = Vec::new();
        for (round, part) in (1..).zip(groups.chunks(groups.len().div_ceil(rounds))) {
            if gate.open(&sums("a", round, cohort(0..40), part), &rules()).is_ok() {
                left.extend_from_slice(part);
            }
        }
        for (at, one) in left.iter().enumerate() {
            prop_assert!(one.is_empty() || one.len() >= 5);
            for other in &left[at + 1..] {
                let apart = (0..40).filter(|person| one.contains(*person) != other.contains(*person)).count();
                prop_assert!(apart == 0 || apart >= 5);
            }
        }
    }
}

#[test]
fn numbers_that_are_no_sums_count_once_a_use_and_add_up_over_uses() {
    let release = |method_use: &str, round: u32| {
        let method = renkei_federation::study::MethodId { name: "cox_by_site".into(), version: 1 };
        let mut release = renkei_federation::egress::Release::new(
            crate::fixture::study("a"),
            method_use,
            method,
            round,
            3,
            cohort(0..104),
        )
        .unwrap();
        (0..10).for_each(|at| release.add_not_linear(format!("gradient {at}"), f64::from(round)).unwrap());
        release
    };
    let mut gate = gate();
    // The same ten numbers at another point in every round.
    (1..=12).for_each(|round| drop(gate.open(&release("one", round), &rules()).unwrap()));
    gate.open(&release("two", 1), &rules()).unwrap();
    // One sum (everyone), then 3 + 10 a use: 14, 27, 40 of at most 34.
    let refused = gate.open(&release("three", 1), &rules()).unwrap_err();
    assert_eq!(checks(&refused), ["parameters"]);
    assert!(refused.to_string().contains("9 parameters of models, 1 independent sums and 30 other"), "{refused}");
}

#[test]
fn sums_that_another_study_told_first_count_in_this_one_too() {
    let groups = [set(0..10), set(10..20), set(0..30)];
    let mut gate = gate();
    gate.open(&sums("first", 1, cohort(0..30), &groups), &rules()).unwrap();
    let fit = |parameters| {
        let method = renkei_federation::study::MethodId { name: "cox".into(), version: 1 };
        let study = crate::fixture::study("second");
        let mut fit =
            renkei_federation::egress::Release::new(study, "headline", method, 1, parameters, cohort(0..30)).unwrap();
        groups.iter().for_each(|group| fit.add(Kind::Sum, group.clone(), [("sum".into(), 1.0, None)]).unwrap());
        fit
    };
    // Ten in all over 30 persons: three sums, and seven parameters.
    assert!(gate.judge(&fit(7), &rules()).is_ok());
    assert_eq!(checks(&gate.judge(&fit(8), &rules()).unwrap_err()), ["parameters"]);
}
