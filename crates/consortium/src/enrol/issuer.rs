//! Who signs members' certificates.

use renkei_domain::ErrorKind;
use renkei_runtime::{Clock, Timestamp};
use renkei_transport::{Authority, Identity, Role, Validity};

use crate::Error;

const DAY_MS: i64 = 24 * 3_600_000;
/// Clocks of members may be a little behind.
const BEFORE_MS: i64 = 300_000;

/// The consortium's authority, as the hub holds it.
#[derive(Debug)]
pub struct Issuer {
    /// The authority.
    pub authority: Authority,
    /// The consortium's name.
    pub consortium: String,
    /// How many days a certificate is valid.
    pub days: u16,
}

impl Issuer {
    /// A certificate for the key of `request`.
    pub(crate) fn sign(&self, request: &str, role: Role, name: &str, clock: &dyn Clock) -> Result<String, Error> {
        let identity = Identity::new(role, &self.consortium, name);
        let identity = identity.map_err(|unclear| Error::refused(ErrorKind::Invalid, format!("the name {unclear}")))?;
        let now = clock.now().unix_millis();
        let at = |millis| Timestamp::from_unix_millis(millis).map_err(Error::from);
        let validity = Validity { from: at(now - BEFORE_MS)?, until: at(now + i64::from(self.days) * DAY_MS)? };
        Ok(self.authority.sign(request, &identity, &[], validity)?)
    }
}
