//! What users ask for.

use renkei_domain::RunId;

use super::{id, line};
use crate::runs::{Accepted, MAX_PRIORITY, Submission};
use crate::{WireError, v1};

impl From<Submission> for v1::SubmitRequest {
    fn from(submission: Submission) -> Self {
        Self {
            spec_json: submission.spec_json,
            base_url: submission.base_url,
            name: submission.name,
            priority: submission.priority,
        }
    }
}

impl TryFrom<v1::SubmitRequest> for Submission {
    type Error = WireError;

    fn try_from(request: v1::SubmitRequest) -> Result<Self, WireError> {
        if request.spec_json.trim().is_empty() {
            return Err(WireError::field("spec_json", "is empty"));
        }
        Ok(Self {
            spec_json: request.spec_json,
            base_url: line("base_url", request.base_url)?,
            name: request.name.map(|name| line("name", name)).transpose()?,
            priority: priority(request.priority)?,
        })
    }
}

impl From<Accepted> for v1::SubmitResponse {
    fn from(accepted: Accepted) -> Self {
        Self { run: accepted.run.into(), is_new: accepted.is_new }
    }
}

impl TryFrom<v1::SubmitResponse> for Accepted {
    type Error = WireError;

    fn try_from(response: v1::SubmitResponse) -> Result<Self, WireError> {
        Ok(Self { run: id("run", response.run)?, is_new: response.is_new })
    }
}

/// Requests that name a run and say nothing else.
macro_rules! names_a_run {
    ($($request:ident),*) => {$(
        impl From<RunId> for v1::$request {
            fn from(run: RunId) -> Self {
                Self { run: run.into() }
            }
        }

        impl TryFrom<v1::$request> for RunId {
            type Error = WireError;

            fn try_from(request: v1::$request) -> Result<Self, WireError> {
                id("run", request.run)
            }
        }
    )*};
}

names_a_run!(GetRequest, WatchRequest, CancelRequest);

/// A priority within its bounds.
pub(super) fn priority(priority: i32) -> Result<i32, WireError> {
    if (-MAX_PRIORITY..=MAX_PRIORITY).contains(&priority) {
        Ok(priority)
    } else {
        Err(WireError::field("priority", format!("is {priority}: must lie between -{MAX_PRIORITY} and {MAX_PRIORITY}")))
    }
}
