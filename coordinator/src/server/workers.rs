//! `renkei.v1.Workers`, for workers.

use std::sync::Arc;

use renkei_domain::{ErrorKind, WorkerId};
use renkei_proto::status::status_of;
use renkei_proto::v1;
use renkei_proto::v1::workers_server::Workers;
use renkei_proto::workers::{Announcement, Beat, Begin, Directives, End, Permission, Wave, Welcome, WorkerState};
use renkei_stage::ExecutorId;
use renkei_transport::Identity;
use tonic::{Request, Response, Status};

use super::runs::caller;
use super::terms::Terms;
use crate::desk::{self, Leave, Presence, rules};

/// The desk of the leader, over the wire.
#[derive(Debug)]
pub(super) struct WorkersService {
    pub(super) terms: Arc<Terms>,
    /// This coordinator's name.
    pub(super) name: String,
}

type Answer<T> = Result<Response<T>, Status>;

/// A worker speaks for itself only: its certificate names it.
fn is_itself(by: &Identity, worker: &WorkerId) -> Result<(), Status> {
    if by.name() == worker.as_str() {
        return Ok(());
    }
    let text = format!(
        "the certificate names {}, the call worker {worker}: give each worker a certificate of its own",
        by.name()
    );
    Err(status_of(ErrorKind::Denied, text))
}

/// The message of a call whose certificate is the caller's own.
fn checked<W, T>(request: Request<W>, worker: impl Fn(&T) -> &ExecutorId) -> Result<T, Status>
where
    T: TryFrom<W, Error = renkei_proto::WireError>,
{
    let by = caller(&request)?;
    let message = T::try_from(request.into_inner())?;
    is_itself(&by, &worker(&message).worker)?;
    Ok(message)
}

fn presence(announcement: Announcement) -> Presence {
    let equipment = announcement.equipment;
    Presence {
        executor: announcement.caller,
        software: equipment.software,
        protocol: announcement.protocol,
        class: equipment.execution_class,
        slots: equipment.slots,
        memory_bytes: equipment.memory_bytes,
        pools: equipment.pools,
    }
}

fn directives(beat: desk::Beat) -> Directives {
    match beat {
        desk::Beat::Rejoin => Directives { cancelled: Vec::new(), please_rejoin: true },
        desk::Beat::Known { cancelled } => {
            let wave = |name: desk::WaveName| Wave { run: name.run, epoch: name.epoch, wave: name.wave };
            Directives { cancelled: cancelled.into_iter().map(wave).collect(), please_rejoin: false }
        }
    }
}

#[tonic::async_trait]
impl Workers for WorkersService {
    async fn join(&self, request: Request<v1::Announcement>) -> Answer<v1::Welcome> {
        let announcement: Announcement = checked(request, |announcement: &Announcement| &announcement.caller)?;
        let term = self.terms.term().await?;
        term.desk.join(presence(announcement)).map_err(|refusal| status_of(refusal.kind(), refusal))?;
        let welcome = Welcome {
            epoch: term.epoch,
            leader: self.name.clone(),
            beat_interval: rules::BEAT_EVERY,
            lost_after: rules::LOST_AFTER,
            engine: format!("ballista {}", ballista_core::BALLISTA_VERSION),
        };
        Ok(Response::new(welcome.into()))
    }

    async fn beat(&self, request: Request<v1::BeatRequest>) -> Answer<v1::Directives> {
        let beat: Beat = checked(request, |beat: &Beat| &beat.caller)?;
        let term = self.terms.term().await?;
        let answer = term.desk.beat(&beat.caller, beat.state == WorkerState::Draining, &beat.running);
        if answer != desk::Beat::Rejoin {
            term.host.note(&beat);
        }
        Ok(Response::new(directives(answer).into()))
    }

    async fn begin(&self, request: Request<v1::BeginRequest>) -> Answer<v1::BeginResponse> {
        let begin: Begin = checked(request, |begin: &Begin| &begin.caller)?;
        let term = self.terms.term().await?;
        let permission = match term.desk.begin(&begin.caller, &begin.a_try) {
            Leave::Go => Permission::Go,
            Leave::NotWanted => Permission::NotWanted,
            Leave::Wait(time) => Permission::Wait(time),
            Leave::Refused(error) => Permission::Refused(error),
        };
        Ok(Response::new(permission.into()))
    }

    async fn end(&self, request: Request<v1::EndRequest>) -> Answer<v1::EndResponse> {
        let end: End = checked(request, |end: &End| &end.caller)?;
        let term = self.terms.term().await?;
        term.desk.end(&end.caller, &end.a_try, &end.outcome);
        Ok(Response::new(v1::EndResponse {}))
    }

    async fn leave(&self, request: Request<v1::LeaveRequest>) -> Answer<v1::LeaveResponse> {
        let leaving: ExecutorId = checked(request, |caller: &ExecutorId| caller)?;
        let term = self.terms.term().await?;
        term.desk.leave(&leaving);
        Ok(Response::new(v1::LeaveResponse {}))
    }
}
