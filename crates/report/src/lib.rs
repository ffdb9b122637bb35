//! The report of a run: one HTML file that opens offline, its model card, the risk surface as a picture, and its tiles for
//! QuPath.
//!
//! [`ReportContent`] is plain data, filled elsewhere; nothing here computes a statistic, reads a clock or a file.
//! The same content gives the same bytes.

mod card;
mod content;
mod error;
mod figure;
mod format;
mod page;
mod surface;

pub use card::model_card;
pub use content::*;
pub use error::ReportError;
pub use page::render_html;
pub use surface::{geojson, surface_png};
