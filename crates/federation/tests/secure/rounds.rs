//! What a site remembers of a study's rounds.

use ed25519_dalek::SigningKey;
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use renkei_domain::Digest;
use renkei_federation::secure::{HubRound, HubStep, Input, RoundTerms, SecureError, SiteMessage, SiteRounds};

use crate::protocol::{SMALL, identity, terms, terms_of};

const INPUT: Input<'static> = Input { reals: &[1.0, 2.0], counts: &[3] };

fn begin(
    rounds: &mut SiteRounds,
    terms: &RoundTerms,
    identity: &SigningKey,
    seed: u64,
) -> Result<SiteMessage, SecureError> {
    rounds.begin(terms, identity, &mut ChaCha20Rng::seed_from_u64(seed))
}

fn attempt(attempt: u32) -> RoundTerms {
    terms_of(b"study", 1, attempt, 3, 3, SMALL)
}

/// Three sites through attempt 1 of round 1, up to the answer to the last message or the one before.
fn after(unmasked: bool) -> Vec<SiteRounds> {
    let terms = attempt(1);
    let mut sites: Vec<SiteRounds> = (0..3).map(|_| SiteRounds::new(Digest::of(b"study"))).collect();
    let mut hub = HubRound::new(terms.clone());
    for (number, site) in (1..).zip(&mut sites) {
        hub.receive(begin(site, &terms, &identity(number), u64::from(number)).unwrap()).unwrap();
    }
    for _ in 0..if unmasked { 4 } else { 3 } {
        let HubStep::Send(messages) = hub.close().unwrap() else { panic!("over too soon") };
        for ((number, site), (_, message)) in (1..).zip(&mut sites).zip(&messages) {
            hub.receive(site.step(1, 1, &identity(number), &INPUT, message).unwrap()).unwrap();
        }
    }
    sites
}

#[test]
fn a_round_that_was_unmasked_is_never_begun_again() {
    for mut site in after(true) {
        let refused = Err(SecureError::AlreadyUnmasked { round: 1, begun: 1 });
        assert_eq!(begin(&mut site, &attempt(2), &identity(1), 9), refused);
        site.close(1);
        let mut site: SiteRounds = serde_json::from_str(&serde_json::to_string(&site).unwrap()).unwrap();
        assert_eq!(begin(&mut site, &attempt(2), &identity(1), 9), refused);
    }
}

#[test]
fn a_round_that_was_not_unmasked_is_tried_again_and_the_old_attempt_is_gone() {
    for mut site in after(false) {
        begin(&mut site, &attempt(3), &identity(1), 9).unwrap();
        let old = Err(SecureError::OldAttempt { round: 1, begun: 3, attempt: 2 });
        assert_eq!(begin(&mut site, &attempt(2), &identity(1), 9), old);
        let message = renkei_federation::secure::HubMessage::Keys(Vec::new());
        let gone = Err(SecureError::NotOpen { round: 1, attempt: 1 });
        assert_eq!(site.step(1, 1, &identity(1), &INPUT, &message), gone);
    }
}

#[test]
fn the_same_attempt_has_the_same_keys_and_other_terms_for_it_are_refused() {
    let mut site = SiteRounds::new(Digest::of(b"study"));
    let first = begin(&mut site, &attempt(1), &identity(1), 1).unwrap();
    assert_eq!(begin(&mut site, &attempt(1), &identity(1), 2).unwrap(), first);
    let other = terms_of(b"study", 1, 1, 4, 3, SMALL);
    let refused = SecureError::OldAttempt { round: 1, begun: 1, attempt: 1 };
    assert_eq!(begin(&mut site, &other, &identity(1), 3), Err(refused.clone()));
    site.close(1);
    assert_eq!(begin(&mut site, &attempt(1), &identity(1), 4), Err(refused));
    assert_ne!(begin(&mut site, &attempt(2), &identity(1), 5).unwrap(), first);
}

#[test]
fn terms_of_another_study_are_refused() {
    let mut site = SiteRounds::new(Digest::of(b"other"));
    assert_eq!(begin(&mut site, &terms(3, 3), &identity(1), 1), Err(SecureError::OtherStudy));
}
