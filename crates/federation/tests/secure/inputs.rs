//! RoundTerms and inputs that are refused.

use ed25519_dalek::SigningKey;
use proptest::prelude::*;
use renkei_domain::Digest;
use renkei_federation::keys::Identity;
use renkei_federation::secure::{Layout, MAX_NUMBERS, Phase, RoundTerms, SecureError, usual_threshold};

use crate::protocol::{SMALL, advanced, pinned, seat, terms, terms_of};

fn refused(sites: u8, threshold: u8, layout: Layout) -> SecureError {
    RoundTerms::new(Digest::of(b"study"), 1, 1, threshold, layout, pinned(sites)).unwrap_err()
}

/// What site 1 answers when it is to mask these numbers.
fn masked(reals: &[f64], counts: &[u64]) -> Result<(), SecureError> {
    let mut world = advanced(&terms(4, 3), 1);
    (world.site(1).reals, world.site(1).counts) = (reals.to_vec(), counts.to_vec());
    world.answer(1).map(drop)
}

#[test]
fn thresholds_that_let_a_hub_split_the_sites_are_refused() {
    for (sites, threshold) in [(3, 2), (4, 2), (6, 3), (7, 3), (10, 5), (10, 11), (5, 0)] {
        let sites_given = usize::from(sites);
        assert_eq!(refused(sites, threshold, SMALL), SecureError::Threshold { threshold, sites: sites_given });
    }
    assert_eq!(refused(2, 2, SMALL), SecureError::Sites { sites: 2 });
    for sites in 3..=255 {
        terms_of(b"study", 1, 1, sites, usual_threshold(sites), SMALL);
    }
}

#[test]
fn nothing_to_sum_and_too_much_are_refused() {
    let layout = |reals, counts| Layout { reals, counts };
    assert_eq!(refused(3, 3, layout(0, 0)), SecureError::Layout { numbers: 0 });
    assert_eq!(refused(3, 3, layout(1 << 24, 1)), SecureError::Layout { numbers: MAX_NUMBERS + 1 });
    assert_eq!(refused(3, 3, layout(u32::MAX, u32::MAX)), SecureError::Layout { numbers: 2 * u64::from(u32::MAX) });
}

#[test]
fn a_site_takes_one_seat_under_a_sound_identity() {
    let mut identities = pinned(4);
    identities[3] = identities[0];
    let twice = RoundTerms::new(Digest::of(b"study"), 1, 1, 3, SMALL, identities).unwrap_err();
    assert_eq!(twice, SecureError::SameIdentity { first: seat(1), second: seat(4) });
    let neutral = format!("01{}", "0".repeat(62));
    assert!(neutral.parse::<Identity>().is_err());
    let stranger = SigningKey::from_bytes(&[77; 32]);
    assert_eq!(terms(3, 3).seat_of(&stranger), Err(SecureError::NoSeat));
}

#[test]
fn terms_are_checked_when_they_are_read_too() {
    let text = serde_json::to_string(&terms(4, 3)).unwrap();
    assert_eq!(serde_json::from_str::<RoundTerms>(&text).unwrap(), terms(4, 3));
    assert!(serde_json::from_str::<RoundTerms>(&text.replace("\"threshold\":3", "\"threshold\":2")).is_err());
}

#[test]
fn every_term_is_in_the_digest() {
    let other = |study: &[u8], round, attempt, sites, threshold, layout| {
        terms_of(study, round, attempt, sites, threshold, layout).digest()
    };
    let digests = [
        terms(4, 3).digest(),
        other(b"other", 1, 1, 4, 3, SMALL),
        other(b"study", 2, 1, 4, 3, SMALL),
        other(b"study", 1, 2, 4, 3, SMALL),
        other(b"study", 1, 1, 5, 3, SMALL),
        other(b"study", 1, 1, 4, 4, SMALL),
        other(b"study", 1, 1, 4, 3, Layout { reals: 1, counts: 2 }),
    ];
    for (place, digest) in digests.iter().enumerate() {
        assert!(!digests[..place].contains(digest), "term {place} is not in the digest");
    }
}

#[test]
fn numbers_that_are_not_finite_are_refused_by_place_not_value() {
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert_eq!(masked(&[1.0, value], &[1]), Err(SecureError::NotFinite { index: 1 }));
    }
}

#[test]
fn numbers_at_the_bound_are_refused_and_below_it_taken() {
    let bound = 2_f64.powi(87) / 4.0;
    for value in [bound, -bound, f64::MAX, 1.5 * bound] {
        let error = masked(&[value, 0.0], &[1]).unwrap_err();
        assert_eq!(error, SecureError::OutOfRange { what: "real number", index: 0, sites: 4 });
        assert!(!error.to_string().contains(&format!("{value}")), "the value is in the message");
    }
    masked(&[bound.next_down(), -bound.next_down()], &[u64::MAX / 4]).unwrap();
    let error = SecureError::OutOfRange { what: "count", index: 0, sites: 4 };
    assert_eq!(masked(&[0.0, 0.0], &[u64::MAX / 4 + 1]), Err(error));
}

#[test]
fn sums_at_the_bound_do_not_wrap() {
    let largest = (2_f64.powi(87) / 4.0).next_down();
    for sign in [1.0, -1.0] {
        let mut world = advanced(&terms(4, 3), 1);
        for site in &mut world.sites {
            (site.reals, site.counts) = (vec![sign * largest, 0.0], vec![u64::MAX / 4]);
        }
        world.phase(&[1, 2, 3, 4]).unwrap();
        world.phase(&[1, 2, 3, 4]).unwrap();
        let totals = world.phase(&[1, 2, 3, 4]).unwrap().unwrap();
        assert_eq!((totals.reals[0], totals.counts[0]), (sign * 4.0 * largest, u64::MAX / 4 * 4));
    }
}

#[test]
fn vectors_of_another_length_than_agreed_are_refused() {
    let error = |what, given, agreed| Err(SecureError::Length { what, given, agreed });
    assert_eq!(masked(&[1.0], &[1]), error("reals", 1, 2));
    assert_eq!(masked(&[1.0, 2.0, 3.0], &[1]), error("reals", 3, 2));
    assert_eq!(masked(&[1.0, 2.0], &[]), error("counts", 0, 1));
}

#[test]
fn a_refused_input_leaves_the_site_able_to_answer() {
    let mut world = advanced(&terms(3, 3), 1);
    world.site(1).reals[0] = f64::NAN;
    assert!(world.answer(1).is_err());
    world.site(1).reals[0] = 4.0;
    world.phase(&[1, 2, 3]).unwrap();
    world.phase(&[1, 2, 3]).unwrap();
    assert!(world.phase(&[1, 2, 3]).unwrap().is_some());
    assert_eq!(world.hub.phase(), Phase::Done);
}

#[test]
fn nothing_secret_or_given_is_shown() {
    let world = advanced(&terms(3, 3), 1);
    let shown = format!("{:?}", world.sites[0].round);
    let state: serde_json::Value = serde_json::to_value(&world.sites[0].round).unwrap();
    for secret in ["mask", "share", "seed", "dealer"] {
        let secret = state["secrets"][secret].as_str().unwrap();
        assert_eq!(secret.len(), 64);
        assert!(!shown.contains(secret), "a secret is shown");
    }
    assert!(shown.contains("Secret"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn rounding_moves_a_total_by_half_a_step_a_site_at_most(values in prop::collection::vec(-1e4_f64..1e4, 3)) {
        let mut world = advanced(&terms(3, 3), 1);
        for (site, value) in world.sites.iter_mut().zip(&values) {
            site.reals[0] = *value;
        }
        for _ in 0..2 {
            world.phase(&[1, 2, 3]).unwrap();
        }
        let totals = world.phase(&[1, 2, 3]).unwrap().unwrap();
        // Doubles of this size are exact to 2^-37 or so; the sum of three is compared with room for that.
        let plain: f64 = values.iter().sum();
        prop_assert!((totals.reals[0] - plain).abs() <= totals.rounding() + 4.0 * f64::EPSILON * 3e4);
    }
}
