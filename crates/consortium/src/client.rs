//! How a site or a lead speaks to the hub.

use renkei_federation::audit::{Countersigned, Head};
use renkei_federation::study::{SignedStudy, SpecHash};
use renkei_proto::v1::consortium_client::ConsortiumClient;
use renkei_proto::{WireError, v1};
use renkei_transport::limits::MAX_MESSAGE_BYTES;
use tonic::transport::Channel;

use crate::hub::UseReport;
use crate::wire::{Decision, HubState, Now, Said, Steering, StudyStatus, bytes_of, document, fault, study};

/// The hub, as who a channel's certificate says.
#[derive(Debug, Clone)]
pub struct HubClient(ConsortiumClient<Channel>);

impl HubClient {
    /// Speaks over `channel`.
    #[must_use]
    pub fn new(channel: Channel) -> Self {
        let client = ConsortiumClient::new(channel);
        Self(client.max_decoding_message_size(MAX_MESSAGE_BYTES).max_encoding_message_size(MAX_MESSAGE_BYTES))
    }

    /// Proposes a study, as its lead; proposing it again changes nothing.
    pub async fn propose(&mut self, signed: &SignedStudy) -> Result<SpecHash, WireError> {
        let document = bytes_of("document", signed)?;
        let response = self.0.propose(v1::ProposeRequest { document }).await?;
        study(&response.into_inner().study)
    }

    /// The studies that the caller leads or is a site of.
    pub async fn studies(&mut self) -> Result<Vec<StudyStatus>, WireError> {
        let response = self.0.studies(v1::StudiesRequest {}).await?;
        response.into_inner().studies.into_iter().map(StudyStatus::read).collect()
    }

    /// The signed document; whoever reads it verifies it.
    pub async fn document(&mut self, study: SpecHash) -> Result<SignedStudy, WireError> {
        let response = self.0.document(v1::DocumentRequest { study: study.to_string() }).await?;
        document("document", &response.into_inner().document)
    }

    /// Tells what the site decided.
    pub async fn decide(&mut self, study: SpecHash, decision: Decision) -> Result<(), WireError> {
        let decision = v1::Decision::from(decision).into();
        self.0.decide(v1::DecideRequest { study: study.to_string(), decision }).await?;
        Ok(())
    }

    /// Says something to the last call, or nothing, and waits for the next: half a minute at most.
    pub async fn exchange(&mut self, study: SpecHash, said: Option<Said>) -> Result<Now, WireError> {
        let said = said.map(Said::write).transpose()?;
        let response = self.0.exchange(v1::ExchangeRequest { study: study.to_string(), said }).await?;
        Now::read(response.into_inner())
    }

    /// Pauses, resumes or withdraws a study, as its lead.
    pub async fn steer(&mut self, study: SpecHash, to: Steering) -> Result<HubState, WireError> {
        let to = v1::Steering::from(to).into();
        let response = self.0.steer(v1::SteerRequest { study: study.to_string(), to }).await?;
        HubState::read(response.into_inner().state)
    }

    /// What came out so far.
    pub async fn results(&mut self, study: SpecHash) -> Result<Vec<UseReport>, WireError> {
        let response = self.0.results(v1::ResultsRequest { study: study.to_string() }).await?;
        document("document", &response.into_inner().document)
    }

    /// Has the head of the own log countersigned, and gives what was countersigned of the hub's; gives the two back the other
    /// way round.
    pub async fn countersign(
        &mut self,
        head: Option<Head>,
        of_hub: Option<&Countersigned>,
    ) -> Result<(Option<Countersigned>, Option<Head>), WireError> {
        let request =
            v1::CountersignRequest { head: optional("head", head)?, countersigned: optional("countersigned", of_hub)? };
        let response = self.0.countersign(request).await?.into_inner();
        Ok((given("countersigned", &response.countersigned)?, given("head", &response.head)?))
    }

    /// A new certificate for the key of `request` (PKCS #10, PEM).
    pub async fn renew(&mut self, request: String) -> Result<String, WireError> {
        let certificate = self.0.renew(v1::RenewRequest { request }).await?.into_inner().certificate;
        if certificate.is_empty() { Err(fault("certificate", "is missing")) } else { Ok(certificate) }
    }
}

/// A document, or nothing where there is none.
pub(crate) fn optional<T: serde::Serialize>(field: &str, value: Option<T>) -> Result<Vec<u8>, WireError> {
    value.map_or(Ok(Vec::new()), |value| bytes_of(field, &value))
}

/// The document in `bytes`, if there is one.
pub(crate) fn given<T: serde::de::DeserializeOwned>(field: &str, bytes: &[u8]) -> Result<Option<T>, WireError> {
    if bytes.is_empty() { Ok(None) } else { document(field, bytes).map(Some) }
}
