//! Key features with their exemplar tiles.

use maud::{Markup, html};

use crate::content::{Chosen, KeyFeature, KeyFeatures, ReportContent};
use crate::format;
use crate::page::embed;
use crate::page::interval_bar::Axis;
use crate::page::parts::{Section, Term, banner, part, scroll};

/// The section.
pub(in crate::page) fn section(content: &ReportContent) -> Section {
    let body = part(&content.key_features, |found| shown(found, content.banner.as_deref()));
    Section { id: "key-features", title: "Key features", body }
}

fn shown(found: &KeyFeatures, warning: Option<&str>) -> Markup {
    let axis = Axis::over(found.features.iter().map(|feature| feature.impact), Some(0.0));
    let selected = found.features.iter().any(|feature| feature.chosen.is_some());
    html! {
        p {
            (Term::KeyFeature.link("Key features")) ": " (found.method) ". "
            (format::count(found.features.len() as u64)) " of " (format::count(found.clusters)) " clusters are shown; "
            (format::count(found.tested)) " were tested (" (found.adjustment) ")."
        }
        @for sentence in &found.selection { p { (sentence) } }
        (banner(warning))
        (scroll("Key features", html! {
            table {
                thead { tr {
                    th scope="col" { "Key feature" }
                    th.n scope="col" { "Tiles" }
                    th.n scope="col" { "Cases" }
                    th.n scope="col" { "Impact (95 % interval)" }
                    th scope="col" { span.soft { "dashed: none" } }
                    th.n scope="col" { "Adjusted " (Term::PValue.link("p")) }
                    @if selected {
                        th.n scope="col" { "Elastic net, folds" }
                        th.n scope="col" { "Stability" }
                        th.n scope="col" { "Place by relevance" }
                    }
                    th scope="col" { "Exemplar tiles" }
                } }
                tbody { @for feature in &found.features { (row(feature, axis)) } }
            }
        }))
        p.small.soft { "Impact: log hazard ratio per standard deviation of the cluster's share of a case's tiles." }
        @if selected {
            p.small.soft {
                "Elastic net: folds whose training part gave the cluster a weight. Stability: share of random halves of the \
                 cases in which a lasso chose it. Place: order by relevance to the outcome less redundancy with those before."
            }
        }
    }
}

fn row(feature: &KeyFeature, axis: Axis) -> Markup {
    html! {
        tr {
            th scope="row" { (feature.index) }
            td.n { (format::count(feature.tiles)) }
            td.n { (format::count(feature.cases)) }
            td.n { (format::estimate(feature.impact, 3)) }
            td.bar { (axis.draw(feature.impact)) }
            td.n { (format::maybe_p(feature.p_adjusted)) }
            @if let Some(chosen) = feature.chosen { (how_often(chosen)) }
            td {
                div.exemplars {
                    @for (index, tile) in feature.exemplars.iter().enumerate() {
                        img src=(embed::encoded(tile)) width="72" height="72"
                            alt=(format!("exemplar tile {} of key feature {}", index + 1, feature.index));
                    }
                }
            }
        }
    }
}

fn how_often(chosen: Chosen) -> Markup {
    let none = || "-".to_owned();
    html! {
        td.n { (chosen.folds.map_or_else(none, |(of, all)| format!("{of} of {all}"))) }
        td.n { (chosen.stability.map_or_else(none, |share| format::decimals(share, 2))) }
        td.n { (chosen.place.map_or_else(none, |place| place.to_string())) }
    }
}
