//! Kaplan-Meier curves.

use maud::{Markup, PreEscaped, html};

use crate::content::{Part, ReportContent, SurvivalCurve, SurvivalSection};
use crate::error::ReportError;
use crate::figure::survival_figure;
use crate::format;
use crate::page::parts::{Section, Term, absent, banner, scroll};

/// The section.
///
/// # Errors
/// Where the figure cannot be written.
pub(in crate::page) fn section(content: &ReportContent) -> Result<Section, ReportError> {
    let body = match &content.survival {
        Part::Done(survival) => shown(survival, content.banner.as_deref())?,
        Part::Absent { reason } => absent(reason),
    };
    Ok(Section { id: "survival", title: "Survival without the event", body })
}

fn shown(section: &SurvivalSection, warning: Option<&str>) -> Result<Markup, ReportError> {
    let (figure, height) = survival_figure(section);
    let json = figure.json()?;
    Ok(html! {
        p { "Endpoint: " (section.endpoint) "." }
        figure {
            (banner(warning.filter(|_| section.rests_on_images)))
            (scroll("Kaplan-Meier curves", html! {
                div.chart data-chart="survival-figure" style=(format!("min-height: {height}px")) role="img"
                    aria-label="Kaplan-Meier curves; the table below gives the same numbers" {}
            }))
            script type="application/json" id="survival-figure" { (PreEscaped(json)) }
            figcaption {
                (Term::KaplanMeier.link("Kaplan-Meier")) " estimates with 95 % bands; below, the numbers at risk."
                @if !section.groups.is_empty() { " Groups: " (section.grouping) "." }
                (log_rank(section))
            }
        }
        details {
            summary { "The curves as a table" }
            (table(section))
        }
    })
}

fn log_rank(section: &SurvivalSection) -> Markup {
    html! {
        @if let Some(test) = section.log_rank {
            " " (Term::LogRank.link("Log-rank test")) ": χ² = " (format::decimals(test.statistic, 2)) ", " (test.df)
            @if test.df == 1 { " degree" } @else { " degrees" }
            " of freedom, p " (equals(test.p)) "."
        }
    }
}

/// "= 0.03" or "< 0.001".
fn equals(p: f64) -> String {
    let text = format::p_value(p);
    if text.starts_with('<') { text } else { format!("= {text}") }
}

fn table(section: &SurvivalSection) -> Markup {
    let curves = || std::iter::once(&section.overall).chain(&section.groups);
    scroll(
        "Survival by time",
        html! {
            table {
                thead {
                    tr {
                        th scope="col" { "Time" }
                        @for curve in curves() {
                            th scope="col" {
                                (curve.label) br;
                                span.soft { (format::count(curve.events)) " events in " (format::count(curve.cases)) }
                            }
                        }
                    }
                }
                tbody {
                    @for (index, day) in section.at_risk_days.iter().enumerate() {
                        tr {
                            th scope="row" { (format::years(*day)) }
                            @for curve in curves() { td { (cell(curve, *day, index)) } }
                        }
                    }
                }
            }
        },
    )
}

fn cell(curve: &SurvivalCurve, day: f64, index: usize) -> Markup {
    let at = curve.points.iter().take_while(|point| point.day <= day).last();
    let (survival, interval) = at.map_or((1.0, None), |point| (point.survival, Some((point.low, point.high))));
    html! {
        (format::decimals(survival, 3))
        @if let Some(interval) = interval { " (" (format::range(interval, 3)) ")" }
        @if let Some(cases) = curve.at_risk.get(index) { br; span.soft { (format::count(*cases)) " at risk" } }
    }
}
