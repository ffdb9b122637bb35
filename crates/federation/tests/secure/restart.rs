//! State saved and restored at any step gives the same messages and totals; answered messages are answered again
//! equally.

use renkei_federation::secure::{HubRound, Phase, SecureError, SiteMessage, SiteRound, Totals};

use crate::protocol::{World, advanced, terms};

fn restored<T: serde::Serialize + serde::de::DeserializeOwned>(state: &T) -> T {
    serde_json::from_str(&serde_json::to_string(state).unwrap()).unwrap()
}

/// A round in which site 4 drops out, with all states written and read back between all steps where asked.
fn run(restarts: bool) -> (Vec<SiteMessage>, Totals) {
    let mut world = World::new(&terms(4, 3));
    let mut said = Vec::new();
    for part in [&[1, 2, 3, 4][..], &[1, 2, 3], &[1, 2, 3], &[1, 2, 3]] {
        for number in part {
            let answer = world.answer(*number).unwrap();
            if restarts {
                let site = world.site(*number);
                site.round = restored::<SiteRound>(&site.round);
                assert_eq!(world.answer(*number).unwrap(), answer, "the same message is answered otherwise");
                world.hub = restored::<HubRound>(&world.hub);
            }
            world.hub.receive(restored(&answer)).unwrap();
            said.push(answer);
        }
        let totals = world.close().unwrap();
        if restarts {
            world.hub = restored::<HubRound>(&world.hub);
            assert_eq!(world.hub.outgoing(), if totals.is_some() { Vec::new() } else { world.outgoing.clone() });
            world.outgoing = restored(&world.outgoing);
        }
        if let Some(totals) = totals {
            return (said, totals);
        }
    }
    panic!("no totals")
}

#[test]
fn restarts_at_every_step_change_nothing() {
    let (said, totals) = run(false);
    assert_eq!(totals.counts, [60]);
    assert_eq!(run(true), (said, totals));
}

#[test]
fn a_site_that_restarts_does_not_mask_other_numbers_with_the_same_masks() {
    let mut world = advanced(&terms(3, 3), 1);
    world.answer(1).unwrap();
    let site = world.site(1);
    site.round = restored::<SiteRound>(&site.round);
    site.reals[0] += 1.0;
    assert_eq!(world.answer(1), Err(SecureError::Changed { phase: Phase::Masked }));
}
