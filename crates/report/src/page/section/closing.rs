//! Limits, how to make the page again, and the glossary.

use maud::html;

use crate::content::ReportContent;
use crate::page::parts::{Section, Term, absent};

/// What was not done.
pub(in crate::page) fn limitations(content: &ReportContent) -> Section {
    let body = html! {
        @if content.limitations.is_empty() {
            (absent("No limitation was recorded, which is itself one."))
        } @else {
            ul { @for limitation in &content.limitations { li { (limitation) } } }
        }
    };
    Section { id: "limitations", title: "Limitations and what was not done", body }
}

/// How to make the page again.
pub(in crate::page) fn provenance(content: &ReportContent) -> Section {
    let body = html! {
        p { "The same spec, slides, encoder and execution class give the same page, byte for byte:" }
        pre { code { (content.provenance.command) } }
        @for note in &content.provenance.notes { p { (note) } }
    };
    Section { id: "provenance", title: "How to reproduce this page", body }
}

/// The words.
pub(in crate::page) fn glossary() -> Section {
    let body = html! {
        dl.glossary {
            @for (word, anchor, meaning) in Term::ALL.map(Term::entry) {
                dt id=(anchor) { (word) }
                dd { (meaning) }
            }
        }
    };
    Section { id: "glossary", title: "Glossary", body }
}
