//! Attacks of a hub, of a site, and of someone between them. Each test fails if its guard is taken out.

use renkei_domain::Digest;
use renkei_federation::secure::{
    AgreementKey, HubMessage, HubRound, Keys, Layout, Phase, Piece, RingVector, RoundTerms, SealedShare, SecureError,
    Signed, SiteMessage, SiteRound, Survivors, Unmask,
};

use crate::protocol::{Refused, SMALL, World, advanced, cheating, of_digests, seat, site, terms, terms_of};

fn keys(message: SiteMessage) -> Signed<Keys> {
    let SiteMessage::Keys(signed) = message else { panic!("no keys") };
    signed
}

fn signature(message: SiteMessage) -> Signed<Survivors> {
    let SiteMessage::Survivors(signed) = message else { panic!("no signature over survivors") };
    signed
}

fn unmask(message: SiteMessage) -> Unmask {
    let SiteMessage::Unmask(signed) = message else { panic!("nothing is unmasked") };
    signed.body
}

fn survivors(seats: &[u8]) -> HubMessage {
    HubMessage::Survivors(Survivors { seats: seats.iter().map(|number| seat(*number)).collect() })
}

fn bad_signature<T>(number: u8, phase: Phase) -> Refused<T> {
    Err(SecureError::Signature { seat: seat(number), phase })
}

/// The list of keys of a round with these sites, before any site saw it.
fn key_list(terms: &RoundTerms) -> Vec<Signed<Keys>> {
    crate::protocol::sites(terms).iter().map(|site| keys(site.first())).collect()
}

/// What site 1 of these terms answers to a list of keys.
fn site_1_on(terms: &RoundTerms, list: &[Signed<Keys>]) -> Refused<()> {
    site(terms, 1).step(&HubMessage::Keys(list.to_vec())).map(drop)
}

fn cheating_keys(terms: &RoundTerms, number: u8, body: Keys) -> Signed<Keys> {
    let digest = Digest::of_parts([&body.mask.0[..], &body.share.0]);
    cheating(number, "keys", &terms.digest(), body, &digest)
}

// Keys

#[test]
fn public_keys_of_the_hubs_making_are_refused() {
    let terms = terms(4, 3);
    let list = key_list(&terms);
    site_1_on(&terms, &list).unwrap();
    let own_making = keys(site(&terms_of(b"study", 2, 1, 4, 3, SMALL), 3).first());
    for change in [
        |signed: &mut Signed<Keys>, made: &Signed<Keys>| signed.body.mask = made.body.mask,
        |signed: &mut Signed<Keys>, made: &Signed<Keys>| signed.body.share = made.body.share,
        |signed: &mut Signed<Keys>, _: &Signed<Keys>| signed.signature[3] ^= 1,
        // Signed by that site, but in another round.
        |signed: &mut Signed<Keys>, made: &Signed<Keys>| *signed = made.clone(),
    ] {
        let mut changed = list.clone();
        change(&mut changed[2], &own_making);
        assert_eq!(site_1_on(&terms, &changed), bad_signature(3, Phase::Keys));
    }
    let mut signed_by_the_hub = list;
    let hub = cheating_keys(&terms, 4, own_making.body);
    signed_by_the_hub[2] = Signed { from: seat(3), ..hub };
    assert_eq!(site_1_on(&terms, &signed_by_the_hub), bad_signature(3, Phase::Keys));
}

#[test]
fn keys_of_another_study_round_or_attempt_are_refused_by_the_hub_too() {
    let terms = terms(4, 3);
    for other in [
        terms_of(b"other", 1, 1, 4, 3, SMALL),
        terms_of(b"study", 2, 1, 4, 3, SMALL),
        terms_of(b"study", 1, 2, 4, 3, SMALL),
        terms_of(b"study", 1, 1, 4, 4, SMALL),
        terms_of(b"study", 1, 1, 4, 3, Layout { reals: 3, counts: 1 }),
    ] {
        let mut hub = HubRound::new(terms.clone());
        assert_eq!(hub.receive(site(&other, 2).first()), bad_signature(2, Phase::Keys));
        let mut list = key_list(&terms);
        list[1] = keys(site(&other, 2).first());
        assert_eq!(site_1_on(&terms, &list), bad_signature(2, Phase::Keys));
    }
}

#[test]
fn a_site_can_not_speak_for_another_or_from_outside() {
    let terms = terms(4, 3);
    let mut hub = HubRound::new(terms.clone());
    let signed = keys(site(&terms, 2).first());
    let as_third = Signed { from: seat(3), ..signed.clone() };
    assert_eq!(hub.receive(SiteMessage::Keys(as_third)), bad_signature(3, Phase::Keys));
    let outside = SecureError::NotExpected { seat: seat(9), phase: Phase::Keys };
    assert_eq!(hub.receive(SiteMessage::Keys(Signed { from: seat(9), ..signed })), Err(outside.clone()));
    let mut list = key_list(&terms);
    list[3].from = seat(9);
    assert_eq!(site_1_on(&terms, &list), Err(outside));
}

#[test]
fn a_site_joins_once() {
    let terms = terms(4, 3);
    let mut hub = HubRound::new(terms.clone());
    hub.receive(site(&terms, 2).first()).unwrap();
    let other_keys = Keys { mask: AgreementKey([9; 32]), share: AgreementKey([8; 32]) };
    let twice = SecureError::Twice { seat: seat(2), phase: Phase::Keys };
    assert_eq!(hub.receive(site(&terms, 2).first()), Err(twice.clone()));
    assert_eq!(hub.receive(SiteMessage::Keys(cheating_keys(&terms, 2, other_keys))), Err(twice));
    let mut list = key_list(&terms);
    list.insert(2, list[1].clone());
    assert_eq!(site_1_on(&terms, &list), Err(SecureError::Unordered { phase: Phase::Keys }));
    let mut list = key_list(&terms);
    list.swap(1, 2);
    assert_eq!(site_1_on(&terms, &list), Err(SecureError::Unordered { phase: Phase::Keys }));
}

/// Points whose order divides the cofactor, in Montgomery's coordinate: 0, 1 and one of order 8.
fn small_order() -> [[u8; 32]; 3] {
    let eight = "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800";
    let mut one = [0; 32];
    one[0] = 1;
    [[0; 32], one, hex::decode(eight).unwrap().try_into().unwrap()]
}

#[test]
fn keys_of_small_order_are_refused() {
    let terms = terms(4, 3);
    for point in small_order() {
        let sound = key_list(&terms)[2].body.clone();
        for body in [Keys { mask: AgreementKey(point), ..sound.clone() }, Keys { share: AgreementKey(point), ..sound }]
        {
            let signed = cheating_keys(&terms, 3, body);
            let mut list = key_list(&terms);
            list[2] = signed.clone();
            assert_eq!(site_1_on(&terms, &list), Err(SecureError::WeakKey { seat: seat(3) }));
            let refused = HubRound::new(terms.clone()).receive(SiteMessage::Keys(signed));
            assert_eq!(refused, Err(SecureError::WeakKey { seat: seat(3) }));
        }
    }
}

#[test]
fn a_key_copied_from_another_site_is_refused() {
    let terms = terms(4, 3);
    let mut list = key_list(&terms);
    let copied = Keys { mask: list[1].body.mask, share: list[2].body.share };
    list[2] = cheating_keys(&terms, 3, copied);
    let refused = Err(SecureError::SameKey { seat: seat(3) });
    assert_eq!(site_1_on(&terms, &list), refused);
    let mut hub = HubRound::new(terms);
    hub.receive(SiteMessage::Keys(list[1].clone())).unwrap();
    assert_eq!(hub.receive(SiteMessage::Keys(list[2].clone())), refused);
}

#[test]
fn a_list_of_keys_that_is_too_short_or_leaves_the_reader_out_is_refused() {
    let terms = terms(4, 3);
    let list = key_list(&terms);
    let too_few = SecureError::TooFew { phase: Phase::Keys, have: 2, need: 3 };
    assert_eq!(site_1_on(&terms, &list[..2]), Err(too_few));
    assert_eq!(site_1_on(&terms, &list[1..]), Err(SecureError::LeftOut { phase: Phase::Keys }));
    // Its own identity over other keys: a second copy of the site that lost its state.
    let mut other = list;
    let body = Keys { mask: AgreementKey([9; 32]), share: AgreementKey([8; 32]) };
    other[0] = cheating_keys(&terms, 1, body);
    assert_eq!(site_1_on(&terms, &other), Err(SecureError::LeftOut { phase: Phase::Keys }));
}

#[test]
fn a_second_list_of_keys_is_refused() {
    let mut world = World::new(&terms(4, 3));
    world.answer(1).unwrap();
    let HubMessage::Keys(mut list) = world.message(1) else { panic!("no list of keys") };
    list.pop();
    let refused = world.site(1).step(&HubMessage::Keys(list));
    assert_eq!(refused, Err(SecureError::Changed { phase: Phase::Keys }));
}

// Shares

fn shares(world: &World, number: u8) -> Vec<SealedShare> {
    let HubMessage::Shares(shares) = world.message(number) else { panic!("no shares") };
    shares
}

/// What site 1 answers when the shares it is sent were changed.
fn site_1_on_shares(change: impl Fn(&World, &mut Vec<SealedShare>)) -> Refused<SiteMessage> {
    let mut world = advanced(&terms(4, 3), 1);
    let mut given = shares(&world, 1);
    change(&world, &mut given);
    world.site(1).step(&HubMessage::Shares(given))
}

#[test]
fn shares_that_were_changed_swapped_or_meant_for_others_are_refused() {
    let closed = |number| Err(SecureError::Sealed { from: seat(number) });
    assert_eq!(site_1_on_shares(|_, given| given[1].sealed.bytes[40] ^= 1), closed(2));
    assert_eq!(site_1_on_shares(|_, given| given[1].sealed.nonce[0] ^= 1), closed(2));
    let swapped = |_: &World, given: &mut Vec<SealedShare>| {
        let second = given[1].sealed.clone();
        given[1].sealed = given[2].sealed.clone();
        given[2].sealed = second;
    };
    assert_eq!(site_1_on_shares(swapped), closed(2));
    // Sealed by 2 for 3, and what 1 sealed for 2 sent back to 1 (the two agree one key).
    assert_eq!(site_1_on_shares(|world, given| given[1].sealed = shares(world, 3)[1].sealed.clone()), closed(2));
    assert_eq!(site_1_on_shares(|world, given| given[1].sealed = shares(world, 2)[0].sealed.clone()), closed(2));
    let other = advanced(&terms_of(b"study", 1, 2, 4, 3, SMALL), 1);
    assert_eq!(site_1_on_shares(|_, given| given[1].sealed = shares(&other, 1)[1].sealed.clone()), closed(2));
}

#[test]
fn lists_of_shares_that_are_short_repeated_unordered_or_leave_the_reader_out_are_refused() {
    let phase = Phase::Shares;
    assert_eq!(site_1_on_shares(|_, given| given.truncate(2)), Err(SecureError::TooFew { phase, have: 2, need: 3 }));
    assert_eq!(site_1_on_shares(|_, given| given.swap(1, 2)), Err(SecureError::Unordered { phase }));
    assert_eq!(site_1_on_shares(|_, given| given.insert(1, given[1].clone())), Err(SecureError::Unordered { phase }));
    assert_eq!(
        site_1_on_shares(|_, given| given.retain(|share| share.peer != seat(1))),
        Err(SecureError::LeftOut { phase })
    );
    let outside = |_: &World, given: &mut Vec<SealedShare>| given[3].peer = seat(9);
    assert_eq!(site_1_on_shares(outside), Err(SecureError::NotExpected { seat: seat(9), phase }));
}

#[test]
fn a_second_set_of_shares_is_refused() {
    let mut world = advanced(&terms(4, 3), 1);
    world.answer(1).unwrap();
    let mut given = shares(&world, 1);
    given.pop();
    assert_eq!(world.site(1).step(&HubMessage::Shares(given)), Err(SecureError::Changed { phase: Phase::Shares }));
}

#[test]
fn sites_that_were_shown_different_lists_of_keys_do_not_open_each_others_shares() {
    let terms = terms(4, 3);
    let (mut sites, list) = (crate::protocol::sites(&terms), key_list(&terms));
    let deal = |site: &mut crate::protocol::Site, list: &[Signed<Keys>]| {
        let SiteMessage::Shares(signed) = site.step(&HubMessage::Keys(list.to_vec())).unwrap() else {
            panic!("no shares")
        };
        signed.body.sealed.into_iter().find(|share| share.peer == seat(1)).unwrap().sealed
    };
    let mut given = vec![SealedShare { peer: seat(1), sealed: deal(&mut sites[0], &list) }];
    given.push(SealedShare { peer: seat(2), sealed: deal(&mut sites[1], &list) });
    given.push(SealedShare { peer: seat(3), sealed: deal(&mut sites[2], &list[..3]) });
    let refused = sites[0].step(&HubMessage::Shares(given));
    assert_eq!(refused, Err(SecureError::Sealed { from: seat(3) }));
}

#[test]
fn a_hub_takes_shares_for_all_others_or_none() {
    let mut world = World::new(&terms(4, 3));
    let SiteMessage::Shares(mut signed) = world.answer(1).unwrap() else { panic!("no shares") };
    let mut changed = signed.clone();
    changed.body.sealed[1].sealed.bytes[7] ^= 1;
    assert_eq!(world.hub.receive(SiteMessage::Shares(changed)), bad_signature(1, Phase::Shares));
    signed.body.sealed.pop();
    let digests = signed
        .body
        .sealed
        .iter()
        .map(|share| Digest::of_parts([&[share.peer.number()][..], &share.sealed.nonce, &share.sealed.bytes]));
    let digest = of_digests([signed.body.commitment].into_iter().chain(digests));
    let some = cheating(1, "shares", &world.by_keys(), signed.body, &digest);
    let shape = SecureError::Shape { seat: seat(1), phase: Phase::Shares };
    assert_eq!(world.hub.receive(SiteMessage::Shares(some)), Err(shape));
}

// Masked vectors

#[test]
fn a_hub_refuses_vectors_that_are_changed_replayed_impersonated_or_cut() {
    let mut world = advanced(&terms(4, 3), 1);
    let SiteMessage::Masked(signed) = world.answer(1).unwrap() else { panic!("no vector") };
    let mut changed = signed.clone();
    let mut bytes = changed.body.values.as_bytes().to_vec();
    bytes[5] ^= 1;
    changed.body.values = RingVector::from_bytes(bytes.clone());
    assert_eq!(world.hub.receive(SiteMessage::Masked(changed.clone())), bad_signature(1, Phase::Masked));
    bytes.truncate(32);
    changed.body.values = RingVector::from_bytes(bytes);
    let shape = SecureError::Shape { seat: seat(1), phase: Phase::Masked };
    assert_eq!(world.hub.receive(SiteMessage::Masked(changed)), Err(shape));
    let as_second = Signed { from: seat(2), ..signed.clone() };
    assert_eq!(world.hub.receive(SiteMessage::Masked(as_second)), bad_signature(2, Phase::Masked));
    let mut other = advanced(&terms_of(b"study", 1, 2, 4, 3, SMALL), 1);
    assert_eq!(world.hub.receive(other.answer(1).unwrap()), bad_signature(1, Phase::Masked));
    world.hub.receive(SiteMessage::Masked(signed.clone())).unwrap();
    let twice = SecureError::Twice { seat: seat(1), phase: Phase::Masked };
    assert_eq!(world.hub.receive(SiteMessage::Masked(signed)), Err(twice));
    // Nothing of all this is in the sum.
    world.phase(&[2, 3, 4]).unwrap();
    world.phase(&[1, 2, 3, 4]).unwrap();
    assert_eq!(world.phase(&[1, 2, 3, 4]).unwrap().unwrap().counts, [100]);
}

#[test]
fn a_hub_refuses_messages_out_of_their_phase_and_from_those_who_left() {
    let mut world = World::new(&terms(4, 3));
    let late = world.answer(4).unwrap();
    world.phase(&[1, 2, 3]).unwrap();
    let out = |given, current| Err(SecureError::OutOfPhase { given, current });
    assert_eq!(world.hub.receive(late), out(Phase::Shares, Phase::Masked));
    let masked = world.answer(1).unwrap();
    world.phase(&[1, 2, 3]).unwrap();
    assert_eq!(world.hub.receive(masked), out(Phase::Masked, Phase::Survivors));
    let SiteMessage::Survivors(signed) = world.answer(1).unwrap() else { panic!("no signature") };
    let gone = Signed { from: seat(4), ..signed };
    let refused = SecureError::NotExpected { seat: seat(4), phase: Phase::Survivors };
    assert_eq!(world.hub.receive(SiteMessage::Survivors(gone)), Err(refused));
}

// Survivors

#[test]
fn steps_out_of_order_are_refused_by_a_site() {
    let terms = terms(4, 3);
    let mut fresh = site(&terms, 1);
    let out = |given, current| Err(SecureError::OutOfPhase { given, current });
    assert_eq!(fresh.step(&HubMessage::Shares(Vec::new())), out(Phase::Masked, Phase::Keys));
    assert_eq!(fresh.step(&survivors(&[1, 2, 3])), out(Phase::Survivors, Phase::Keys));
    assert_eq!(fresh.step(&HubMessage::Agreed(Vec::new())), out(Phase::Unmask, Phase::Keys));
    let mut world = advanced(&terms, 1);
    assert_eq!(world.site(1).step(&survivors(&[1, 2, 3])), out(Phase::Survivors, Phase::Masked));
    let mut world = advanced(&terms, 2);
    assert_eq!(world.site(1).step(&HubMessage::Agreed(Vec::new())), out(Phase::Unmask, Phase::Survivors));
}

#[test]
fn lists_of_survivors_that_can_not_be_are_refused() {
    let refused = |seats: &[u8]| advanced(&terms(4, 3), 2).site(1).step(&survivors(seats)).unwrap_err();
    let phase = Phase::Survivors;
    assert_eq!(refused(&[1, 2]), SecureError::TooFew { phase, have: 2, need: 3 });
    assert_eq!(refused(&[1, 2, 2]), SecureError::Unordered { phase });
    assert_eq!(refused(&[2, 1, 3]), SecureError::Unordered { phase });
    assert_eq!(refused(&[2, 3, 4]), SecureError::LeftOut { phase });
    assert_eq!(refused(&[1, 2, 9]), SecureError::NotExpected { seat: seat(9), phase });
    // Site 4 had keys but dealt no shares.
    let mut world = advanced(&terms(4, 3), 0);
    world.phase(&[1, 2, 3]).unwrap();
    world.phase(&[1, 2, 3]).unwrap();
    let unknown = SecureError::NotExpected { seat: seat(4), phase };
    assert_eq!(world.site(1).step(&survivors(&[1, 2, 4])), Err(unknown));
}

#[test]
fn a_site_signs_one_list_of_survivors_even_after_a_restart() {
    let mut world = advanced(&terms(4, 3), 2);
    let site = world.site(1);
    site.step(&survivors(&[1, 2, 3])).unwrap();
    let changed = Err(SecureError::Changed { phase: Phase::Survivors });
    assert_eq!(site.step(&survivors(&[1, 2, 3, 4])), changed);
    let state = serde_json::to_string(&site.round).unwrap();
    site.round = serde_json::from_str::<SiteRound>(&state).unwrap();
    assert_eq!(site.step(&survivors(&[1, 2, 3, 4])), changed);
    assert_eq!(site.step(&survivors(&[1, 3, 4])), changed);
    site.step(&survivors(&[1, 2, 3])).unwrap();
}

/// The hub has the vector of site 2 and tells all others that it dropped out. They reveal shares of its mask key, and
/// then the hub asks for the shares of its own mask.
#[test]
fn a_feigned_drop_out_gives_the_hub_one_kind_of_share_only() {
    let mut world = advanced(&terms(4, 3), 2);
    let said = [1, 3, 4].map(|number| signature(world.site(number).step(&survivors(&[1, 3, 4])).unwrap()));
    let agreed = HubMessage::Agreed(said.to_vec());
    let mut revealed: Vec<Unmask> = [1, 3, 4].map(|number| unmask(world.site(number).step(&agreed).unwrap())).into();
    for number in [1, 3, 4] {
        let site = world.site(number);
        let state = serde_json::to_string(&site.round).unwrap();
        site.round = serde_json::from_str(&state).unwrap();
        assert!(site.step(&survivors(&[1, 2, 3, 4])).is_err());
        // The signature of site 2 over a list with itself in it does not move them either.
        revealed.extend(site.step(&agreed).map(unmask));
    }
    let honest = signature(world.site(2).step(&survivors(&[1, 2, 3, 4])).unwrap());
    let mut mixed = said.to_vec();
    mixed.insert(1, honest);
    for number in [1, 3, 4] {
        assert!(world.site(number).step(&HubMessage::Agreed(mixed.clone())).is_err());
    }
    let of = |pieces: &[Piece]| pieces.iter().filter(|piece| piece.of == seat(2)).count();
    assert!(revealed.iter().all(|unmask| of(&unmask.mask_keys) == 1));
    assert_eq!(revealed.iter().map(|unmask| of(&unmask.seeds)).sum::<usize>(), 0);
}

#[test]
fn two_views_of_who_survived_both_stay_below_the_threshold() {
    for (sites, threshold) in [(4_u8, 3_u8), (5, 3), (6, 4), (7, 4)] {
        let terms = terms(sites, threshold);
        let all: Vec<u8> = (1..=sites).collect();
        for half in threshold - 1..=threshold {
            let mut world = advanced(&terms, 2);
            // Some hear that the last site dropped out, the rest that all survived.
            let sign = |world: &mut World, numbers: &[u8], list: &[u8]| -> Vec<Signed<Survivors>> {
                numbers.iter().map(|number| signature(world.site(*number).step(&survivors(list)).unwrap())).collect()
            };
            let (some, rest) = all.split_at(usize::from(half));
            let without = sign(&mut world, some, &all[..all.len() - 1]);
            let with = sign(&mut world, rest, &all);
            let moved = |world: &mut World, numbers: &[u8], signatures: &[Signed<Survivors>]| {
                let message = HubMessage::Agreed(signatures.to_vec());
                numbers.iter().filter(|number| world.site(**number).step(&message).is_ok()).count()
            };
            let (first, second) = (moved(&mut world, some, &without), moved(&mut world, rest, &with));
            assert!(first == 0 || second == 0, "{sites} sites, threshold {threshold}: both views were unmasked");
            assert_eq!(first > 0, half == threshold);
        }
    }
}

/// Sites 1 and 2 signed one list; what the hub tries as the third signature.
fn third_signature(third: impl FnOnce(&mut World, &[Signed<Survivors>]) -> Signed<Survivors>) -> Refused<SiteMessage> {
    let mut world = advanced(&terms(4, 3), 2);
    let mut signed = [1, 2].map(|number| signature(world.site(number).step(&survivors(&[1, 2, 3])).unwrap())).to_vec();
    let third = third(&mut world, &signed);
    signed.push(third);
    world.site(1).step(&HubMessage::Agreed(signed))
}

#[test]
fn an_agreement_needs_a_threshold_of_true_signatures_over_the_one_list() {
    let phase = Phase::Survivors;
    let sign =
        |world: &mut World, number: u8, list: &[u8]| signature(world.site(number).step(&survivors(list)).unwrap());
    third_signature(|world, _| sign(world, 3, &[1, 2, 3])).unwrap();
    assert_eq!(third_signature(|world, _| sign(world, 3, &[1, 2, 3, 4])), Err(SecureError::Changed { phase }));
    // The body is put right, the signature is over the other list.
    let relabelled =
        third_signature(|world, signed| Signed { body: signed[0].body.clone(), ..sign(world, 3, &[1, 2, 3, 4]) });
    assert_eq!(relabelled, bad_signature(3, phase));
    assert_eq!(third_signature(|_, signed| signed[1].clone()), Err(SecureError::Unordered { phase }));
    assert_eq!(third_signature(|_, signed| Signed { from: seat(3), ..signed[0].clone() }), bad_signature(3, phase));
    // A site that signs though it is not in the list it signs.
    let dropped = third_signature(|_, signed| Signed { from: seat(4), ..signed[0].clone() });
    assert_eq!(dropped, Err(SecureError::NotExpected { seat: seat(4), phase }));
    let old = third_signature(|_, _| {
        let mut other = advanced(&terms_of(b"study", 1, 2, 4, 3, SMALL), 2);
        signature(other.site(3).step(&survivors(&[1, 2, 3])).unwrap())
    });
    assert_eq!(old, bad_signature(3, phase));
    let mut world = advanced(&terms(4, 3), 2);
    let two = [1, 2].map(|number| sign(&mut world, number, &[1, 2, 3]));
    let too_few = SecureError::TooFew { phase, have: 2, need: 3 };
    assert_eq!(world.site(1).step(&HubMessage::Agreed(two.to_vec())), Err(too_few));
}

#[test]
fn a_signature_over_survivors_of_a_different_set_of_dealt_shares_does_not_count() {
    let terms = terms(4, 3);
    let mut world = advanced(&terms, 1);
    // Sites 1 and 2 are told that site 4 dealt no shares, site 3 that it did.
    for number in [1, 2] {
        let mut given = shares(&world, number);
        given.pop();
        world.site(number).step(&HubMessage::Shares(given)).unwrap();
    }
    world.answer(3).unwrap();
    let signed = [1, 2, 3].map(|number| signature(world.site(number).step(&survivors(&[1, 2, 3])).unwrap()));
    assert_eq!(world.site(1).step(&HubMessage::Agreed(signed.to_vec())), bad_signature(3, Phase::Survivors));
}

#[test]
fn every_site_is_unmasked_in_one_way_by_each_other() {
    let mut world = advanced(&terms(5, 3), 1);
    world.phase(&[1, 2, 4]).unwrap();
    world.phase(&[1, 2, 4]).unwrap();
    for number in [1, 2, 4] {
        let revealed = unmask(world.answer(number).unwrap());
        let of = |pieces: &[Piece]| pieces.iter().map(|piece| piece.of.number()).collect::<Vec<_>>();
        assert_eq!((of(&revealed.seeds), of(&revealed.mask_keys)), (vec![1, 2, 4], vec![3, 5]));
        assert!(world.site(number).round.revealed());
    }
}

// Unmasking

#[test]
fn a_hub_refuses_signatures_and_shares_that_do_not_fit_its_list() {
    let mut world = advanced(&terms(4, 3), 2);
    let other = world.site(1).step(&survivors(&[1, 2, 3])).unwrap();
    let shape = |phase| Err(SecureError::Shape { seat: seat(1), phase });
    assert_eq!(world.hub.receive(other), shape(Phase::Survivors));
    let mut world = advanced(&terms(4, 3), 3);
    let SiteMessage::Unmask(signed) = world.answer(1).unwrap() else { panic!("nothing unmasked") };
    let mut changed = signed.clone();
    changed.body.seeds[2].share[0] ^= 1;
    assert_eq!(world.hub.receive(SiteMessage::Unmask(changed)), bad_signature(1, Phase::Unmask));
    let as_second = Signed { from: seat(2), ..signed.clone() };
    assert_eq!(world.hub.receive(SiteMessage::Unmask(as_second)), bad_signature(2, Phase::Unmask));
    let mut some = signed.body;
    some.seeds.pop();
    let seeds = some.seeds.iter().map(|piece| Digest::of_parts([&b"seed"[..], &[piece.of.number()], &piece.share]));
    let digest = of_digests([of_digests(seeds), of_digests([])]);
    let list = |before: &Digest, phase: &str| Digest::of_parts([phase.as_bytes(), before.as_bytes(), &[1, 2, 3, 4]]);
    let bound = list(&list(&world.by_keys(), "shares"), "survivors");
    let some = cheating(1, "unmask", &bound, some, &digest);
    assert_eq!(world.hub.receive(SiteMessage::Unmask(some)), shape(Phase::Unmask));
}

/// Site 2 deals shares of two polynomials: site 1 gets one of the second, all others of the first.
fn inconsistent_dealing(staying: &[u8]) -> SecureError {
    let mut world = World::new(&terms(4, 3));
    let mut state = serde_json::to_value(&world.site(2).round).unwrap();
    state["secrets"]["dealer"] = serde_json::Value::String("ab".repeat(32));
    let second = crate::protocol::Site { round: serde_json::from_value(state).unwrap(), ..site(&terms(4, 3), 2) };
    let SiteMessage::Shares(second) = { second }.step(&world.message(2)).unwrap() else { panic!("no shares") };
    world.phase(&[1, 2, 3, 4]).unwrap();
    for (to, message) in &mut world.outgoing {
        if let (HubMessage::Shares(given), true) = (message, *to == seat(1)) {
            given[1].sealed = second.body.sealed[0].sealed.clone();
        }
    }
    world.phase(staying).unwrap();
    world.phase(staying).unwrap();
    world.phase(staying).unwrap_err()
}

#[test]
fn shares_that_do_not_rebuild_what_was_committed_to_stop_the_sum() {
    assert_eq!(inconsistent_dealing(&[1, 2, 3, 4]), SecureError::Rebuild { seat: seat(2) });
    assert_eq!(inconsistent_dealing(&[1, 3, 4]), SecureError::Rebuild { seat: seat(2) });
}

#[test]
fn a_total_that_no_counts_can_have_is_refused() {
    let mut world = advanced(&terms(3, 3), 3);
    for number in [1, 2, 3] {
        let answer = world.answer(number).unwrap();
        world.hub.receive(answer).unwrap();
    }
    // As if a site had sent -1000: element 2 is the count.
    let mut state = serde_json::to_value(&world.hub).unwrap();
    let mut bytes = hex::decode(state["sum"].as_str().unwrap()).unwrap();
    let count: &mut [u8; 16] = (&mut bytes[32..48]).try_into().unwrap();
    *count = u128::from_le_bytes(*count).wrapping_sub(1000).to_le_bytes();
    state["sum"] = serde_json::Value::String(hex::encode(bytes));
    world.hub = serde_json::from_value(state).unwrap();
    assert_eq!(world.close(), Err(SecureError::Total { index: 0 }));
}
