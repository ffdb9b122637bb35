//! `renkei.v1.Enrolment`, for those who have no certificate yet.

use std::sync::Arc;

use renkei_federation::keys::{Identity, Purpose, Signature};
use renkei_proto::status::status_of;
use renkei_proto::v1;
use renkei_proto::v1::enrolment_server::Enrolment;
use tonic::{Request, Response, Status};

use super::invitation::proof;
use crate::hub::Hub;

/// Where the invited are received.
#[derive(Debug)]
pub(crate) struct Desk(pub(crate) Arc<Hub>);

#[tonic::async_trait]
impl Enrolment for Desk {
    async fn enrol(&self, request: Request<v1::EnrolRequest>) -> Result<Response<v1::EnrolResponse>, Status> {
        let asked = request.into_inner();
        let invalid = |what: &str| status_of(renkei_domain::ErrorKind::Invalid, what);
        let identity: Identity = asked.identity.parse().map_err(|_| invalid("'identity' is no ed25519 key"))?;
        let signature: Signature = asked.signature.parse().map_err(|_| invalid("'signature' is none"))?;
        // Before the book: whoever has an invitation but not the key cannot burn it.
        let text = proof(&asked.name, &asked.secret, &asked.request);
        if !Purpose::Enrolment.verify(&identity, &text, &signature) {
            return Err(invalid("the signature is not over this secret and request by this key"));
        }
        let (certificate, hub) = Arc::clone(&self.0).admit(asked.name, asked.secret, asked.request, identity).await?;
        Ok(Response::new(v1::EnrolResponse { certificate, hub: hub.to_string() }))
    }
}
