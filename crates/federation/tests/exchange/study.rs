//! A study of three sites, approved by all, and a way to run it.

use std::collections::BTreeMap;

use ed25519_dalek::SigningKey;
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use renkei_federation::{
    audit::{Allowed, Log},
    exchange::{Answered, Call, Door, HubDesk, Passed, Progress, Refusal, SiteDesk},
    methods::{Answer, Table},
    secure::Seat,
    study::{Identity, Moment, Move, Order, Review, SignedStudy, SitePolicy, SiteStudy, StudySpec, Verdict},
};
use serde_json::{Value, json};

pub(crate) const SITES: [&str; 3] = ["cleveland", "mskcc", "tcga"];
/// 2026-11-24.
pub(crate) const NOW: Moment = Moment(1_795_478_400);

pub(crate) fn key(number: u8) -> SigningKey {
    SigningKey::from_bytes(&[number; 32])
}

/// The spec, with the methods given.
pub(crate) fn spec(methods: &Value) -> Value {
    let site = |(place, name): (usize, &&str)| json!({ "name": name, "identity": Identity::of(&key(place as u8 + 1)) });
    let variable = |name: &str| json!({ "name": name, "meaning": "1 or 0", "kind": { "number": { "unit": "1" } } });
    json!({
        "version": 1,
        "name": "three hospitals",
        "question": "How do grade and extent of the specimen go with recurrence?",
        "endpoint": {
            "name": "recurrence as each hospital defines it", "origin": "radical prostatectomy",
            "event": "recurrence", "censoring": "last follow-up", "horizons_years": [1.0, 3.0, 5.0, 12.0],
        },
        "variables": super::hospitals::COVARIATES.map(variable),
        "lead": { "name": "lead", "identity": Identity::of(&key(100)) },
        "sites": SITES.iter().enumerate().map(site).collect::<Vec<_>>(),
        "methods": methods,
        "thresholds": { "minimum_cell": 5, "parameter_share": 0.34, "dominance_share": 0.9, "survivors": 3 },
        "expires": "2027-03-01",
        "drop_out": "restart",
    })
}

pub(crate) fn covariates() -> Value {
    json!(super::hospitals::COVARIATES.map(|name| json!({ "name": name })))
}

fn policy(place: usize, methods: &Value) -> SitePolicy {
    let allowed: Vec<Value> = methods.as_array().unwrap().iter().map(|one| one["method"].clone()).collect();
    let reviewers =
        [50, 51].map(|number| json!({ "name": number.to_string(), "identity": Identity::of(&key(number)) }));
    let policy = json!({
        "version": 1, "site": SITES[place], "leads": [Identity::of(&key(100))], "methods": allowed, "minimum_cell": 5,
        "parameter_share": 0.34, "dominance_share": 0.9, "survivors": 3, "finest_grid": "month", "max_rounds": 1000,
        "expires_within_days": 365, "reviewers": reviewers, "reviewers_needed": 2,
    });
    SitePolicy::parse(&policy.to_string()).unwrap()
}

/// Lets everything out: the gate has tests of its own.
pub(crate) struct Open;

impl Door for Open {
    fn pass(&mut self, _: &Order, answer: &Answer) -> Result<Passed, Vec<String>> {
        let persons = answer.count_persons.iter().chain(&answer.real_persons).copied().max().unwrap_or(0);
        Ok(Passed { persons, checks: vec![Allowed { check: "none".into(), found: "open".into() }] })
    }
}

/// A site with its desk.
pub(crate) struct Site {
    pub(crate) key: SigningKey,
    pub(crate) desk: SiteDesk,
    pub(crate) table: Table,
    pub(crate) log: String,
    rng: ChaCha20Rng,
}

impl Site {
    pub(crate) fn answer(&mut self, call: &Call) -> Result<Answered, Refusal> {
        // As a driver would: the desk goes through its stored form between any two answers.
        let stored = serde_json::to_vec(&self.desk).unwrap();
        self.desk = serde_json::from_slice(&stored).unwrap();
        let answered = self.desk.answer(call, (&self.table, &mut Open), &self.key, NOW, &mut self.rng)?;
        self.log.push_str(&answered.log);
        Ok(answered)
    }
}

pub(crate) struct Study {
    pub(crate) hub: HubDesk,
    pub(crate) hub_log: String,
    pub(crate) sites: Vec<Site>,
}

pub(crate) const HUB: u8 = 99;

impl Study {
    /// Proposed, reviewed by two persons at each site, approved, started.
    pub(crate) fn approved(methods: &Value, tables: [Table; 3]) -> Self {
        let spec = StudySpec::parse(&spec(methods).to_string()).unwrap();
        let signed = SignedStudy::sign(spec, &key(100)).unwrap();
        let sites = tables.into_iter().enumerate().map(|(place, table)| {
            let policy = policy(place, methods);
            let mut life = SiteStudy::proposed(&signed).unwrap();
            for reviewer in [50, 51] {
                let site = policy.site.clone();
                let review = Review::sign(&key(reviewer), life.study(), site, Verdict::Approve, "read", NOW);
                life = life.review(review, &policy, NOW).unwrap();
            }
            let life = life.approve(&signed, &policy, NOW).unwrap().step(Move::Start, NOW).unwrap();
            let key = key(place as u8 + 1);
            let log = Log::new(Identity::of(&key));
            let desk = SiteDesk::new(signed.clone(), life, policy.site, log);
            Site { key, desk, table, log: String::new(), rng: ChaCha20Rng::seed_from_u64(place as u64) }
        });
        let sites = sites.collect();
        let hub = HubDesk::new(signed, Log::new(Identity::of(&key(HUB)))).unwrap();
        Self { hub, hub_log: String::new(), sites }
    }

    pub(crate) fn seat(place: usize) -> Seat {
        Seat::new(place as u8 + 1).unwrap()
    }

    /// Runs to the end; the numbers of calls by site.
    pub(crate) fn run(&mut self) -> BTreeMap<Seat, usize> {
        let mut calls = BTreeMap::new();
        loop {
            for (seat, call) in self.hub.calls().unwrap() {
                *calls.entry(seat).or_default() += 1;
                let answered = self.sites[usize::from(seat.number()) - 1].answer(&call).unwrap();
                self.hub_log.push_str(&self.hub.receive(seat, answered.reply, &key(HUB), NOW).unwrap());
            }
            if self.hub.advance(false).unwrap() == Progress::Done {
                return calls;
            }
        }
    }
}
