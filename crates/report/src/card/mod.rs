//! The model card: what a reader must know before trusting the models of a run, in Markdown, ordered after TRIPOD+AI (Collins
//! and others, BMJ 2024;385:e078378), with its checklist at the end. Everything in it is in the report too.

mod checklist;
mod figures;
mod markdown;
mod study;

use crate::content::{DataNature, ReportContent};

/// Sets the card in type. The same content gives the same bytes. It holds counts and estimates of the cohort, no case.
#[must_use]
pub fn model_card(content: &ReportContent) -> String {
    let mut card = markdown::Page::default();
    card.heading(1, &format!("Model card: {}", content.title));
    if let Some(banner) = &content.banner {
        card.quote(banner);
    }
    if content.sources.iter().any(|source| source.nature != DataNature::Real) {
        card.quote("Part of the data is not real. No figure that rests on it supports a clinical claim.");
    }
    card.text("For research. Not a medical device; no decision on a patient may rest on it.");
    study::write(&mut card, content);
    figures::write(&mut card, content);
    checklist::write(&mut card, content);
    card.finish()
}
