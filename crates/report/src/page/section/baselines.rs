//! What clinicians use already, and what the study adds to it.

use maud::{Markup, html};

use crate::content::{Baseline, PairedDifference, ReportContent};
use crate::format;
use crate::page::interval_bar::Axis;
use crate::page::parts::{Section, Term, absent, banner, scroll};

/// The section.
pub(in crate::page) fn section(content: &ReportContent) -> Section {
    let warning = content.banner.as_deref();
    let baselines = &content.baselines;
    let body = if baselines.is_empty() {
        absent("The study names no model that clinicians use already (model.baselines).")
    } else {
        html! {
            p { "What clinicians use already, on the cases for which it can be computed. Published models are computed as published; nothing is fitted, imputed or clamped." }
            (table(baselines))
            @for baseline in baselines { (counts(baseline)) }
            h3 { "What the study adds" }
            (differences(baselines, warning))
        }
    };
    Section { id: "baselines", title: "Beside what clinicians use", body }
}

fn table(baselines: &[Baseline]) -> Markup {
    let axis = Axis::over(baselines.iter().filter_map(|baseline| baseline.c_index), Some(0.5));
    let mut horizons: Vec<f64> = baselines.iter().flat_map(|one| one.auc.iter().map(|auc| auc.horizon_days)).collect();
    horizons.sort_by(f64::total_cmp);
    horizons.dedup();
    html! {
        (scroll("Models that clinicians use", html! {
            table {
                thead { tr {
                    th scope="col" { "Model" } th scope="col" { "Source" }
                    th.n scope="col" { "Cases" } th.n scope="col" { "Events" }
                    th.n scope="col" { (Term::Concordance.link("C")) }
                    th scope="col" { span.soft { "C, dashed: 0.5" } }
                    @for days in &horizons { th.n scope="col" { (Term::Auc.link("AUC")) " at " (format::years(*days)) } }
                } }
                tbody { @for baseline in baselines { (row(baseline, &horizons, axis)) } }
            }
        }))
    }
}

fn row(baseline: &Baseline, horizons: &[f64], axis: Axis) -> Markup {
    let at = |days: f64| baseline.auc.iter().find(|auc| auc.horizon_days == days).map(|auc| auc.estimate);
    let shown = |estimate| format::maybe_estimate(estimate, 3);
    html! {
        tr {
            th scope="row" {
                (baseline.name)
                @if baseline.knows_specimen { " " span.soft { "(knows the specimen)" } }
            }
            td.words { (baseline.source) }
            td.n { (format::count(baseline.cases)) }
            td.n { (format::count(baseline.events)) }
            td.n { (shown(baseline.c_index)) }
            td.bar { @if let Some(c) = baseline.c_index { (axis.draw(c)) } }
            @for days in horizons { td.n { (shown(at(*days))) } }
        }
    }
}

/// For whom it is not computable or uncertain, and what is missing.
fn counts(baseline: &Baseline) -> Markup {
    let sentence = |what: &str, of: &[(String, u64)]| {
        let all: u64 = of.iter().map(|(_, cases)| cases).sum();
        let each: Vec<String> =
            of.iter().map(|(reason, cases)| format!("{reason} ({})", format::count(*cases))).collect();
        format!("{} is {what} for {} cases: {}.", baseline.name, format::count(all), each.join("; "))
    };
    html! {
        @if !baseline.not_computable.is_empty() { p { (sentence("not computable", &baseline.not_computable)) } }
        @if !baseline.flagged.is_empty() { p { (sentence("uncertain", &baseline.flagged)) } }
        @for reason in &baseline.missing { (absent(&format!("{}: {reason}.", baseline.name))) }
    }
}

fn differences(baselines: &[Baseline], warning: Option<&str>) -> Markup {
    let all = || baselines.iter().flat_map(|baseline| &baseline.differences);
    let axis = Axis::over(all().map(|difference| difference.difference), Some(0.0));
    html! {
        @if all().next().is_none() {
            (absent("No model of the study could be compared with any of them."))
        } @else {
            (banner(warning.filter(|_| all().any(|difference| difference.rests_on_images))))
            (scroll("What the study adds", html! {
                table {
                    caption { "Paired differences " span.soft { "(same cases; the study's model by its held-out predictions)" } }
                    thead { tr {
                        th scope="col" { "Models" } th scope="col" { "In words" }
                        th scope="col" { span.soft { "dashed: none" } } th.n scope="col" { (Term::PValue.link("p")) }
                    } }
                    tbody { @for difference in all() { (difference_row(difference, axis)) } }
                }
            }))
        }
    }
}

fn difference_row(difference: &PairedDifference, axis: Axis) -> Markup {
    html! {
        tr {
            th scope="row" { (difference.model) " − " (difference.reference) }
            td.words { (in_words(difference)) }
            td.bar { (axis.draw(difference.difference)) }
            td.n { (format::maybe_p(difference.p)) }
        }
    }
}

/// For example "+0.031 AUC at 5 years, 4.2 % relative (95 % interval −0.010 to 0.070)".
fn in_words(difference: &PairedDifference) -> String {
    let sign = if difference.difference.value > 0.0 { "+" } else { "" };
    let relative =
        difference.relative.map(|share| format!(", {} % relative", format::decimals(100.0 * share.value, 1)));
    let interval = difference.difference.interval.map(|range| format!(" (95 % interval {})", format::range(range, 3)));
    format!(
        "{sign}{} {}{}{}",
        format::decimals(difference.difference.value, 3),
        difference.measure,
        relative.unwrap_or_default(),
        interval.unwrap_or_default()
    )
}
