//! Sites and a hub in one process, with the messages between them in the test's hands.

use ed25519_dalek::{Signer, SigningKey};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use renkei_domain::Digest;
use renkei_federation::keys::Identity;
use renkei_federation::secure::{
    HubMessage, HubRound, HubStep, Input, Keys, Layout, RoundTerms, Seat, SecureError, Signed, SiteMessage, SiteRound,
    Totals,
};

pub(crate) type Refused<T> = Result<T, SecureError>;

pub(crate) struct Site {
    pub(crate) identity: SigningKey,
    pub(crate) round: SiteRound,
    pub(crate) reals: Vec<f64>,
    pub(crate) counts: Vec<u64>,
}

impl Site {
    pub(crate) fn step(&mut self, message: &HubMessage) -> Refused<SiteMessage> {
        let input = Input { reals: &self.reals, counts: &self.counts };
        self.round.step(&self.identity, &input, message)
    }

    pub(crate) fn first(&self) -> SiteMessage {
        self.round.first(&self.identity)
    }
}

pub(crate) fn seat(number: u8) -> Seat {
    Seat::new(number).unwrap()
}

pub(crate) fn identity(number: u8) -> SigningKey {
    SigningKey::from_bytes(&[number; 32])
}

pub(crate) fn pinned(sites: u8) -> Vec<Identity> {
    (1..=sites).map(|number| Identity::of(&identity(number))).collect()
}

/// Two reals and one count a site.
pub(crate) const SMALL: Layout = Layout { reals: 2, counts: 1 };

pub(crate) fn terms(sites: u8, threshold: u8) -> RoundTerms {
    terms_of(b"study", 1, 1, sites, threshold, SMALL)
}

pub(crate) fn terms_of(study: &[u8], round: u64, attempt: u32, sites: u8, threshold: u8, layout: Layout) -> RoundTerms {
    RoundTerms::new(Digest::of(study), round, attempt, threshold, layout, pinned(sites)).unwrap()
}

/// A site with numbers of its own that fit the layout.
pub(crate) fn site(terms: &RoundTerms, number: u8) -> Site {
    let mut rng =
        ChaCha20Rng::seed_from_u64(1000 * terms.round() + u64::from(terms.attempt()) * 300 + u64::from(number));
    let round = SiteRound::new(terms.clone(), &identity(number), &mut rng).unwrap();
    let reals = (0..terms.layout().reals).map(|index| f64::from(number) * 1.5 - f64::from(index) / 3.0).collect();
    let counts = (0..terms.layout().counts).map(|index| u64::from(number) * 10 + u64::from(index)).collect();
    Site { identity: identity(number), round, reals, counts }
}

pub(crate) fn sites(terms: &RoundTerms) -> Vec<Site> {
    (1..=terms.sites()).map(|number| site(terms, u8::try_from(number).unwrap())).collect()
}

/// A round whose messages a test may change on the way.
pub(crate) struct World {
    pub(crate) hub: HubRound,
    pub(crate) sites: Vec<Site>,
    /// What the hub sends next.
    pub(crate) outgoing: Vec<(Seat, HubMessage)>,
}

impl World {
    /// All have sent their keys; the hub holds them.
    pub(crate) fn new(terms: &RoundTerms) -> Self {
        let mut world = Self { hub: HubRound::new(terms.clone()), sites: sites(terms), outgoing: Vec::new() };
        for site in &world.sites {
            world.hub.receive(site.first()).unwrap();
        }
        world.close().unwrap();
        world
    }

    pub(crate) fn site(&mut self, number: u8) -> &mut Site {
        &mut self.sites[usize::from(number) - 1]
    }

    pub(crate) fn message(&self, number: u8) -> HubMessage {
        self.outgoing.iter().find(|(to, _)| *to == seat(number)).map(|(_, message)| message.clone()).unwrap()
    }

    /// One site answers what it was sent.
    pub(crate) fn answer(&mut self, number: u8) -> Refused<SiteMessage> {
        let message = self.message(number);
        self.site(number).step(&message)
    }

    /// The sites that `take_part` names answer, the hub closes the phase; totals at the end.
    pub(crate) fn phase(&mut self, take_part: &[u8]) -> Refused<Option<Totals>> {
        for number in take_part {
            let answer = self.answer(*number)?;
            self.hub.receive(answer)?;
        }
        self.close()
    }

    /// What the sites agreed with the list of keys, by the definition.
    pub(crate) fn by_keys(&self) -> Digest {
        let keys = (1_u8..).zip(&self.sites).map(|(number, site)| {
            let Keys { mask, share } = keys(site);
            Digest::of_parts([&[number][..], Digest::of_parts([&mask.0[..], &share.0]).as_bytes()])
        });
        of_digests([self.sites[0].round.terms().digest()].into_iter().chain(keys))
    }

    pub(crate) fn close(&mut self) -> Refused<Option<Totals>> {
        match self.hub.close()? {
            HubStep::Done(totals) => Ok(Some(totals)),
            HubStep::Send(messages) => {
                self.outgoing = messages;
                Ok(None)
            }
        }
    }
}

/// All sites of a round that has come as far as `phases` answered phases (1: shares dealt, 2: masked, 3: survivors).
pub(crate) fn advanced(terms: &RoundTerms, phases: usize) -> World {
    let mut world = World::new(terms);
    let all: Vec<u8> = terms.seats().map(Seat::number).collect();
    for _ in 0..phases {
        world.phase(&all).unwrap();
    }
    world
}

pub(crate) fn keys(site: &Site) -> Keys {
    let SiteMessage::Keys(signed) = site.first() else { panic!("no keys") };
    signed.body
}

pub(crate) fn of_digests(digests: impl IntoIterator<Item = Digest>) -> Digest {
    let digests: Vec<Digest> = digests.into_iter().collect();
    Digest::of_parts(digests.iter().map(|digest| &digest.as_bytes()[..]))
}

/// A message as the site in seat `number`, which cheats, would sign it: by the format, not by the code under test.
pub(crate) fn cheating<B>(number: u8, phase: &str, bound: &Digest, body: B, digest: &Digest) -> Signed<B> {
    let digest = Digest::of_parts([phase.as_bytes(), bound.as_bytes(), &[number], digest.as_bytes()]);
    let text = [&b"renkei secure sum v1 message "[..], digest.as_bytes()].concat();
    Signed { from: seat(number), body, signature: identity(number).sign(&text).to_bytes() }
}
