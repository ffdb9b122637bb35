//! Fitted models and how well they predict.

use maud::{Markup, html};

use crate::content::{ModelResult, PairedDifference, ReportContent};
use crate::format;
use crate::page::interval_bar::Axis;
use crate::page::parts::{Section, Term, absent, banner, scroll};

/// The section.
pub(in crate::page) fn section(content: &ReportContent) -> Section {
    let warning = content.banner.as_deref();
    let body = if content.models.is_empty() {
        absent("No model was fitted.")
    } else {
        html! {
            h3 { "How well they predict" }
            (performance(&content.models, warning))
            h3 { "What images add" }
            (differences(&content.differences, warning))
            h3 { "Coefficients" }
            @for model in &content.models { (coefficients(model, &content.models, warning)) }
        }
    };
    Section { id: "models", title: "Models", body }
}

fn performance(models: &[ModelResult], warning: Option<&str>) -> Markup {
    let horizons = horizons(models);
    let axis = Axis::over(models.iter().filter_map(|model| model.c_index), Some(0.5));
    html! {
        (banner(warning.filter(|_| models.iter().any(|model| model.kind.rests_on_images()))))
        (scroll("How well the models predict", html! {
            table {
                caption { (Term::OutOfFold.link("Out-of-fold")) " accuracy " span.soft { "(with " (Term::Interval.link("95 % interval")) ")" } }
                thead { tr {
                    th scope="col" { "Model" }
                    th.n scope="col" { "Cases" }
                    th.n scope="col" { "Events" }
                    th.n scope="col" { (Term::Concordance.link("C")) }
                    th scope="col" { span.soft { "C, dashed: 0.5" } }
                    @for days in &horizons { th.n scope="col" { (Term::Auc.link("AUC")) " at " (format::years(*days)) } }
                } }
                tbody { @for model in models { (performance_row(model, &horizons, axis)) } }
            }
        }))
    }
}

/// Every horizon that any model has, earliest first.
fn horizons(models: &[ModelResult]) -> Vec<f64> {
    let mut days: Vec<f64> = models.iter().flat_map(|model| model.auc.iter().map(|auc| auc.horizon_days)).collect();
    days.sort_by(f64::total_cmp);
    days.dedup();
    days
}

fn performance_row(model: &ModelResult, horizons: &[f64], axis: Axis) -> Markup {
    let at = |days: f64| model.auc.iter().find(|auc| auc.horizon_days == days).map(|auc| auc.estimate);
    html! {
        tr {
            th scope="row" { (model.name) }
            td.n { (format::count(model.cases)) }
            td.n { (format::count(model.events)) }
            td.n { (format::maybe_estimate(model.c_index, 3)) }
            td.bar { @if let Some(c) = model.c_index { (axis.draw(c)) } }
            @for days in horizons { td.n { (format::maybe_estimate(at(*days), 3)) } }
        }
    }
}

fn differences(differences: &[PairedDifference], warning: Option<&str>) -> Markup {
    let axis = Axis::over(differences.iter().map(|difference| difference.difference), Some(0.0));
    html! {
        @if differences.is_empty() {
            (absent("No two models were compared on the same cases."))
        } @else {
            (banner(warning.filter(|_| differences.iter().any(|difference| difference.rests_on_images))))
            (scroll("Paired differences", html! {
                table {
                    caption { "Paired differences " span.soft { "(same cases, same folds; first model minus second)" } }
                    thead { tr {
                        th scope="col" { "Measure" } th scope="col" { "Models" }
                        th.n scope="col" { "Difference" } th scope="col" { span.soft { "dashed: none" } }
                        th.n scope="col" { "Relative" } th.n scope="col" { (Term::PValue.link("p")) }
                    } }
                    tbody { @for difference in differences { (difference_row(difference, axis)) } }
                }
            }))
        }
    }
}

fn difference_row(difference: &PairedDifference, axis: Axis) -> Markup {
    let relative =
        difference.relative.map(|relative| format!("{} %", format::estimate(relative.map(|share| 100.0 * share), 1)));
    html! {
        tr {
            th scope="row" { (difference.measure) }
            td.words { (difference.model) " − " (difference.reference) }
            td.n { (format::estimate(difference.difference, 3)) }
            td.bar { (axis.draw(difference.difference)) }
            td.n { (relative.unwrap_or_else(|| "–".to_owned())) }
            td.n { (format::maybe_p(difference.p)) }
        }
    }
}

fn coefficients(model: &ModelResult, all: &[ModelResult], warning: Option<&str>) -> Markup {
    let axis = Axis::over(all.iter().flat_map(|model| &model.coefficients).map(|row| row.log_hazard_ratio), Some(0.0));
    let counts = format!("{} cases, {} events", format::count(model.cases), format::count(model.events));
    let title = html! { (model.name) " " span.soft { "(" (model.method) "; " (counts) ")" } };
    if model.coefficients.is_empty() {
        return html! { p { (title) } };
    }
    html! {
        (banner(warning.filter(|_| model.kind.rests_on_images())))
        (scroll(&model.name, html! {
            table {
                caption { (title) }
                thead { tr {
                    th scope="col" { "Predictor" }
                    th.n scope="col" { "Coefficient" }
                    th.n scope="col" { (Term::HazardRatio.link("HR")) " (95 % interval)" }
                    th scope="col" { span.soft { "dashed: HR 1" } }
                    th.n scope="col" { (Term::PValue.link("p")) }
                } }
                tbody {
                    @for row in &model.coefficients {
                        tr {
                            th scope="row" { (row.predictor) }
                            td.n { (format::decimals(row.log_hazard_ratio.value, 3)) }
                            td.n { (format::estimate(row.log_hazard_ratio.map(f64::exp), 2)) }
                            td.bar { (axis.draw(row.log_hazard_ratio)) }
                            td.n { (format::maybe_p(row.p)) }
                        }
                    }
                }
            }
        }))
    }
}
