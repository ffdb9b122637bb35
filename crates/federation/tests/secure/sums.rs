//! Totals for every set of survivors at or above the threshold, nothing below it.

use proptest::prelude::*;
use renkei_federation::secure::{HubStep, Layout, Phase, RoundTerms, SecureError, Totals, usual_threshold};

use crate::protocol::{Refused, SMALL, World, advanced, seat, terms, terms_of};

/// Runs a round in which, of the sites numbered from 1, the given ones answer in the four phases after the keys.
fn run(terms: &RoundTerms, inputs: &[(Vec<f64>, Vec<u64>)], phases: [&[u8]; 4]) -> Refused<Totals> {
    let mut world = World::new(terms);
    for (site, (reals, counts)) in world.sites.iter_mut().zip(inputs) {
        (site.reals, site.counts) = (reals.clone(), counts.clone());
    }
    let mut totals = None;
    for part in phases {
        totals = world.phase(part)?;
    }
    Ok(totals.unwrap())
}

/// The sum in whole steps of 2^-40, computed apart from the code under test.
fn steps(inputs: &[(Vec<f64>, Vec<u64>)], survivors: &[u8], index: usize) -> f64 {
    let steps =
        survivors.iter().map(|number| (inputs[usize::from(*number) - 1].0[index] * 2_f64.powi(40)).round_ties_even());
    steps.map(|value| value as i128).sum::<i128>() as f64 * 2_f64.powi(-40)
}

fn numbers(mask: u32, sites: u8) -> Vec<u8> {
    (1..=sites).filter(|number| mask & (1 << number) != 0).collect()
}

fn any_real() -> impl Strategy<Value = f64> {
    prop_oneof![-1e3..1e3, -1e24..1e24, Just(0.0), Just(-1e-300)]
}

/// A set of sites by its bits: all of them, or each with three in four.
fn mostly_all() -> impl Strategy<Value = u32> {
    prop_oneof![Just(u32::MAX), (any::<u32>(), any::<u32>()).prop_map(|(one, other)| one | other)]
}

prop_compose! {
    fn given()(sites in 3_u8..=7)(
        sites in Just(sites),
        threshold in (sites / 2 + 1).max(3)..=sites,
        sharing in mostly_all(), masking in mostly_all(), signing in mostly_all(), unmasking in mostly_all(),
        inputs in prop::collection::vec(
            (prop::collection::vec(any_real(), 2), prop::collection::vec(0_u64..1 << 60, 1)),
            usize::from(sites),
        ),
    ) -> (u8, u8, [u32; 4], Vec<(Vec<f64>, Vec<u64>)>) {
        (sites, threshold, [sharing, masking, signing, unmasking], inputs)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_threshold_of_survivors_gives_the_sum_and_fewer_give_nothing((sites, threshold, masks, inputs) in given()) {
        let terms = terms(sites, threshold);
        let [dealt, masked, signed, unmasked] = masks;
        let dealt = numbers(dealt, sites);
        let survivors: Vec<u8> = numbers(masked, sites).into_iter().filter(|number| dealt.contains(number)).collect();
        let of_survivors = |mask| -> Vec<u8> {
            numbers(mask, sites).into_iter().filter(|number| survivors.contains(number)).collect()
        };
        let signed = of_survivors(signed);
        // Only who signed the list goes on.
        let unmasked: Vec<u8> = of_survivors(unmasked).into_iter().filter(|number| signed.contains(number)).collect();
        let need = usize::from(threshold);
        let enough = [&dealt, &survivors, &signed, &unmasked].iter().all(|part| part.len() >= need);
        match run(&terms, &inputs, [&dealt, &survivors, &signed, &unmasked]) {
            Ok(totals) => {
                prop_assert!(enough);
                prop_assert_eq!(&totals.survivors, &survivors.iter().map(|number| seat(*number)).collect::<Vec<_>>());
                for index in 0..2 {
                    prop_assert_eq!(totals.reals[index], steps(&inputs, &survivors, index));
                }
                let counts = survivors.iter().map(|number| inputs[usize::from(*number) - 1].1[0]);
                prop_assert_eq!(totals.counts[0], counts.sum::<u64>());
            }
            Err(SecureError::TooFew { have, need: needed, .. }) => {
                prop_assert!(!enough);
                prop_assert!(have < needed && needed == need);
            }
            Err(other) => prop_assert!(false, "{other}"),
        }
    }
}

#[test]
fn all_subsets_of_five_sites_with_a_threshold_of_three() {
    let terms = terms(5, 3);
    for mask in 0_u32..32 {
        let survivors = numbers(mask << 1, 5);
        let mut world = advanced(&terms, 1);
        let masked = world.phase(&survivors);
        if survivors.len() < 3 {
            assert_eq!(masked, Err(SecureError::TooFew { phase: Phase::Masked, have: survivors.len(), need: 3 }));
            continue;
        }
        world.phase(&survivors).unwrap();
        let totals = world.phase(&survivors).unwrap().unwrap();
        let expected: u64 = survivors.iter().map(|number| u64::from(*number) * 10).sum();
        assert_eq!(totals.counts, [expected]);
    }
}

#[test]
fn three_sites_tolerate_no_drop_out() {
    assert_eq!(usual_threshold(3), 3);
    let mut world = advanced(&terms(3, 3), 1);
    assert_eq!(world.phase(&[1, 2]), Err(SecureError::TooFew { phase: Phase::Masked, have: 2, need: 3 }));
}

#[test]
fn a_failed_close_may_be_tried_again_when_more_have_come() {
    let mut world = advanced(&terms(3, 3), 1);
    assert!(world.phase(&[1, 2]).is_err());
    assert_eq!(world.hub.waiting(), [seat(3)]);
    world.phase(&[3]).unwrap();
    world.phase(&[1, 2, 3]).unwrap();
    assert_eq!(world.phase(&[1, 2, 3]).unwrap().unwrap().counts, [60]);
}

#[test]
fn many_sites_and_a_third_gone() {
    let terms = terms_of(b"study", 1, 1, 30, usual_threshold(30), SMALL);
    let mut world = World::new(&terms);
    let all: Vec<u8> = (1..=30).collect();
    let staying: Vec<u8> = (1..=30).filter(|number| number % 3 != 0 || *number == 30).collect();
    assert_eq!(staying.len(), usize::from(terms.threshold()));
    world.phase(&all).unwrap();
    world.phase(&staying).unwrap();
    world.phase(&staying).unwrap();
    let totals = world.phase(&staying).unwrap().unwrap();
    assert_eq!(totals.counts, [staying.iter().map(|number| u64::from(*number) * 10).sum::<u64>()]);
}

#[test]
fn vectors_longer_than_a_stretch_of_key_stream_come_out_whole() {
    let layout = Layout { reals: 5_000, counts: 1_001 };
    let terms = terms_of(b"study", 1, 1, 4, 3, layout);
    let mut world = advanced(&terms, 1);
    world.phase(&[1, 2, 4]).unwrap();
    world.phase(&[1, 2, 4]).unwrap();
    let totals = world.phase(&[1, 2, 4]).unwrap().unwrap();
    let plain = |index: usize| [1, 2, 4].iter().map(|number| world.sites[number - 1].reals[index]).sum::<f64>();
    assert!((0..5_000).all(|index| (totals.reals[index] - plain(index)).abs() <= totals.rounding() + 1e-12));
    assert!((0..1_001).all(|index| totals.counts[index] == 70 + 3 * index as u64));
}

#[test]
fn a_closed_round_stays_closed_and_gives_its_totals_again() {
    let mut world = advanced(&terms(3, 3), 3);
    let totals = world.phase(&[1, 2, 3]).unwrap().unwrap();
    assert_eq!(world.hub.close(), Ok(HubStep::Done(totals)));
    assert_eq!(world.hub.phase(), Phase::Done);
}
