//! A study of three sites, approved by all, and a way to run it.

use renkei_federation::keys::Identity;
use std::collections::BTreeMap;

use ed25519_dalek::SigningKey;
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use renkei_federation::{
    audit::Log,
    egress::{Gate, History},
    exchange::{Answered, Call, Door, HubDesk, HubError, Progress, Refusal, Reply, SiteDesk},
    methods::Table,
    secure::Seat,
    study::{Moment, Move, Review, SignedStudy, SitePolicy, SiteStudy, StudySpec, Verdict},
};
use serde_json::{Value, json};

pub(crate) const SITES: [&str; 3] = ["cleveland", "mskcc", "tcga"];
/// 2026-11-24.
pub(crate) const NOW: Moment = Moment(1_795_478_400);

pub(crate) fn key(number: u8) -> SigningKey {
    SigningKey::from_bytes(&[number; 32])
}

/// The spec, with the methods given and follow-up to `years`.
fn spec(methods: &Value, years: f64) -> Value {
    let site = |(place, name): (usize, &&str)| json!({ "name": name, "identity": Identity::of(&key(place as u8 + 1)) });
    let variable = |name: &str| json!({ "name": name, "meaning": "1 or 0", "kind": { "number": { "unit": "1" } } });
    json!({
        "version": 1,
        "name": "three hospitals",
        "question": "How do grade and extent of the specimen go with recurrence?",
        "endpoint": {
            "name": "recurrence as each hospital defines it", "origin": "radical prostatectomy",
            "event": "recurrence", "censoring": "last follow-up", "horizons_years": [1.0, years],
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

/// A site with its desk.
pub(crate) struct Site {
    pub(crate) key: SigningKey,
    pub(crate) desk: SiteDesk,
    pub(crate) door: Door,
    pub(crate) table: Table,
    pub(crate) log: String,
    /// Whether desk and gate go through their stored form between any two answers, as if the site restarted each time.
    pub(crate) restarts: bool,
    rng: ChaCha20Rng,
}

impl Site {
    pub(crate) fn answer(&mut self, call: &Call) -> Result<Answered, Refusal> {
        if self.restarts {
            let stored = serde_json::to_vec(&(&self.desk, &self.door.gate)).unwrap();
            (self.desk, self.door.gate) = serde_json::from_slice(&stored).unwrap();
        }
        let answered = self.desk.answer(call, (&self.table, &mut self.door), &self.key, NOW, &mut self.rng)?;
        self.log.push_str(&answered.log);
        Ok(answered)
    }
}

pub(crate) struct Study {
    pub(crate) hub: HubDesk,
    pub(crate) hub_end: Log,
    pub(crate) hub_log: String,
    pub(crate) sites: Vec<Site>,
}

pub(crate) const HUB: u8 = 99;

impl Study {
    /// Proposed, reviewed by two persons at each site, approved, started; follow-up to `years`, nothing has left before.
    pub(crate) fn approved(methods: &Value, years: f64, tables: [Table; 3]) -> Self {
        let spec = StudySpec::parse(&spec(methods, years).to_string()).unwrap();
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
            let desk = SiteDesk::new(signed.clone(), life, policy);
            let door = Door { gate: Gate::new(History::default()), log: Log::new(Identity::of(&key)) };
            Site {
                key,
                desk,
                door,
                table,
                log: String::new(),
                restarts: true,
                rng: ChaCha20Rng::seed_from_u64(place as u64),
            }
        });
        let sites = sites.collect();
        let hub = HubDesk::new(signed).unwrap();
        Self { hub, hub_end: Log::new(Identity::of(&key(HUB))), hub_log: String::new(), sites }
    }

    /// The hub takes a reply.
    pub(crate) fn take(&mut self, from: Seat, reply: Reply) -> Result<(), HubError> {
        let line = self.hub.receive(from, reply, &mut self.hub_end, (&key(HUB), NOW))?;
        self.hub_log.push_str(&line);
        Ok(())
    }

    pub(crate) fn seat(place: usize) -> Seat {
        Seat::new(place as u8 + 1).unwrap()
    }

    /// Runs to the end, on the coarsest grid that any site needs; the numbers of calls by site that were answered.
    pub(crate) fn run(&mut self) -> BTreeMap<Seat, usize> {
        let mut calls = BTreeMap::new();
        loop {
            let asked = self.hub.calls().unwrap();
            let sites = &mut self.sites;
            let answers: Vec<_> =
                asked.iter().map(|(seat, call)| sites[usize::from(seat.number()) - 1].answer(call)).collect();
            let needed = answers.iter().filter_map(|answer| match answer {
                Err(Refusal::Gate { passes: Some(grid), .. }) => Some(*grid),
                _ => None,
            });
            if let Some(grid) = needed.max() {
                self.hub.coarsen(grid).unwrap();
                continue;
            }
            for ((seat, _), answered) in asked.into_iter().zip(answers) {
                *calls.entry(seat).or_default() += 1;
                let answered = answered.unwrap();
                self.take(seat, answered.reply).unwrap();
            }
            if self.hub.advance(false).unwrap() == Progress::Done {
                return calls;
            }
        }
    }
}
