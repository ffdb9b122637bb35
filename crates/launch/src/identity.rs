//! What decides a run's result.

use std::collections::BTreeMap;

use renkei_cohort::{Cohort, Pseudonymiser};
use renkei_domain::Digest;
use renkei_domain::record::Identity;
use renkei_domain::spec::RunSpec;

use crate::{Inputs, LaunchError};

/// Everything that decides the result, but for the slides, which the planner adds. `execution_class` is the text of the
/// class that the shards will be computed in.
pub fn identity(
    inputs: &Inputs,
    cohort: &Cohort,
    pseudonyms: &Pseudonymiser,
    execution_class: String,
) -> Result<Identity, LaunchError> {
    let mut identity = own_identity(inputs, pseudonyms, execution_class)?;
    let tables = cohort.source_digests.iter();
    identity.inputs.extend(tables.map(|(name, digest)| (format!("table {name}"), *digest)));
    Ok(identity)
}

/// What a process that computes shards can say of a run's identity by itself: all but records and slides.
pub fn own_identity(
    inputs: &Inputs,
    pseudonyms: &Pseudonymiser,
    execution_class: String,
) -> Result<Identity, LaunchError> {
    let nameless = RunSpec { name: "-".to_owned(), store: "-".to_owned(), ..inputs.launch.spec.clone() };
    let mut digests = BTreeMap::from([("encoder".to_owned(), inputs.encoder.card().sha256)]);
    digests.insert("site key".to_owned(), site_key(pseudonyms));
    digests.extend(inputs.tissue_model.map(|digest| ("tissue model".to_owned(), digest)));
    Ok(Identity {
        software: env!("CARGO_PKG_VERSION").to_owned(),
        execution_class,
        spec: Digest::of(&serde_json::to_vec(&nameless)?),
        inputs: digests,
    })
}

/// Tells keys apart without telling the key.
#[must_use]
pub fn site_key(pseudonyms: &Pseudonymiser) -> Digest {
    Digest::of(pseudonyms.case_id("fingerprint").as_str().as_bytes())
}
