//! The site's list of opt-outs.

use object_store::ObjectStoreExt as _;
use renkei_artifacts::Location;
use renkei_domain::Digest;
use renkei_domain::spec::CohortSpec;
use renkei_records::OptOuts;

use crate::CohortError;

/// What the list is called among a run's tables; the spec lets no table be called so beside a list.
pub(super) const NAME: &str = CohortSpec::OPT_OUTS;

/// Reads the list, and the SHA-256 of its bytes: somebody who opts out makes the next run another run.
pub(super) async fn read(list: &Location) -> Result<(OptOuts, Option<Digest>), CohortError> {
    let missing = |source| match source {
        object_store::Error::NotFound { .. } => CohortError::NoOptOuts { location: list.to_string() },
        source => CohortError::Store { table: NAME.to_owned(), source },
    };
    let bytes = list.store.get(&list.path).await.map_err(missing)?.bytes().await.map_err(missing)?;
    Ok((String::from_utf8_lossy(&bytes).parse()?, Some(Digest::of(&bytes))))
}
