use rand::SeedableRng as _;
use rand_chacha::ChaCha20Rng;
use renkei_federation::egress::{Ledger, PrivacyError, delta, gaussian, noise_scale};
use renkei_federation::study::PrivacyBudget;

use crate::fixture::{golden, study};

fn budget(epsilon: f64, delta: f64) -> PrivacyBudget {
    PrivacyBudget { epsilon, delta }
}

#[test]
fn noise_is_that_of_dp_txt() {
    let Some(reference) = golden("dp.txt") else { return };
    let mut compared = 0;
    for line in reference.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        let number =
            |after: &str| -> f64 { words[words.iter().position(|word| *word == after).unwrap() + 1].parse().unwrap() };
        let (epsilon, at_most, sigma) = (number("eps"), number("delta"), number("sigma/sens"));
        let ours = noise_scale(budget(epsilon, at_most), 1.0).unwrap();
        assert!((ours - sigma).abs() <= 6e-7, "{line}: {ours}");
        assert!(delta(ours, epsilon) <= at_most && delta(ours * (1.0 - 1e-6), epsilon) > at_most, "{line}");
        assert!((noise_scale(budget(epsilon, at_most), 2.5).unwrap() - 2.5 * ours).abs() < 1e-9);
        compared += 1;
    }
    assert_eq!(compared, 12);
}

#[test]
fn parameters_out_of_range_are_refused() {
    for (epsilon, at_most, sensitivity) in [
        (0.0, 1e-6, 1.0),
        (-1.0, 1e-6, 1.0),
        (f64::NAN, 1e-6, 1.0),
        (101.0, 1e-6, 1.0),
        (1.0, 0.0, 1.0),
        (1.0, 1.0, 1.0),
        (1.0, 1e-6, 0.0),
        (1.0, 1e-6, f64::INFINITY),
    ] {
        assert_eq!(noise_scale(budget(epsilon, at_most), sensitivity), Err(PrivacyError::Setting));
    }
}

#[test]
fn a_ledger_holds_its_budget_and_no_more() {
    let mut ledger = Ledger::new(study("a"), budget(1.0, 1e-6));
    // One release with the whole budget spends it exactly.
    let scale = ledger.spend("headline", 1, budget(1.0, 1e-6), 2.0).unwrap();
    assert!((scale - 2.0 * 4.224679).abs() < 2e-6, "{scale}");
    let mut ledger: Ledger = serde_json::from_str(&serde_json::to_string(&ledger).unwrap()).unwrap();
    let before = ledger.clone();
    let refused = ledger.spend("headline", 2, budget(0.01, 1e-9), 1.0).unwrap_err();
    assert!(matches!(refused, PrivacyError::Spent { .. }), "{refused}");
    assert_eq!(ledger, before);
}

#[test]
fn composition_is_that_of_one_gaussian() {
    // k releases of scale s compose to scale s / sqrt(k): epsilon 1, delta 1e-6 needs 4.224679, so 16 releases fit when
    // each has 4 times that scale, and a 17th does not.
    let mut ledger = Ledger::new(study("a"), budget(1.0, 1e-6));
    let whole = noise_scale(budget(1.0, 1e-6), 1.0).unwrap();
    // The epsilon at which four times the scale has delta 1e-6.
    let (mut low, mut high) = (0.01, 1.0);
    for _ in 0..100 {
        let middle = 0.5 * (low + high);
        if delta(4.0 * whole, middle) > 1e-6 { low = middle } else { high = middle }
    }
    for round in 1..=16 {
        let scale = ledger.spend("headline", round, budget(high, 1e-6), 1.0).unwrap();
        assert!((scale / (4.0 * whole) - 1.0).abs() < 1e-9);
    }
    assert!((ledger.composed_delta() / 1e-6 - 1.0).abs() < 1e-6, "{}", ledger.composed_delta());
    assert!(matches!(ledger.spend("headline", 17, budget(high, 1e-6), 1.0), Err(PrivacyError::Spent { .. })));
    assert_eq!(ledger.spent().len(), 16);
}

#[test]
fn a_round_is_given_noise_once() {
    let mut ledger = Ledger::new(study("a"), budget(1.0, 1e-6));
    ledger.spend("headline", 1, budget(0.1, 1e-7), 1.0).unwrap();
    let again = ledger.spend("headline", 1, budget(0.1, 1e-7), 1.0);
    assert_eq!(again, Err(PrivacyError::Again { method_use: "headline".into(), round: 1 }));
    assert!(ledger.spend("hazard", 1, budget(0.1, 1e-7), 1.0).is_ok());
}

#[test]
fn noise_has_the_moments_of_a_standard_normal() {
    let mut random = ChaCha20Rng::from_seed([7; 32]);
    let drawn: Vec<f64> = (0..100_000).map(|_| gaussian(&mut random)).collect();
    let moment = |power: i32| drawn.iter().map(|z| z.powi(power)).sum::<f64>() / drawn.len() as f64;
    // Five standard errors: sqrt(1, 2, 15, 96) / sqrt(100,000) for the first four moments.
    for (power, expected, variance) in [(1, 0.0, 1.0_f64), (2, 1.0, 2.0), (3, 0.0, 15.0), (4, 3.0, 96.0)] {
        let error = (moment(power) - expected).abs();
        assert!(error < 5.0 * (variance / drawn.len() as f64).sqrt(), "{power}: {error}");
    }
    assert!(drawn.iter().all(|z| z.is_finite()));
}
