//! The page: sections in a fixed order, in one file that fetches nothing.

mod check;
mod embed;
mod interval_bar;
mod parts;
mod section;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::content::ReportContent;
use crate::error::ReportError;
use crate::figure::plotly_source;

/// Nothing may be fetched: not by this page, not by the chart library in it, whatever the content says.
const POLICY: &str = "default-src 'none'; img-src data: blob:; style-src 'unsafe-inline'; script-src 'unsafe-inline'; \
                      font-src data:; base-uri 'none'; form-action 'none'";

/// One self-contained HTML page in UTF-8 (about 5 MB, most of it plotly.js), readable offline. Equal content gives
/// equal bytes. Every text is escaped.
///
/// # Errors
/// [`ReportError::Content`] where lengths, sizes or numbers of the content contradict each other;
/// [`ReportError::Encode`] where an image cannot be written.
pub fn render_html(content: &ReportContent) -> Result<String, ReportError> {
    check::content(content)?;
    let sections = [
        section::cohort::selection(content),
        section::cohort::description(content),
        section::survival::section(content)?,
        section::models::section(content),
        section::baselines::section(content),
        section::validation::section(content)?,
        section::yearly::section(content),
        section::importance::section(content)?,
        section::key_features::section(content),
        section::slides::section(content)?,
        section::risk::section(content)?,
        section::nulls::section(content),
        section::closing::limitations(content),
        section::closing::provenance(content),
        section::closing::glossary(),
    ];
    Ok(page(content, &sections, &plotly_source()?).into_string())
}

fn page(content: &ReportContent, sections: &[parts::Section], plotly: &str) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="generator" content=(format!("Renkei {}", content.identity.software_version));
                title { (content.title) }
                style { (PreEscaped(include_str!("style.css"))) }
            }
            body {
                a.skip href="#main" { "Skip to the results" }
                (section::identity::header(content, sections))
                main id="main" {
                    @for section in sections { (section.markup()) }
                }
                footer.page { "Made by Renkei " (content.identity.software_version) ". This page fetches nothing from any network." }
                script { (PreEscaped(plotly)) }
                script { (PreEscaped(include_str!("behaviour.js"))) }
            }
        }
    }
}
