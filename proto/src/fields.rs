//! Fields of messages, checked.

use crate::WireError;

/// A field that has to be there.
pub(crate) fn present<W>(field: &str, value: Option<W>) -> Result<W, WireError> {
    value.ok_or_else(|| WireError::field(field, "is missing"))
}

/// A known value of an enum; `domain` gives `None` for the value that is never sent.
pub(crate) fn known<W, T>(field: &str, number: i32, domain: impl Fn(W) -> Option<T>) -> Result<T, WireError>
where
    W: TryFrom<i32>,
{
    let unknown = || WireError::field(field, format!("value {number} is unknown here: upgrade this program"));
    let value = W::try_from(number).map_err(|_| unknown())?;
    present(field, domain(value))
}
