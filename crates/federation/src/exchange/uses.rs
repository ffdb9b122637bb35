//! Uses of methods in the order of the spec, and what the hub and a site both derive from the spec.

use renkei_domain::Digest;

use super::Refusal;
use crate::{
    keys::Identity,
    methods::{Layout as Numbers, Method, Times},
    secure::{self, Layout, RoundTerms},
    study::{Grid, MethodUse, SpecHash, StudySpec},
};

/// Number of a round over the whole study: the use's place in the spec, then the round within the use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoundNumber {
    /// Place of the use among the spec's methods.
    pub place: u32,
    /// Round of the use over all its beginnings, from 0.
    pub round: u32,
}

impl RoundNumber {
    /// As the secure sum counts rounds.
    #[must_use]
    pub fn number(self) -> u64 {
        u64::from(self.place) << 32 | u64::from(self.round)
    }
}

/// The method of a use, on a grid. Its times are steps of the grid up to the last horizon; parameters come from the spec alone.
pub(super) fn method_of(spec: &StudySpec, agreed: &MethodUse, grid: Option<Grid>) -> Result<Method, Refusal> {
    if spec.privacy.is_some() {
        return Err(Refusal::Privacy);
    }
    let mut parameters: serde_json::Map<_, _> = agreed.parameters.clone().into_iter().collect();
    if let Some(grid) = grid {
        let horizon = spec.endpoint.horizons_years.last().copied().unwrap_or_default();
        let times = Times::regular(grid.steps_per_year(), horizon)?;
        parameters.insert("times".to_owned(), serde_json::json!(times.ends()));
    }
    Ok(Method::registered(&agreed.method.name, agreed.method.version, parameters)?)
}

/// The terms of one attempt, as both sides must have them.
pub(super) fn terms_of(
    spec: &StudySpec,
    study: SpecHash,
    round: RoundNumber,
    attempt: u32,
    numbers: &Numbers,
) -> Result<RoundTerms, Refusal> {
    let identities: Vec<Identity> = spec.sites.iter().map(|site| site.identity).collect();
    let sites = u8::try_from(identities.len()).unwrap_or(u8::MAX);
    let agreed = u8::try_from(spec.thresholds.survivors).unwrap_or(u8::MAX);
    let (counts, reals) = numbers.shape();
    let layout =
        Layout { reals: u32::try_from(reals).unwrap_or(u32::MAX), counts: u32::try_from(counts).unwrap_or(u32::MAX) };
    let threshold = secure::usual_threshold(sites).max(agreed);
    Ok(RoundTerms::new(Digest::from(*study.as_bytes()), round.number(), attempt, threshold, layout, identities)?)
}
