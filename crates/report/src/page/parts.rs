//! Pieces that sections share.

use maud::{Markup, html};

use crate::content::Part;
use crate::surface::gradient_css;

/// A section with its place in the contents.
pub(super) struct Section {
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    pub(super) body: Markup,
}

impl Section {
    pub(super) fn markup(&self) -> Markup {
        let heading = format!("{}-title", self.id);
        html! {
            section id=(self.id) aria-labelledby=(heading) {
                h2 id=(heading) { (self.title) }
                (self.body)
            }
        }
    }
}

/// Terms that the glossary explains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Term {
    Attrition,
    Auc,
    Concordance,
    HazardRatio,
    Interval,
    KeyFeature,
    KaplanMeier,
    LikelihoodRatio,
    LogRank,
    OutOfFold,
    PValue,
    RiskSurface,
}

impl Term {
    /// Every term, in alphabetical order of the words shown.
    pub(super) const ALL: [Self; 12] = [
        Self::Interval,
        Self::Attrition,
        Self::Auc,
        Self::Concordance,
        Self::HazardRatio,
        Self::KaplanMeier,
        Self::KeyFeature,
        Self::LikelihoodRatio,
        Self::LogRank,
        Self::OutOfFold,
        Self::PValue,
        Self::RiskSurface,
    ];

    /// The word as the glossary shows it, the anchor, and what it means.
    pub(super) fn entry(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Interval => (
                "95 % interval",
                "g-interval",
                "A range made so that, over many studies, 95 of 100 such ranges hold the true value. A wide one says that the data decide little.",
            ),
            Self::Attrition => (
                "Attrition",
                "g-attrition",
                "How many cases each condition of the study removed, in the order in which the conditions were asked.",
            ),
            Self::Auc => (
                "AUC at a horizon",
                "g-auc",
                "Cumulative/dynamic AUC: the chance that a case with the event by the horizon had a higher predicted risk than a case still free of it then. 0.5 is a coin, 1 is perfect.",
            ),
            Self::Concordance => (
                "C",
                "g-c",
                "Concordance: the chance that, of two cases that can be ordered, the one with the earlier event had the higher predicted risk. 0.5 is a coin, 1 is perfect.",
            ),
            Self::HazardRatio => (
                "HR",
                "g-hr",
                "Hazard ratio: by how much the rate of the event is multiplied when the predictor rises by one unit and the others stay. 1 is no effect. It is the exponential of the coefficient.",
            ),
            Self::KaplanMeier => (
                "Kaplan-Meier",
                "g-km",
                "An estimate of the probability of no event up to each time that uses cases for as long as they were followed.",
            ),
            Self::KeyFeature => (
                "Key feature",
                "g-key",
                "A cluster of image tiles that look alike to the encoder, found without knowing any outcome.",
            ),
            Self::LikelihoodRatio => (
                "Likelihood-ratio test",
                "g-lr",
                "Compares how well two nested models fit. Where the textbook distribution cannot be trusted, a bootstrap supplies the p-value.",
            ),
            Self::LogRank => {
                ("Log-rank test", "g-logrank", "Tests whether groups have the same rate of the event at all times.")
            }
            Self::OutOfFold => ("Out-of-fold", "g-fold", "Predicted by a model that had not seen the case."),
            Self::PValue => (
                "p",
                "g-p",
                "How often data at least as far from no effect would arise if there were none. It is not the probability that there is no effect.",
            ),
            Self::RiskSurface => (
                "Risk surface",
                "g-surface",
                "The contribution of each tile to the slide's score, drawn over the slide. The contributions add up to the score; they are not attention weights.",
            ),
        }
    }

    /// A link from words to the glossary.
    pub(super) fn link(self, words: &str) -> Markup {
        let (_, anchor, meaning) = self.entry();
        html! { a.term href=(format!("#{anchor}")) title=(meaning) { (words) } }
    }
}

/// The warning of a figure that rests on images.
pub(super) fn banner(text: Option<&str>) -> Markup {
    html! {
        @if let Some(text) = text {
            p.banner role="note" { strong { "Please note." } (text) }
        }
    }
}

/// A part, or why it is missing.
pub(super) fn part<T>(part: &Part<T>, show: impl FnOnce(&T) -> Markup) -> Markup {
    match part {
        Part::Done(content) => show(content),
        Part::Absent { reason } => absent(reason),
    }
}

/// Why something is missing.
pub(super) fn absent(reason: &str) -> Markup {
    html! { p.absent { strong { "Not done. " } (reason) } }
}

/// A table that scrolls sideways on a narrow screen, by keyboard too.
pub(super) fn scroll(label: &str, table: Markup) -> Markup {
    html! { div.scroll tabindex="0" role="region" aria-label=(label) { (table) } }
}

/// The blue-to-red scale with its ends.
pub(super) fn scale(low: &str, high: &str) -> Markup {
    html! {
        div.scale {
            span { (low) }
            i style=(format!("background: {}", gradient_css())) role="img" aria-label="colours from blue, low, to red, high" {}
            span { (high) }
        }
    }
}
