//! What a hub asks of a site in a round, and whether the approved document holds it.

use serde::{Deserialize, Serialize};

use super::{Day, DropOut, Grid, LifeError, MethodId, MethodUse, Moment, SignedStudy, SiteStudy, SpecHash, State};

/// One round as the hub asks for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// The study.
    pub study: SpecHash,
    /// The use of the method, by its name in the study.
    pub method_use: String,
    /// The method that the hub means by it.
    pub method: MethodId,
    /// The grid of time; none for a method that sums nothing by time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grid: Option<Grid>,
    /// The round, from 1.
    pub round: u32,
    /// The last round before the use began anew without a site that was lost; 0 where it did not.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub began: u32,
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// Why an order is not carried out.
#[derive(Debug, thiserror::Error)]
pub enum Unordered {
    /// The study does not run.
    #[error("the study is {0}, not running")]
    NotRunning(State),
    /// Its last day is over.
    #[error("the study expired on {0}")]
    Expired(Day),
    /// The order or the stored document is of another study than the approved one.
    #[error("the order is for study {asked}, the approved one is {approved}")]
    OtherStudy {
        /// What was asked.
        asked: SpecHash,
        /// What was approved.
        approved: SpecHash,
    },
    /// The document at hand is bad.
    #[error(transparent)]
    Document(#[from] LifeError),
    /// No such use, or another method under its name.
    #[error("{method} as '{method_use}' is not among the approved methods")]
    NotApproved {
        /// The use asked for.
        method_use: String,
        /// The method asked for.
        method: MethodId,
    },
    /// A grid that was not agreed.
    #[error("times {asked} were not agreed for '{method_use}'; agreed: {agreed}")]
    Grid {
        /// The use asked for.
        method_use: String,
        /// What was asked.
        asked: String,
        /// What the spec lists.
        agreed: String,
    },
    /// The use is to begin anew, which the study's rule does not know.
    #[error("'{method_use}' is to begin anew without a site, and the study's rule for lost sites is another")]
    Anew {
        /// The use asked for.
        method_use: String,
    },
    /// More rounds than agreed.
    #[error("round {round} of '{method_use}': rounds 1 to {most} were agreed")]
    Round {
        /// The use asked for.
        method_use: String,
        /// The round asked for.
        round: u32,
        /// The last one agreed.
        most: u32,
    },
}

impl SiteStudy {
    /// Whether `order` is held by the approved document, which is verified anew; returns what the document says of the
    /// method, its parameters above all: they come from there, never from the order.
    ///
    /// # Errors
    /// Why the order is not carried out.
    pub fn admit<'a>(&self, order: &Order, signed: &'a SignedStudy, now: Moment) -> Result<&'a MethodUse, Unordered> {
        let approved = self.study();
        if self.state() != State::Running {
            return Err(Unordered::NotRunning(self.state()));
        }
        if self.expired(now) {
            return Err(Unordered::Expired(signed.spec.expires));
        }
        let document = signed.verified().map_err(LifeError::from)?;
        for asked in [order.study, document] {
            if asked != approved {
                return Err(Unordered::OtherStudy { asked, approved });
            }
        }
        let method_use = order.method_use.clone();
        let Some(agreed) = signed.spec.method_use(&method_use).filter(|agreed| agreed.method == order.method) else {
            return Err(Unordered::NotApproved { method_use, method: order.method.clone() });
        };
        let on_grid = match order.grid {
            Some(grid) => agreed.grids.contains(&grid),
            None => agreed.grids.is_empty(),
        };
        if !on_grid {
            let by = |grid: &Grid| format!("by {grid}");
            let listed = agreed.grids.iter().map(by).collect::<Vec<_>>().join(", ");
            let asked = order.grid.as_ref().map_or("not on a grid".into(), by);
            let agreed = if listed.is_empty() { "not on a grid".into() } else { listed };
            return Err(Unordered::Grid { method_use, asked, agreed });
        }
        if order.began > 0 && signed.spec.drop_out != DropOut::Restart {
            return Err(Unordered::Anew { method_use });
        }
        if order.round <= order.began || order.round > agreed.max_rounds {
            return Err(Unordered::Round { method_use, round: order.round, most: agreed.max_rounds });
        }
        Ok(agreed)
    }
}
