//! A study's papers at a site: the proposal, and what people here decided. People write them beside the running process.

use ed25519_dalek::SigningKey;
use renkei_domain::ErrorKind;
use renkei_federation::study::{Moment, Move, Review, SignedStudy, SitePolicy, SiteStudy, SpecHash, State, Verdict};

use super::STUDIES;
use crate::wire::Decision;
use crate::{Error, Folder};

const PROPOSAL: &str = "proposal.json";
const LIFE: &str = "life.json";

/// The papers of one study.
#[derive(Debug, Clone)]
pub struct Papers {
    folder: Folder,
}

impl Papers {
    /// The papers of a study that was proposed to the site in `site`.
    pub fn of(site: &Folder, study: SpecHash) -> Result<Self, Error> {
        let name = study.to_string();
        if !site.inner(STUDIES)?.folders()?.contains(&name) {
            return Err(Error::refused(ErrorKind::NotFound, format!("no study {study} was proposed to this site")));
        }
        Ok(Self { folder: site.inner(STUDIES)?.inner(&name)? })
    }

    /// All studies that were proposed to the site.
    pub fn all(site: &Folder) -> Result<Vec<SpecHash>, Error> {
        Ok(site.inner(STUDIES)?.folders()?.iter().filter_map(|name| name.parse().ok()).collect())
    }

    /// Files a proposal; filed already, it changes nothing.
    pub(super) fn file(site: &Folder, signed: &SignedStudy) -> Result<(Self, bool), Error> {
        let life = SiteStudy::proposed(signed)?;
        let papers = Self { folder: site.inner(STUDIES)?.inner(&life.study().to_string())? };
        let _held = papers.folder.wait()?;
        let new = papers.folder.document::<SiteStudy>(LIFE)?.is_none();
        if new {
            papers.folder.put_document(PROPOSAL, signed)?;
            papers.folder.put_document(LIFE, &life)?;
        }
        Ok((papers, new))
    }

    pub(super) fn folder(&self) -> &Folder {
        &self.folder
    }

    /// The document as its lead signed it.
    pub fn proposal(&self) -> Result<SignedStudy, Error> {
        self.there(PROPOSAL)
    }

    /// Where it stands here.
    pub fn life(&self) -> Result<SiteStudy, Error> {
        self.there(LIFE)
    }

    fn there<T: serde::de::DeserializeOwned>(&self, name: &str) -> Result<T, Error> {
        let absent = || Error::Damaged { path: self.folder.path().join(name), reason: "it is missing".to_owned() };
        self.folder.document(name)?.ok_or_else(absent)
    }

    /// Changes where it stands; nobody else does meanwhile.
    pub(super) fn change(&self, act: impl FnOnce(SiteStudy) -> Result<SiteStudy, Error>) -> Result<SiteStudy, Error> {
        let _held = self.folder.wait()?;
        let next = act(self.life()?)?;
        self.folder.put_document(LIFE, &next)?;
        Ok(next)
    }

    /// A reviewer of the site answers.
    pub fn review(
        &self,
        policy: &SitePolicy,
        reviewer: &SigningKey,
        (verdict, reason): (Verdict, &str),
        now: Moment,
    ) -> Result<SiteStudy, Error> {
        self.change(|life| {
            let review = Review::sign(reviewer, life.study(), policy.site.clone(), verdict, reason, now);
            Ok(life.review(review, policy, now)?)
        })
    }

    /// The site approves, if its policy and its reviewers let it.
    pub fn approve(&self, policy: &SitePolicy, now: Moment) -> Result<SiteStudy, Error> {
        let proposal = self.proposal()?;
        self.change(|life| Ok(life.approve(&proposal, policy, now)?))
    }

    /// The site withdraws: nothing more leaves for this study.
    pub fn withdraw(&self, now: Moment) -> Result<SiteStudy, Error> {
        self.change(|life| Ok(life.step(Move::Withdraw, now)?))
    }
}

/// What the hub is to be told of a study that stands so.
pub(super) fn decision(life: &SiteStudy) -> Decision {
    let rejected = life.reviews().iter().any(|review| review.verdict == Verdict::Reject);
    match life.state() {
        State::Withdrawn => Decision::Withdrawn,
        State::Proposed | State::Reviewed if rejected => Decision::Rejected,
        State::Proposed | State::Reviewed => Decision::Pending,
        State::Approved | State::Running | State::Paused | State::Done => Decision::Approved,
    }
}
