//! What a reference names (FHIR R4, 2.3.0.1).

use super::types;

/// The id in a reference to a resource of a type, relative or absolute, of one version or of whichever.
pub(super) fn id_of<'r>(reference: &'r str, of_type: &str) -> Option<&'r str> {
    // Nearly all references are of this form.
    if let Some(id) = reference.strip_prefix(of_type).and_then(|rest| rest.strip_prefix('/'))
        && !id.as_bytes().contains(&b'/')
    {
        return (!id.is_empty()).then_some(id);
    }
    let (before, id) = unversioned(reference).rsplit_once('/')?;
    (before.rsplit('/').next() == Some(of_type) && !id.is_empty()).then_some(id)
}

/// Whether a reference is to a resource of a type that FHIR has.
pub(super) fn names_type(reference: &str) -> bool {
    let of_type = unversioned(reference).rsplit('/').nth(1);
    of_type.is_some_and(|of_type| types::known(of_type).is_some())
}

/// A reference without the version that it may name.
fn unversioned(reference: &str) -> &str {
    reference.split_once("/_history/").map_or(reference, |(resource, _)| resource)
}
