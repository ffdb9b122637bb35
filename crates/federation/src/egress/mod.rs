//! The one door out of a site: persons counted over all rounds jointly, attacks tried, coarsened or refused with the reason.
//!
//! A method describes what would leave as a [`Release`]: every number with the set of persons that it sums over. The
//! [`Gate`] judges it beside everything that left before, of this study and of others, and either lets it pass, with what
//! each check found, or refuses with the reason and what would pass. What it says is "none found by" an attack, never
//! that nothing is exposed. `docs/egress.md` has the checks, their sources, and what they do not see.

mod coarsen;
mod gate;
mod groups;
mod history;
mod linear;
mod persons;
mod preview;
mod privacy;
mod release;
mod rules;

pub use coarsen::{NoGrid, Settled, finest, times_that_pass};
pub use gate::{Check, Gate, Passed, Reason, Refused};
pub use history::History;
pub use linear::{MOST_GROUPS, Recovered, recoverable};
pub use persons::PersonSet;
pub use preview::{Preview, PreviewError, PreviewLine};
pub use privacy::{Ledger, PrivacyError, Spent, delta, gaussian, noise_scale};
pub use release::{Concentration, Kind, Number, Release, ReleaseError};
pub use rules::Rules;
