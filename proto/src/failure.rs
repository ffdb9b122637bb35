//! Kinds of failure, and failures.

use renkei_domain::ErrorKind;

use crate::fields::known;
use crate::{WireError, v1};

impl From<ErrorKind> for v1::ErrorKind {
    fn from(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::Invalid => Self::Invalid,
            ErrorKind::NotFound => Self::NotFound,
            ErrorKind::Conflict => Self::Conflict,
            ErrorKind::Fenced => Self::Fenced,
            ErrorKind::Unavailable => Self::Unavailable,
            ErrorKind::Exhausted => Self::Exhausted,
            ErrorKind::Data => Self::Data,
            ErrorKind::Denied => Self::Denied,
            ErrorKind::Internal => Self::Internal,
        }
    }
}

/// The kind that `number` stands for in `field`.
pub(crate) fn kind(field: &str, number: i32) -> Result<ErrorKind, WireError> {
    known(field, number, |kind: v1::ErrorKind| {
        Some(match kind {
            v1::ErrorKind::Unspecified => return None,
            v1::ErrorKind::Invalid => ErrorKind::Invalid,
            v1::ErrorKind::NotFound => ErrorKind::NotFound,
            v1::ErrorKind::Conflict => ErrorKind::Conflict,
            v1::ErrorKind::Fenced => ErrorKind::Fenced,
            v1::ErrorKind::Unavailable => ErrorKind::Unavailable,
            v1::ErrorKind::Exhausted => ErrorKind::Exhausted,
            v1::ErrorKind::Data => ErrorKind::Data,
            v1::ErrorKind::Denied => ErrorKind::Denied,
            v1::ErrorKind::Internal => ErrorKind::Internal,
        })
    })
}

impl v1::ErrorDetail {
    /// The failure as the wire has it.
    pub(crate) fn of(kind: ErrorKind, message: String) -> Self {
        Self { kind: v1::ErrorKind::from(kind).into(), message }
    }

    /// The kind and the text.
    pub(crate) fn read(self) -> Result<(ErrorKind, String), WireError> {
        Ok((kind("kind", self.kind)?, self.message))
    }
}
