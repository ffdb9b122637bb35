//! How far held-out predictions can be relied on.

use maud::{Markup, PreEscaped, html};

use crate::content::{
    CalibrationAt, Estimate, HorizonSupport, ModelValidation, Part, ReportContent, ValidationSection,
};
use crate::error::ReportError;
use crate::figure::{Figure, calibration_figure, decision_figure};
use crate::format;
use crate::page::parts::{Section, Term, absent, banner, scroll};

/// The section.
///
/// # Errors
/// Where a figure cannot be written.
pub(in crate::page) fn section(content: &ReportContent) -> Result<Section, ReportError> {
    let body = match &content.validation {
        Part::Done(validation) => shown(validation, content.banner.as_deref())?,
        Part::Absent { reason } => absent(reason),
    };
    Ok(Section { id: "validation", title: "How far to trust the predictions", body })
}

fn shown(section: &ValidationSection, warning: Option<&str>) -> Result<Markup, ReportError> {
    let images = section.models.iter().any(|model| model.rests_on_images);
    let decision = chart("decision-figure", "Decision curves", &decision_figure(&section.models))?;
    let mut calibrations = Vec::new();
    for (place, model) in section.models.iter().enumerate() {
        calibrations.push((
            model,
            chart(&format!("calibration-{place}"), "Calibration", &calibration_figure(&model.calibration))?,
        ));
    }
    Ok(html! {
        p { (section.scheme) }
        (support(&section.horizons))
        @for (model, figure) in &calibrations {
            h3 { "Calibration: " (model.name) }
            (banner(warning.filter(|_| model.rests_on_images)))
            figure {
                (figure)
                figcaption {
                    "Cases in fifths of predicted risk: mean prediction against " (Term::KaplanMeier.link("Kaplan-Meier"))
                    " estimates with 95 % intervals. On the dotted line predictions are right."
                }
            }
            (measures(&model.calibration))
            (hospitals(model, &section.horizons))
        }
        h3 { "Decision curves" }
        (banner(warning.filter(|_| images)))
        figure {
            (decision)
            figcaption {
                "Net benefit at the last horizon: true positives less false positives, weighted by the odds of the threshold. \
                 A model is worth using where its line is above both dashed lines."
            }
        }
        details { summary { "The decision curves as a table" } (decisions(&section.models)) }
    })
}

fn chart(id: &str, label: &str, figure: &Figure) -> Result<Markup, ReportError> {
    let json = figure.json()?;
    Ok(html! {
        (scroll(label, html! {
            div.chart data-chart=(id) style="min-height: 420px" role="img" aria-label=(format!("{label}; the table gives the same numbers")) {}
        }))
        script type="application/json" id=(id) { (PreEscaped(json)) }
    })
}

fn support(horizons: &[HorizonSupport]) -> Markup {
    scroll(
        "Follow-up by horizon",
        html! {
            table {
                caption { "Follow-up behind each horizon" }
                thead { tr {
                    th scope="col" { "Horizon" } th.n scope="col" { "Events by then" } th.n scope="col" { "At risk beyond" }
                    th scope="col" { "Figures at this horizon" }
                } }
                tbody { @for one in horizons { tr {
                    th scope="row" { (format::years(one.horizon_days)) }
                    td.n { (format::count(one.events)) }
                    td.n { (format::count(one.at_risk)) }
                    td { @if one.reliable { "can be relied on" } @else { strong { "unreliable: too few events or too short a follow-up" } } }
                } } }
            }
        },
    )
}

fn measures(calibration: &[CalibrationAt]) -> Markup {
    scroll(
        "Calibration",
        html! {
            table {
                thead { tr {
                    th scope="col" { "Horizon" } th.n scope="col" { "Observed / expected" } th.n scope="col" { "Slope" }
                    th.n scope="col" { "In the large" } th.n scope="col" { "Brier score" } th.n scope="col" { "Brier, no predictors" }
                    th scope="col" { "Fifths: predicted → observed" }
                } }
                tbody { @for at in calibration { tr {
                    th scope="row" { (format::years(at.horizon_days)) }
                    td.n { (maybe(at.ratio)) } td.n { (maybe(at.slope)) } td.n { (maybe(at.in_the_large)) }
                    td.n { (at.brier.map_or_else(|| "–".to_owned(), |(own, _)| format::decimals(own, 4))) }
                    td.n { (at.brier.map_or_else(|| "–".to_owned(), |(_, null)| format::decimals(null, 4))) }
                    td.words { (groups(at)) }
                } } }
            }
        },
    )
}

fn groups(at: &CalibrationAt) -> String {
    let seen = |seen: Option<Estimate>| seen.map_or_else(|| "–".to_owned(), |seen| format::decimals(seen.value, 2));
    let one =
        at.groups.iter().map(|group| format!("{} → {}", format::decimals(group.expected, 2), seen(group.observed)));
    one.collect::<Vec<_>>().join(", ")
}

fn maybe(estimate: Option<Estimate>) -> String {
    estimate.map_or_else(|| "–".to_owned(), |estimate| format::estimate(estimate, 2))
}

fn hospitals(model: &ModelValidation, horizons: &[HorizonSupport]) -> Markup {
    let (hospitals, cases, events) = model.small_hospitals;
    html! {
        @if !model.hospitals.is_empty() || hospitals > 0 {
            (scroll("Hospital by hospital", html! {
                table {
                    caption { "Each hospital, predicted by a model that has seen none of its cases" }
                    thead { tr {
                        th scope="col" { "Hospital" } th.n scope="col" { "Cases" } th.n scope="col" { "Events" }
                        th.n scope="col" { (Term::Concordance.link("C")) }
                        @for one in horizons { th.n scope="col" { "Observed / expected, " (format::years(one.horizon_days)) } }
                    } }
                    tbody {
                        @for one in &model.hospitals { tr {
                            th scope="row" { (one.name) }
                            td.n { (format::count(one.cases)) } td.n { (format::count(one.events)) }
                            td.n { (maybe(one.c_index)) }
                            @for ratio in &one.ratios { td.n { (maybe(*ratio)) } }
                        } }
                        @if hospitals > 0 { tr {
                            th scope="row" { (format::count(hospitals)) " smaller" }
                            td.n { (format::count(cases)) } td.n { (format::count(events)) }
                            td.words colspan=(1 + horizons.len()) { "too few events for figures of their own; they count in the pooled ones" }
                        } }
                    }
                }
            }))
        }
    }
}

/// Every fifth per cent is enough to read.
fn decisions(models: &[ModelValidation]) -> Markup {
    let last = |model: &ModelValidation| model.calibration.last().map(|at| at.decision.clone()).unwrap_or_default();
    let curves: Vec<_> = models.iter().map(|model| (&model.name, last(model))).collect();
    let Some((_, first)) = curves.first() else { return absent("No model has a decision curve.") };
    let shown = |place: &usize| (place + 1).is_multiple_of(5);
    scroll(
        "Decision curves",
        html! {
            table {
                thead { tr {
                    th scope="col" { "Threshold" }
                    @for (name, _) in &curves { th.n scope="col" { (name) } }
                    th.n scope="col" { "treat all" }
                } }
                tbody { @for place in (0..first.len()).filter(shown) { tr {
                    th scope="row" { (format::decimals(first[place].threshold, 2)) }
                    @for (_, curve) in &curves {
                        td.n { (curve.get(place).and_then(|one| one.model).map_or_else(|| "–".to_owned(), |one| format::decimals(one, 4))) }
                    }
                    td.n { (format::decimals(first[place].treat_all, 4)) }
                } } }
            }
        },
    )
}
