//! `renkei.v1.Consortium`, for sites and leads.

use std::sync::Arc;

use renkei_domain::ErrorKind;
use renkei_federation::study::SiteName;
use renkei_proto::status::status_of;
use renkei_proto::v1;
use renkei_proto::v1::consortium_server::Consortium;
use renkei_transport::{Identity, Role};
use tonic::{Request, Response, Status};

use super::Hub;
use crate::client::{given, optional};
use crate::enrol::Member;
use crate::wire::{Decision, Said, Steering, bytes_of, document, study};

/// What sites and leads ask of the hub.
#[derive(Debug)]
pub(super) struct Service(pub(super) Arc<Hub>);

type Answer<T> = Result<Response<T>, Status>;

/// Who calls, as the certificate says.
#[derive(Debug, Clone)]
pub(super) enum Caller {
    Site(SiteName),
    Lead(String),
}

fn caller<T>(request: &Request<T>) -> Result<Caller, Status> {
    let denied = |why: &str| status_of(ErrorKind::Denied, why);
    let identity = request.extensions().get::<Identity>();
    let identity = identity.ok_or_else(|| denied("the call came past the gate: nobody knows who asks"))?;
    match identity.role() {
        Role::Site => {
            let name = SiteName::try_from(identity.name().to_owned()).map_err(|error| denied(&error))?;
            Ok(Caller::Site(name))
        }
        Role::Lead => Ok(Caller::Lead(identity.name().to_owned())),
        _ => Err(denied("sites and leads are served here")),
    }
}

fn site<T>(request: &Request<T>) -> Result<SiteName, Status> {
    match caller(request)? {
        Caller::Site(name) => Ok(name),
        Caller::Lead(_) => Err(status_of(ErrorKind::Denied, "only sites may do this")),
    }
}

fn lead<T>(request: &Request<T>) -> Result<String, Status> {
    match caller(request)? {
        Caller::Lead(name) => Ok(name),
        Caller::Site(_) => Err(status_of(ErrorKind::Denied, "only leads may do this")),
    }
}

#[tonic::async_trait]
impl Consortium for Service {
    async fn propose(&self, request: Request<v1::ProposeRequest>) -> Answer<v1::ProposeResponse> {
        let lead = lead(&request)?;
        let signed = document("document", &request.into_inner().document)?;
        let study = self.0.propose(lead, signed).await?;
        Ok(Response::new(v1::ProposeResponse { study: study.to_string() }))
    }

    async fn studies(&self, request: Request<v1::StudiesRequest>) -> Answer<v1::StudiesResponse> {
        let studies = self.0.studies(&caller(&request)?)?;
        Ok(Response::new(v1::StudiesResponse { studies: studies.into_iter().map(Into::into).collect() }))
    }

    async fn document(&self, request: Request<v1::DocumentRequest>) -> Answer<v1::DocumentResponse> {
        let slot = self.0.slot_of(&caller(&request)?, study(&request.get_ref().study)?)?;
        let document = bytes_of("document", &slot.study().standing.signed)?;
        Ok(Response::new(v1::DocumentResponse { document }))
    }

    async fn decide(&self, request: Request<v1::DecideRequest>) -> Answer<v1::DecideResponse> {
        let site = site(&request)?;
        let v1::DecideRequest { study: hash, decision } = request.into_inner();
        self.0.decide(site, study(&hash)?, Decision::read(decision)?).await?;
        Ok(Response::new(v1::DecideResponse {}))
    }

    async fn exchange(&self, request: Request<v1::ExchangeRequest>) -> Answer<v1::ExchangeResponse> {
        let site = site(&request)?;
        let v1::ExchangeRequest { study: hash, said } = request.into_inner();
        let said = said.map(Said::read).transpose()?;
        let now = self.0.exchange(site, study(&hash)?, said).await?;
        Ok(Response::new(now.write()?))
    }

    async fn steer(&self, request: Request<v1::SteerRequest>) -> Answer<v1::SteerResponse> {
        let lead = lead(&request)?;
        let v1::SteerRequest { study: hash, to } = request.into_inner();
        let state = self.0.steer(lead, study(&hash)?, Steering::read(to)?).await?;
        Ok(Response::new(v1::SteerResponse { state: v1::StudyState::from(state).into() }))
    }

    async fn results(&self, request: Request<v1::ResultsRequest>) -> Answer<v1::ResultsResponse> {
        let slot = self.0.slot_of(&caller(&request)?, study(&request.get_ref().study)?)?;
        let reports = super::blocking(move || slot.reports()).await?;
        Ok(Response::new(v1::ResultsResponse { document: bytes_of("document", &reports)? }))
    }

    async fn countersign(&self, request: Request<v1::CountersignRequest>) -> Answer<v1::CountersignResponse> {
        let site = site(&request)?;
        let v1::CountersignRequest { head, countersigned } = request.into_inner();
        let (head, countersigned) = (given("head", &head)?, given("countersigned", &countersigned)?);
        let (countersigned, head) = self.0.countersign(site, head, countersigned).await?;
        let (countersigned, head) = (optional("countersigned", countersigned)?, optional("head", head)?);
        Ok(Response::new(v1::CountersignResponse { countersigned, head }))
    }

    async fn renew(&self, request: Request<v1::RenewRequest>) -> Answer<v1::RenewResponse> {
        let (member, name) = match caller(&request)? {
            Caller::Site(name) => (Member::Site, name.into()),
            Caller::Lead(name) => (Member::Lead, name),
        };
        let certificate = self.0.renew(member, name, request.into_inner().request).await?;
        Ok(Response::new(v1::RenewResponse { certificate }))
    }
}
