//! Tells the log what people decided since it was told last.

use renkei_federation::audit::Happening;
use renkei_federation::study::{SiteStudy, State, Verdict};

use super::answer::lock;
use super::{Papers, Site};
use crate::Error;

/// The study's life as the log knows it.
const TOLD: &str = "told.json";

/// Writes what is new of a study's life into the log.
pub(super) fn notice(site: &Site, papers: &Papers) -> Result<(), Error> {
    let life = papers.life()?;
    let told: Option<SiteStudy> = papers.folder().document(TOLD)?;
    if told.as_ref() == Some(&life) {
        return Ok(());
    }
    let mut way = lock(&site.way);
    for happening in since(told.as_ref(), &life) {
        way.journal().tell(&site.key, site.moment(), happening)?;
    }
    papers.folder().put_document(TOLD, &life)
}

fn since(told: Option<&SiteStudy>, life: &SiteStudy) -> Vec<Happening> {
    let study = life.study();
    let known = |review| told.is_some_and(|told| told.reviews().contains(review));
    let reviewed = life.reviews().iter().filter(|review| !known(review)).map(|review| Happening::Reviewed {
        study,
        reviewer: review.reviewer,
        verdict: review.verdict,
    });
    let mut happened: Vec<Happening> = reviewed.collect();
    let before = told.map_or(State::Proposed, SiteStudy::state);
    let approved = |state| matches!(state, State::Approved | State::Running | State::Paused | State::Done);
    if approved(life.state()) && !approved(before) {
        let approving = life.reviews().iter().filter(|review| review.verdict == Verdict::Approve);
        happened.push(Happening::Approved { study, reviewers: approving.map(|review| review.reviewer).collect() });
    }
    if life.state() != before && !matches!(life.state(), State::Reviewed | State::Approved) {
        happened.push(Happening::Moved { study, state: life.state(), why: String::new() });
    }
    happened
}
