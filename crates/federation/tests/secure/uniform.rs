//! Masked vectors and sealed shares against the definition, computed here apart from the code under test, and what they show without one
//! kind of mask.

use blahaj::{Share, Sharks};
use chacha20::ChaCha20;
use chacha20::cipher::{KeyIvInit, StreamCipher};
use chacha20poly1305::ChaCha20Poly1305;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use hkdf::Hkdf;
use renkei_domain::Digest;
use renkei_federation::secure::{HubMessage, Layout, RoundTerms, SiteMessage};
use sha2::Sha256;
use x25519_dalek::{PublicKey, StaticSecret};

use crate::protocol::{Site, World, advanced, keys, terms_of};

const LAYOUT: Layout = Layout { reals: 4096, counts: 0 };

fn terms(attempt: u32) -> RoundTerms {
    terms_of(b"study", 1, attempt, 4, 3, LAYOUT)
}

/// A world whose sites have dealt, all inputs equal, and site 1's masked vector.
fn masked(attempt: u32, value: f64) -> (World, Vec<u8>) {
    let mut world = advanced(&terms(attempt), 1);
    for site in &mut world.sites {
        site.reals = vec![value; 4096];
    }
    let bytes = vector(&world.answer(1).unwrap());
    (world, bytes)
}

fn vector(message: &SiteMessage) -> Vec<u8> {
    let SiteMessage::Masked(signed) = message else { panic!("no masked vector") };
    signed.body.values.as_bytes().to_vec()
}

fn secret(site: &Site, name: &str) -> [u8; 32] {
    let state = serde_json::to_value(&site.round).unwrap();
    hex::decode(state["secrets"][name].as_str().unwrap()).unwrap().try_into().unwrap()
}

fn derived(secret: &[u8; 32], purpose: &str, bound: &Digest, seats: &[u8]) -> [u8; 32] {
    let mut key = [0; 32];
    let info = Digest::of_parts([purpose.as_bytes(), bound.as_bytes(), seats]);
    Hkdf::<Sha256>::new(Some(b"renkei secure sum v1"), secret).expand(info.as_bytes(), &mut key).unwrap();
    key
}

fn stream(secret: &[u8; 32], purpose: &str, bound: &Digest, seats: &[u8], bytes: usize) -> Vec<u8> {
    let mut stream = vec![0; bytes];
    let key = derived(secret, purpose, bound, seats);
    ChaCha20::new(&key.into(), &[0; 12].into()).apply_keystream(&mut stream);
    stream
}

fn less(values: &[u8], other: &[u8]) -> Vec<u8> {
    let pairs = values.as_chunks::<16>().0.iter().zip(other.as_chunks::<16>().0);
    pairs.flat_map(|(a, b)| u128::from_le_bytes(*a).wrapping_sub(u128::from_le_bytes(*b)).to_le_bytes()).collect()
}

/// Site 1 has the lowest seat: it adds all pairwise masks.
fn without_pairwise(world: &World, masked: &[u8]) -> Vec<u8> {
    let own = StaticSecret::from(secret(&world.sites[0], "mask"));
    (2_u8..).zip(&world.sites[1..]).fold(masked.to_vec(), |values, (number, other)| {
        let agreed = own.diffie_hellman(&PublicKey::from(keys(other).mask.0)).to_bytes();
        less(&values, &stream(&agreed, "pairwise mask", &world.by_keys(), &[1, number], values.len()))
    })
}

fn without_own(world: &World, masked: &[u8]) -> Vec<u8> {
    less(masked, &stream(&secret(&world.sites[0], "seed"), "own mask", &world.by_keys(), &[1], masked.len()))
}

/// Pearson's chi-square of the bytes against equal frequencies: 255 degrees of freedom, mean 255, deviation 22.6.
fn chi_square(bytes: &[u8]) -> f64 {
    let mut counts = [0_u32; 256];
    bytes.iter().for_each(|byte| counts[usize::from(*byte)] += 1);
    let expected = bytes.len() as f64 / 256.0;
    counts.iter().map(|count| (f64::from(*count) - expected).powi(2) / expected).sum()
}

fn assert_uniform(bytes: &[u8]) {
    let chi_square = chi_square(bytes);
    // Five deviations: one in three million for bytes that are uniform, and the seeds are fixed.
    assert!((142.0..368.0).contains(&chi_square), "chi-square {chi_square}");
}

#[test]
fn masked_vectors_are_the_input_under_the_masks_of_the_definition() {
    let (world, bytes) = masked(1, -2.5);
    let plain = without_own(&world, &without_pairwise(&world, &bytes));
    let steps = (-2.5 * 2_f64.powi(40)) as i128;
    assert!(plain.as_chunks::<16>().0.iter().all(|element| i128::from_le_bytes(*element) == steps));
}

#[test]
fn masked_vectors_look_uniform_whatever_is_in_them() {
    for value in [0.0, 1.0, -1.0, 1e20] {
        assert_uniform(&masked(1, value).1);
    }
}

#[test]
fn a_site_that_is_said_to_have_dropped_out_stays_hidden_under_its_own_mask() {
    let (world, bytes) = masked(1, 0.0);
    assert_uniform(&without_pairwise(&world, &bytes));
}

#[test]
fn a_survivor_stays_hidden_under_its_pairwise_masks() {
    let (world, bytes) = masked(1, 0.0);
    assert_uniform(&without_own(&world, &bytes));
}

#[test]
fn the_sum_of_all_masked_vectors_shows_nothing_before_it_is_unmasked() {
    let (mut world, first) = masked(1, 0.0);
    let zero = vec![0; first.len()];
    let sum = [2, 3, 4].into_iter().fold(first, |sum, number| {
        let other = vector(&world.answer(number).unwrap());
        less(&sum, &less(&zero, &other))
    });
    assert_uniform(&sum);
}

#[test]
fn masks_change_with_every_attempt_even_under_the_same_secrets() {
    let (_, one) = masked(1, 7.0);
    let (_, other) = masked(2, 7.0);
    let equal = one.iter().zip(&other).filter(|(one, other)| one == other).count();
    // One in 256 by chance: 256 of 65,536, deviation 16.
    assert!((176..336).contains(&equal), "{equal} bytes are equal");
    assert_uniform(&less(&one, &other));
}

#[test]
fn sealed_shares_open_by_the_definition_and_rebuild_the_secrets() {
    let world = advanced(&terms(1), 1);
    let bound = world.by_keys();
    // What site 3 sealed for each of the others, opened with the receiver's key.
    let pairs: Vec<(u8, Vec<u8>)> = [1_u8, 2, 4]
        .into_iter()
        .map(|to| {
            let HubMessage::Shares(shares) = world.message(to) else { panic!("no shares") };
            let receiver = StaticSecret::from(secret(&world.sites[usize::from(to) - 1], "share"));
            let agreed = receiver.diffie_hellman(&PublicKey::from(keys(&world.sites[2]).share.0)).to_bytes();
            let key = derived(&agreed, "sealed share", &bound, &[3, to]);
            let aad = Digest::of_parts([&b"renkei secure sum v1 share"[..], bound.as_bytes(), &[3, to]]);
            let payload = Payload { msg: &shares[2].sealed.bytes, aad: aad.as_bytes() };
            let opened = ChaCha20Poly1305::new(&key.into()).decrypt(&shares[2].sealed.nonce.into(), payload);
            (to, opened.unwrap())
        })
        .collect();
    for (name, place) in [("seed", 0), ("mask", 32)] {
        let share = |(to, pair): &(u8, Vec<u8>)| {
            Share::try_from([&[*to][..], &pair[place..place + 32]].concat().as_slice()).unwrap()
        };
        let shares: Vec<Share> = pairs.iter().map(share).collect();
        assert_eq!(Sharks(3).recover(&shares).unwrap(), secret(&world.sites[2], name));
        assert!(Sharks(3).recover(&shares[..2]).is_err());
        // Two of the three that are needed give something else.
        assert_ne!(Sharks(2).recover(&shares[..2]).unwrap(), secret(&world.sites[2], name));
    }
}
