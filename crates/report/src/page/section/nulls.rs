//! What the same procedure finds where there is nothing to find.

use maud::{Markup, html};

use crate::content::{NullResult, ReportContent};
use crate::format;
use crate::page::parts::{Section, Term, banner, part, scroll};

/// The section.
pub(in crate::page) fn section(content: &ReportContent) -> Section {
    let warning = content.banner.as_deref();
    let body = html! {
        p { "The whole procedure was repeated where there is nothing to find. What it finds there is what chance and leakage give." }
        h3 { "Outcomes shuffled among cases" }
        (part(&content.nulls.label_permutation, |null| table(null, warning)))
        h3 { "Encoder with random weights" }
        (part(&content.nulls.random_encoder, |null| table(null, warning)))
    };
    Section { id: "nulls", title: "Nulls", body }
}

fn table(null: &NullResult, warning: Option<&str>) -> Markup {
    html! {
        (banner(warning.filter(|_| null.rests_on_images)))
        (scroll(&null.measure, html! {
            table {
                thead { tr {
                    th scope="col" { "Measure" }
                    th.n scope="col" { "Observed" }
                    th.n scope="col" { "Under the null, mean" }
                    th.n scope="col" { "2.5th to 97.5th percentile" }
                    th.n scope="col" { "Replicates" }
                    th.n scope="col" { (Term::PValue.link("p")) }
                } }
                tbody { tr {
                    th scope="row" { (null.measure) }
                    td.n { (format::decimals(null.observed, 3)) }
                    td.n { (format::decimals(null.null_mean, 3)) }
                    td.n { (null.null_range.map_or_else(|| "–".to_owned(), |range| format::range(range, 3))) }
                    td.n { (format::count(null.replicates)) }
                    td.n { (format::maybe_p(null.p)) }
                } }
            }
        }))
    }
}
