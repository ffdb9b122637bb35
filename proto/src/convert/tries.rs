//! Tickets and tries: leave to begin, and how they ended.

use std::time::Duration;

use renkei_stage::{ShardError, Ticket, Try};

use super::shared::stage;
use super::{id, line, millis, nested};
use crate::fields::present;
use crate::v1::begin_response::Permission as WirePermission;
use crate::v1::end_request::Outcome;
use crate::workers::{Begin, End, Permission};
use crate::{WireError, v1};

impl From<Ticket> for v1::Ticket {
    fn from(ticket: Ticket) -> Self {
        Self { run: ticket.run.into(), store: ticket.store, epoch: ticket.epoch, wave: ticket.wave }
    }
}

impl TryFrom<v1::Ticket> for Ticket {
    type Error = WireError;

    fn try_from(ticket: v1::Ticket) -> Result<Self, WireError> {
        Ok(Self {
            run: id("run", ticket.run)?,
            store: line("store", ticket.store)?,
            epoch: ticket.epoch,
            wave: ticket.wave,
        })
    }
}

impl From<Try> for v1::Try {
    fn from(a_try: Try) -> Self {
        Self {
            ticket: Some(a_try.ticket.into()),
            stage: v1::Stage::from(a_try.stage).into(),
            shard: a_try.shard.into(),
            attempt: a_try.attempt.into(),
        }
    }
}

impl TryFrom<v1::Try> for Try {
    type Error = WireError;

    fn try_from(a_try: v1::Try) -> Result<Self, WireError> {
        Ok(Self {
            ticket: nested("ticket", a_try.ticket)?,
            stage: stage("stage", a_try.stage)?,
            shard: id("shard", a_try.shard)?,
            attempt: id("attempt", a_try.attempt)?,
        })
    }
}

impl From<Begin> for v1::BeginRequest {
    fn from(begin: Begin) -> Self {
        Self { caller: Some(begin.caller.into()), a_try: Some(begin.a_try.into()) }
    }
}

impl TryFrom<v1::BeginRequest> for Begin {
    type Error = WireError;

    fn try_from(request: v1::BeginRequest) -> Result<Self, WireError> {
        Ok(Self { caller: nested("caller", request.caller)?, a_try: nested("a_try", request.a_try)? })
    }
}

impl From<Permission> for v1::BeginResponse {
    fn from(permission: Permission) -> Self {
        let permission = match permission {
            Permission::Go => WirePermission::Go(v1::Go {}),
            Permission::NotWanted => WirePermission::NotWanted(v1::NotWanted {}),
            Permission::Wait(time) => WirePermission::WaitMs(millis(time)),
            Permission::Refused(error) => WirePermission::Refused(error.into()),
        };
        Self { permission: Some(permission) }
    }
}

impl TryFrom<v1::BeginResponse> for Permission {
    type Error = WireError;

    fn try_from(response: v1::BeginResponse) -> Result<Self, WireError> {
        Ok(match present("permission", response.permission)? {
            WirePermission::Go(v1::Go {}) => Self::Go,
            WirePermission::NotWanted(v1::NotWanted {}) => Self::NotWanted,
            WirePermission::WaitMs(time) => Self::Wait(Duration::from_millis(time)),
            WirePermission::Refused(detail) => Self::Refused(failure("refused", detail)?),
        })
    }
}

impl From<End> for v1::EndRequest {
    fn from(end: End) -> Self {
        let outcome = match end.outcome {
            Ok(()) => Outcome::Committed(v1::Committed {}),
            Err(error) => Outcome::Failed(error.into()),
        };
        Self { caller: Some(end.caller.into()), a_try: Some(end.a_try.into()), outcome: Some(outcome) }
    }
}

impl TryFrom<v1::EndRequest> for End {
    type Error = WireError;

    fn try_from(request: v1::EndRequest) -> Result<Self, WireError> {
        let outcome = match present("outcome", request.outcome)? {
            Outcome::Committed(v1::Committed {}) => Ok(()),
            Outcome::Failed(detail) => Err(failure("failed", detail)?),
        };
        Ok(Self { caller: nested("caller", request.caller)?, a_try: nested("a_try", request.a_try)?, outcome })
    }
}

fn failure(field: &str, detail: v1::ErrorDetail) -> Result<ShardError, WireError> {
    ShardError::try_from(detail).map_err(|error| error.within(field))
}
