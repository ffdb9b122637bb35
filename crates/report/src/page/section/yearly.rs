//! Effects by year: a table whose cells are coloured, so that it reads on paper, by ear and on a small screen.

use maud::{Markup, html};

use crate::content::{Estimate, LikelihoodRatioTest, ReportContent, YearlyEffects};
use crate::format;
use crate::page::parts::{Section, Term, banner, part, scale, scroll};
use crate::surface::risk_colour;

/// The section.
pub(in crate::page) fn section(content: &ReportContent) -> Section {
    let body = part(&content.yearly, |yearly| shown(yearly, content.banner.as_deref()));
    Section { id: "yearly", title: "Effects by year", body }
}

fn shown(yearly: &YearlyEffects, warning: Option<&str>) -> Markup {
    let reach = reach(yearly);
    html! {
        p { "Does the pattern of predictors differ by the year of the event?" }
        (part(&yearly.test, test))
        figure {
            (banner(warning.filter(|_| yearly.rests_on_images)))
            (scroll("Log hazard ratio by year and predictor", heat_map(yearly, reach)))
            (scale(&format!("{} lowers the hazard", format::decimals(-reach, 2)), &format!("raises it {}", format::decimals(reach, 2))))
            figcaption {
                "Log " (Term::HazardRatio.link("hazard ratio")) " by year with its 95 % interval (" (yearly.method)
                "). Hatched: too few events to say."
            }
        }
    }
}

fn test(test: &LikelihoodRatioTest) -> Markup {
    html! {
        p {
            (Term::LikelihoodRatio.link("Likelihood-ratio test")) " of equal effects in all years: statistic "
            b { (format::decimals(test.statistic, 2)) } ", " (test.df) " degrees of freedom, asymptotic p "
            b { (format::p_value(test.p_asymptotic)) }
            @match test.p_bootstrap {
                Some(p) => { ", bootstrap p " b { (format::p_value(p)) } " (" (format::count(test.replicates)) " replicates)." },
                None => { "; no bootstrap was made." },
            }
        }
        p {
            "This tests whether effects are proportional over time. It says nothing about mechanism: effects may change "
            "because cases at high risk leave early, because follow-up differs, or because the disease does."
        }
    }
}

/// The largest effect shown, which decides both ends of the colours.
fn reach(yearly: &YearlyEffects) -> f64 {
    let values = yearly.effects.iter().flatten().flatten().map(|effect| effect.value.abs());
    let most = values.filter(|value| value.is_finite()).fold(0.0, f64::max);
    if most > 0.0 { most } else { 1.0 }
}

fn heat_map(yearly: &YearlyEffects, reach: f64) -> Markup {
    html! {
        table.heat {
            thead { tr {
                th scope="col" {}
                @for (year, events) in yearly.years.iter().zip(&yearly.events) {
                    th scope="col" { (year) br; span.soft.small { (format::count(*events)) " events" } }
                }
            } }
            tbody {
                @for (predictor, row) in yearly.predictors.iter().zip(&yearly.effects) {
                    tr {
                        th scope="row" { (predictor) }
                        @for (year, effect) in yearly.years.iter().zip(row) { (cell(predictor, year, *effect, reach)) }
                    }
                }
            }
        }
    }
}

fn cell(predictor: &str, year: &str, effect: Option<Estimate>, reach: f64) -> Markup {
    let Some(effect) = effect.filter(|effect| effect.value.is_finite()) else {
        return html! { td.none title=(format!("{predictor}, {year}: too few events")) { "–" } };
    };
    let colour = risk_colour((effect.value / reach + 1.0) / 2.0);
    let ink = if colour.wants_dark_text() { "#1f2328" } else { "#ffffff" };
    let words = format!("{predictor}, {year}: log hazard ratio {}", format::estimate(effect, 2));
    html! {
        td style=(format!("background: {}; color: {ink}", colour.css())) title=(words) {
            (format::decimals(effect.value, 2))
            @if let Some(interval) = effect.interval { small { (format::range(interval, 2)) } }
        }
    }
}
