//! Which run this is and which data is real.

use maud::{Markup, html};

use crate::content::{DataNature, DataSource, ReportContent, RunIdentity};
use crate::page::parts::{Section, banner, scroll};

/// Title, banner, run, sources and contents.
pub(in crate::page) fn header(content: &ReportContent, sections: &[Section]) -> Markup {
    html! {
        header.page {
            h1 { (content.title) }
            (banner(content.banner.as_deref()))
            (run(&content.identity))
            (sources(&content.sources))
            nav.contents aria-label="Contents" {
                ul {
                    @for section in sections {
                        li { a href=(format!("#{}", section.id)) { (section.title) } }
                    }
                }
            }
        }
    }
}

fn run(identity: &RunIdentity) -> Markup {
    html! {
        dl.facts {
            dt { "Run" } dd.digest { (identity.run_id) }
            dt { "Spec digest" } dd.digest { (identity.spec_digest) }
            dt { "Encoder" }
            @match &identity.encoder {
                Some(encoder) => dd { (encoder.name) " · licence " (encoder.licence) " · " span.digest { (encoder.digest) } },
                None => dd { "none: no images were used" },
            }
            dt { "Execution class" } dd { (identity.execution_class) }
            dt { "Software" } dd { "Renkei " (identity.software_version) }
            dt { "Merkle root" }
            @match &identity.merkle_root {
                Some(root) => dd.digest { (root) },
                None => dd.soft { "not yet known: the run was not sealed when this page was made" },
            }
        }
    }
}

fn sources(sources: &[DataSource]) -> Markup {
    html! {
        h3 { "Which data is real" }
        @if sources.is_empty() {
            p.absent { "Nothing was stated about the origin of the data." }
        } @else {
            (scroll("Which data is real", html! {
                table {
                    thead { tr { th scope="col" { "Data" } th scope="col" { "Nature" } th scope="col" { "Origin" } } }
                    tbody {
                        @for source in sources {
                            tr { th scope="row" { (source.name) } td { (nature(source.nature)) } td { (source.statement) } }
                        }
                    }
                }
            }))
        }
    }
}

fn nature(nature: DataNature) -> Markup {
    match nature {
        DataNature::Real => html! { span.tag.real { "real" } },
        DataNature::Synthetic => html! { span.tag.synthetic { "synthetic" } },
        DataNature::Planted => html! { span.tag.planted { "planted" } },
    }
}
