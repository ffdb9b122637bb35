//! Interactive figures: plotly.js ships inside the page once, each figure is a block of JSON beside it.

mod calibration;
mod importance;
mod risk;
mod survival;

use plotly::layout::Layout;
use plotly::{Configuration, Plot, Trace};
use serde::Serialize;

use crate::error::ReportError;
pub(crate) use calibration::{calibration_figure, decision_figure};
pub(crate) use importance::importance_figure;
pub(crate) use risk::risk_figure;
pub(crate) use survival::survival_figure;

/// Text and axes of every figure.
const INK: &str = "#1f2328";
/// Grid lines of every figure.
const RULE: &str = "#d8dde3";

/// What `Plotly.newPlot` takes.
#[derive(Serialize)]
pub(crate) struct Figure {
    data: Vec<Box<dyn Trace>>,
    layout: Layout,
    config: Configuration,
}

impl Figure {
    fn new(data: Vec<Box<dyn Trace>>, layout: Layout) -> Self {
        let config = Configuration::new()
            .responsive(true)
            .display_logo(false)
            .display_mode_bar(plotly::configuration::DisplayModeBar::Hover);
        Self { data, layout, config }
    }

    /// The figure as JSON that may stand inside a `<script>` element: no `<` is left that could close it.
    ///
    /// # Errors
    /// [`ReportError::Internal`] where serde refuses, which no figure here makes it do.
    pub(crate) fn json(&self) -> Result<String, ReportError> {
        let json = serde_json::to_string(self).map_err(|_| ReportError::Internal { what: "a figure" })?;
        Ok(json.replace('<', "\\u003c"))
    }
}

/// The source of plotly.js (MIT). The crate hands it out together with MathJax, in one `<script>` element each; MathJax
/// would only make the page larger and set text between dollar signs as formulas.
///
/// # Errors
/// [`ReportError::Internal`] where the crate no longer hands it out in this form.
pub(crate) fn plotly_source() -> Result<String, ReportError> {
    let both = Plot::offline_js_sources();
    let missing = || ReportError::Internal { what: "plotly.js" };
    let start = both.find('>').ok_or_else(missing)? + 1;
    let end = both.find("</script>").ok_or_else(missing)?;
    let source = both.get(start..end).ok_or_else(missing)?;
    if source.contains("plotly.js v") { Ok(source.to_owned()) } else { Err(missing()) }
}

/// Words for Plotly, which reads some HTML in its text.
fn plain(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A number with so many decimals: the page stays small, and its bytes do not hang on the last bit of a sum.
fn rounded(value: f64, places: i32) -> f64 {
    let factor = 10f64.powi(places);
    (value * factor).round() / factor
}
