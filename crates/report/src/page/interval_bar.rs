//! An estimate and its interval as a small drawing beside the number.

use maud::{Markup, html};

use crate::content::Estimate;

/// Width of the drawing in its own units.
const WIDTH: f64 = 200.0;
/// Margin on either side, for the dot.
const MARGIN: f64 = 6.0;

/// The range that all drawings of a column share.
#[derive(Debug, Clone, Copy)]
pub(super) struct Axis {
    low: f64,
    high: f64,
    reference: Option<f64>,
}

impl Axis {
    /// The axis that holds all estimates, their intervals, and the value of no effect.
    pub(super) fn over(estimates: impl IntoIterator<Item = Estimate>, reference: Option<f64>) -> Self {
        let ends = |estimate: Estimate| {
            let (low, high) = estimate.interval.unwrap_or((estimate.value, estimate.value));
            [low, estimate.value, high]
        };
        let values = estimates.into_iter().flat_map(ends).chain(reference).filter(|value| value.is_finite());
        let (low, high) =
            values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
        if low < high { Self { low, high, reference } } else { Self { low: low - 1.0, high: low + 1.0, reference } }
    }

    fn place(self, value: f64) -> f64 {
        let share = ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0);
        MARGIN + share * (WIDTH - 2.0 * MARGIN)
    }

    /// The drawing; the numbers beside it say the same, so it is hidden from screen readers.
    pub(super) fn draw(self, estimate: Estimate) -> Markup {
        let at = |value: f64| format!("{:.1}", self.place(value));
        html! {
            svg viewBox=(format!("0 0 {WIDTH} 16")) preserveAspectRatio="none" aria-hidden="true" focusable="false" {
                @if let Some(reference) = self.reference {
                    line x1=(at(reference)) x2=(at(reference)) y1="0" y2="16" stroke="#8c959f" stroke-width="1"
                        stroke-dasharray="2 2" vector-effect="non-scaling-stroke" {}
                }
                @if estimate.value.is_finite() {
                    @if let Some((low, high)) = estimate.interval {
                        line x1=(at(low)) x2=(at(high)) y1="8" y2="8" stroke="#1f2328" stroke-width="1.6"
                            vector-effect="non-scaling-stroke" {}
                    }
                    rect x=(format!("{:.1}", self.place(estimate.value) - 3.0)) y="4.5" width="6" height="7" fill="#1f2328" {}
                }
            }
        }
    }
}
