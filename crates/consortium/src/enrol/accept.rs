//! The invited's side.

use std::path::PathBuf;

use ed25519_dalek::SigningKey;
use rand::CryptoRng;
use renkei_domain::ErrorKind;
use renkei_federation::keys::{Identity, Purpose};
use renkei_proto::v1::enrolment_client::EnrolmentClient;
use renkei_proto::{WireError, v1};
use renkei_transport::{CertificateRequest, Files, enrolment_channel};

use super::Invitation;
use super::invitation::proof;
use crate::{Error, Folder, signer};

/// Where a member keeps the key that it signs with.
pub const SIGNING_KEY: &str = "signing.key";
/// Where a member keeps the hub's public key, which countersigns its log.
pub const HUB_KEY: &str = "hub.json";
/// The folder with the member's certificate, its key and the authority's certificate.
pub const TLS: &str = "tls";

/// What a member has after its enrolment.
#[derive(Debug)]
pub struct Enrolled {
    /// The files of mutual TLS.
    pub tls: Files,
    /// The key that it signs with.
    pub signing_key: PathBuf,
    /// The own public key: what studies name.
    pub identity: Identity,
    /// The hub's public key.
    pub hub: Identity,
}

/// Becomes the member that an invitation is for; its keys are drawn here and stay in `folder`. A signing key that is there
/// is kept, so that a member whose certificate ended stays who it was. Call it within a tokio runtime.
pub async fn accept(invitation: &Invitation, folder: &Folder, rng: &mut impl CryptoRng) -> Result<Enrolled, Error> {
    let signing_key = folder.path().join(SIGNING_KEY);
    let key = match signing_key.exists() {
        true => signer::read(&signing_key)?,
        false => signer::create(&signing_key, rng)?,
    };
    let tls = folder.path().join(TLS);
    if tls.exists() {
        let what = format!("{} is there already: move it away to enrol anew", tls.display());
        return Err(Error::refused(ErrorKind::Conflict, what));
    }
    let request = CertificateRequest::new()?;
    let answer = ask(invitation, &key, &request).await?;
    let holder = renkei_transport::Identity::new(invitation.member.role(), &invitation.consortium, &invitation.name);
    let holder = holder.map_err(|unclear| Error::refused(ErrorKind::Invalid, format!("the invitation {unclear}")))?;
    let files = request.answered(&invitation.ca, &answer.certificate, &holder)?.write(&tls)?;
    let hub: Identity = answer.hub.parse().map_err(|_| crate::wire::fault("hub", "is no ed25519 key"))?;
    folder.put_document(HUB_KEY, &hub)?;
    Ok(Enrolled { tls: files, signing_key, identity: Identity::of(&key), hub })
}

async fn ask(
    invitation: &Invitation,
    key: &SigningKey,
    request: &CertificateRequest,
) -> Result<v1::EnrolResponse, Error> {
    let channel = enrolment_channel(&invitation.enrolment, &invitation.consortium, &invitation.ca)?;
    let proof = proof(&invitation.name, &invitation.secret, request.pem());
    let asked = v1::EnrolRequest {
        name: invitation.name.clone(),
        secret: invitation.secret.clone(),
        request: request.pem().to_owned(),
        identity: Identity::of(key).to_string(),
        signature: Purpose::Enrolment.sign(key, &proof).to_string(),
    };
    let answer = EnrolmentClient::new(channel).enrol(asked).await;
    Ok(answer.map_err(WireError::from)?.into_inner())
}
