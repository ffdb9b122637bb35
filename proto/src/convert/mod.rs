//! Wire to domain and back. Inwards every field is checked and a fault names its field; outwards nothing can fail.

mod beat;
mod membership;
mod requests;
mod run;
mod shared;
mod tries;

use std::time::Duration;

use renkei_domain::IdError;

use crate::WireError;
use crate::fields::present;

/// The longest text of a single line: a name, a version, a URL. In bytes.
const MAX_LINE_BYTES: usize = 4096;

/// A message inside a message that has to be there.
fn nested<W, T: TryFrom<W, Error = WireError>>(field: &str, value: Option<W>) -> Result<T, WireError> {
    T::try_from(present(field, value)?).map_err(|error| error.within(field))
}

/// Every message of a list.
fn each<W, T: TryFrom<W, Error = WireError>>(field: &str, values: Vec<W>) -> Result<Vec<T>, WireError> {
    let one = |(i, value)| T::try_from(value).map_err(|error: WireError| error.within(&format!("{field}[{i}]")));
    values.into_iter().enumerate().map(one).collect()
}

/// An id of the domain.
fn id<T: TryFrom<String, Error = IdError>>(field: &str, text: String) -> Result<T, WireError> {
    T::try_from(text).map_err(|error| WireError::field(field, error.to_string()))
}

/// One line of text.
fn line(field: &str, text: String) -> Result<String, WireError> {
    let fault = if text.trim().is_empty() {
        "is empty"
    } else if text.len() > MAX_LINE_BYTES {
        "is longer than 4096 bytes"
    } else if text.chars().any(char::is_control) {
        "holds a control character"
    } else {
        return Ok(text);
    };
    Err(WireError::field(field, fault))
}

/// A duration in whole milliseconds.
fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
