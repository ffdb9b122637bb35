//! Which predictors matter at which horizon.

use maud::{Markup, PreEscaped, html};

use crate::content::{ImportanceAt, ImportanceSection, LandmarkModel, Part, RankChange, ReportContent};
use crate::error::ReportError;
use crate::figure::importance_figure;
use crate::format;
use crate::page::parts::{Section, Term, absent, banner, part, scroll};

/// The section.
///
/// # Errors
/// Where the figure cannot be written.
pub(in crate::page) fn section(content: &ReportContent) -> Result<Section, ReportError> {
    let body = match &content.importance {
        Part::Done(importance) => shown(importance, content.banner.as_deref())?,
        Part::Absent { reason } => absent(reason),
    };
    Ok(Section { id: "importance", title: "What matters at which horizon", body })
}

fn shown(section: &ImportanceSection, warning: Option<&str>) -> Result<Markup, ReportError> {
    let drawn = section.horizons.iter().any(|at| at.shapley.is_some());
    let json = importance_figure(section).json()?;
    Ok(html! {
        p {
            "Model of " (section.model) ". For each horizon it is fitted with follow-up stopped there and judged by its held-out "
            (Term::Auc.link("AUC")) ". It says what predicts, and nothing of why."
        }
        (banner(warning.filter(|_| section.rests_on_images)))
        @if drawn {
            figure {
                (scroll("Shapley values", html! {
                    div.chart data-chart="importance-figure" style="min-height: 380px" role="img"
                        aria-label="Shapley values; the table below gives the same numbers" {}
                }))
                script type="application/json" id="importance-figure" { (PreEscaped(json)) }
                figcaption {
                    "Exact Shapley values: what each predictor adds to the AUC, averaged over all orders in which predictors can \
                     be added. At each horizon they add up to the AUC less 0.5."
                }
            }
        }
        (table(section))
        h3 { "Does their order change?" }
        (part(&section.rank_change, change))
        h3 { "Among those still at risk" }
        @for model in &section.landmarks { (landmark(model)) }
    })
}

fn table(section: &ImportanceSection) -> Markup {
    let cell = |at: &ImportanceAt, place: usize| {
        let shapley = at.shapley.as_ref().and_then(|values| values.get(place));
        let shapley = shapley.map_or_else(|| "–".to_owned(), |value| format::decimals(*value, 3));
        let loss = at.permutation.get(place).map_or_else(|| "–".to_owned(), |value| format::decimals(*value, 3));
        html! { td.n { (shapley) } td.n { (loss) } }
    };
    scroll(
        "Importance by horizon",
        html! {
            table {
                thead {
                    tr {
                        th scope="col" { "Predictor" }
                        @for at in &section.horizons { th.n scope="col" colspan="2" { (format::years(at.horizon_days)) ", AUC " (format::decimals(at.auc, 3)) } }
                    }
                    tr {
                        th {}
                        @for _ in &section.horizons { th.n scope="col" { "Shapley" } th.n scope="col" { "loss when shuffled" } }
                    }
                }
                tbody { @for (place, name) in section.predictors.iter().enumerate() { tr {
                    th scope="row" { (name) }
                    @for at in &section.horizons { (cell(at, place)) }
                } } }
            }
        },
    )
}

fn change(found: &RankChange) -> Markup {
    let (first, last) = found.between_days;
    html! {
        p {
            "From " (format::years(first)) " to " (format::years(last)) " the ranks of the predictors (by loss when shuffled) move by "
            (format::decimals(found.observed, 1)) " places in all; with outcomes shuffled they move by "
            (format::decimals(found.null_mean, 1)) " on average over " (format::count(found.replicates)) " shuffles. "
            (format::decimals(100.0 * found.p, 0)) " % of shuffles move at least as far: an order that moves no more than noise \
             moves is no pattern, and one that stays is a sign of effects that last."
        }
    }
}

fn landmark(model: &LandmarkModel) -> Markup {
    let span = format!("From {} to {}", format::years(model.from_days), format::years(model.to_days));
    html! {
        p { strong { (span) } ": " (format::count(model.cases)) " cases at risk, " (format::count(model.events)) " events." }
        (part(&model.coefficients, |rows| scroll(&span, html! {
            table {
                thead { tr {
                    th scope="col" { "Predictor" } th.n scope="col" { (Term::HazardRatio.link("HR")) " (95 % interval)" }
                    th.n scope="col" { (Term::PValue.link("p")) }
                } }
                tbody { @for row in rows { tr {
                    th scope="row" { (row.predictor) }
                    td.n { (format::estimate(row.log_hazard_ratio.map(f64::exp), 2)) }
                    td.n { (format::maybe_p(row.p)) }
                } } }
            }
        })))
    }
}
