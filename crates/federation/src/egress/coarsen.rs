//! Stepping through the agreed grids of time, from fine to coarse, until one passes; and what would pass where none does.

use std::fmt::Display;

use super::{Gate, Passed, Refused, Release, ReleaseError, Rules};
use crate::study::Grid;

/// The finest grid that passes.
#[derive(Debug, Clone, PartialEq)]
pub struct Settled {
    /// The grid.
    pub grid: Grid,
    /// What would leave on it.
    pub release: Release,
    /// What the gate found.
    pub passed: Passed,
    /// The finer grids, and why nothing leaves on them.
    pub too_fine: Vec<(Grid, Refused)>,
}

/// Why there is no grid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoGrid {
    /// No agreed grid passes.
    #[error("nothing leaves on any agreed grid{}", .0.last().map(|(grid, why)| format!("; by {grid}, {why}")).unwrap_or_default())]
    Refused(Vec<(Grid, Refused)>),
    /// The method described no proper release.
    #[error("'{0}'")]
    Release(String),
}

/// The first of the agreed `grids` (from fine to coarse) on which the gate would let `describe`'s release pass. Nothing
/// is remembered: all sites must settle on one grid, the coarsest that any of them needs, before a round is opened on it.
///
/// # Errors
/// When none passes, why on each; or that the method described no proper release.
pub fn finest<E: Display>(
    gate: &Gate,
    rules: &Rules,
    grids: &[Grid],
    mut describe: impl FnMut(Grid) -> Result<Release, E>,
) -> Result<Settled, NoGrid> {
    let mut too_fine = Vec::new();
    for &grid in grids {
        let release = describe(grid).map_err(|error| NoGrid::Release(error.to_string()))?;
        match gate.judge(&release, rules) {
            Ok(passed) => return Ok(Settled { grid, release, passed, too_fine }),
            Err(refused) => too_fine.push((grid, refused)),
        }
    }
    Err(NoGrid::Refused(too_fine))
}

/// What would pass where no agreed grid does: some of `times` (ascending), taken from the first on; where too few persons
/// leave between a time and the next, the next takes its place. `describe` gives the release on those times alone. It is
/// for the people who agree on times: which of a site's times pass tells something of its persons, so it never leaves by
/// itself.
///
/// # Errors
/// That the method described no proper release.
pub fn times_that_pass(
    gate: &Gate,
    rules: &Rules,
    times: &[u32],
    mut describe: impl FnMut(&[u32]) -> Result<Release, ReleaseError>,
) -> Result<Vec<u32>, ReleaseError> {
    let mut kept: Vec<u32> = Vec::new();
    for &time in times {
        let further = [kept.as_slice(), &[time]].concat();
        let longer = [&kept[..kept.len().saturating_sub(1)], &[time]].concat();
        for tried in [further, longer] {
            if gate.judge(&describe(&tried)?, rules).is_ok() {
                kept = tried;
                break;
            }
        }
    }
    Ok(kept)
}
