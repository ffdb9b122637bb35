//! The messages of `proto/v1/consortium.proto`, checked.

use renkei_domain::ErrorKind;
use renkei_federation::exchange::{Call, Reply};
use renkei_federation::study::{Grid, SiteName, SpecHash};
use renkei_proto::{WireError, v1};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Where a study stands at the hub.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HubState {
    /// Not all sites have approved it.
    Proposed,
    /// Rounds run.
    Running,
    /// Rounds stand until its lead resumes it.
    Paused,
    /// All uses have ended.
    Done,
    /// Nothing of it runs any more.
    Withdrawn,
}

/// What a site decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Nothing yet.
    Pending,
    /// It takes part.
    Approved,
    /// It does not.
    Rejected,
    /// It does not any more.
    Withdrawn,
}

/// What a lead does to a study that runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Steering {
    /// No rounds for now.
    Pause,
    /// Rounds go on.
    Resume,
    /// It ends.
    Withdraw,
}

/// A study as the hub tells of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StudyStatus {
    /// The hash of its spec.
    pub study: SpecHash,
    /// As its spec says.
    pub name: String,
    /// Where it stands.
    pub state: HubState,
    /// What that is due to, where people should know.
    pub why: String,
    /// Each site.
    pub sites: Vec<SiteStatus>,
    /// Uses of methods that have ended.
    pub uses_done: u32,
    /// Uses of methods.
    pub uses: u32,
    /// The open use.
    pub open_use: String,
    /// Its round, from 1; 0 where none is open.
    pub round: u32,
}

/// A site in a study's status.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteStatus {
    /// The site.
    pub site: SiteName,
    /// What it decided.
    pub decision: Decision,
    /// Whether the open round waits for it.
    pub waited_for: bool,
}

/// Why a site does not answer a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// Its gate.
    Gate {
        /// The finest agreed grid on which the use could begin.
        passes: Option<Grid>,
    },
    /// Its records.
    Data,
    /// The approved document does not hold the call, or the study does not run there.
    Order,
}

/// A call that is not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Declined {
    /// Its round of the secure sum.
    pub round: u64,
    /// Its attempt.
    pub attempt: u32,
    /// Why.
    pub why: Why,
}

/// What a site says to its last call.
#[derive(Debug, Clone, PartialEq)]
pub enum Said {
    /// An answer.
    Reply(Box<Reply>),
    /// None.
    Declined(Declined),
}

/// What the hub asks of a site now.
#[derive(Debug, Clone, PartialEq)]
pub enum Now {
    /// To answer this.
    Call(Box<Call>),
    /// Nothing: ask again.
    Wait,
    /// Nothing more, for the study stands so.
    State(HubState),
}

macro_rules! same_words {
    ($ours:ident, $theirs:ident, $field:literal: $($variant:ident),+) => {
        impl From<$ours> for v1::$theirs {
            fn from(value: $ours) -> Self {
                match value { $($ours::$variant => Self::$variant),+ }
            }
        }

        impl $ours {
            /// The value of this number on the wire.
            pub(crate) fn read(number: i32) -> Result<Self, WireError> {
                match v1::$theirs::try_from(number) {
                    $(Ok(v1::$theirs::$variant) => Ok(Self::$variant),)+
                    _ => Err(fault($field, &format!("value {number} is unknown here: upgrade this program"))),
                }
            }
        }
    };
}

same_words!(HubState, StudyState, "state": Proposed, Running, Paused, Done, Withdrawn);
same_words!(Decision, Decision, "decision": Pending, Approved, Rejected, Withdrawn);
same_words!(Steering, Steering, "to": Pause, Resume, Withdraw);

pub(crate) fn fault(field: &str, fault: &str) -> WireError {
    WireError::Answer { kind: ErrorKind::Invalid, message: format!("message field '{field}': {fault}") }
}

/// A study's hash as text.
pub(crate) fn study(text: &str) -> Result<SpecHash, WireError> {
    text.parse().map_err(|_| fault("study", "is no hash of a study: 64 hexadecimal digits are needed"))
}

/// A document in JSON.
pub(crate) fn document<T: DeserializeOwned>(field: &str, bytes: &[u8]) -> Result<T, WireError> {
    serde_json::from_slice(bytes).map_err(|error| fault(field, &error.to_string()))
}

/// The bytes of a document.
pub(crate) fn bytes_of<T: Serialize>(field: &str, value: &T) -> Result<Vec<u8>, WireError> {
    serde_json::to_vec(value).map_err(|error| fault(field, &error.to_string()))
}

fn packed<T: Serialize>(field: &str, value: &T) -> Result<Vec<u8>, WireError> {
    rmp_serde::to_vec_named(value).map_err(|error| fault(field, &error.to_string()))
}

fn unpacked<T: DeserializeOwned>(field: &str, bytes: &[u8]) -> Result<T, WireError> {
    rmp_serde::from_slice(bytes).map_err(|error| fault(field, &error.to_string()))
}

impl Said {
    pub(crate) fn write(self) -> Result<v1::exchange_request::Said, WireError> {
        use v1::exchange_request::Said as Wire;
        Ok(match self {
            Self::Reply(reply) => Wire::Reply(packed("reply", &reply)?),
            Self::Declined(Declined { round, attempt, why }) => {
                let (why, passes) = match why {
                    Why::Gate { passes } => (v1::Declination::Gate, passes.map(grid_name).unwrap_or_default()),
                    Why::Data => (v1::Declination::Data, String::new()),
                    Why::Order => (v1::Declination::Order, String::new()),
                };
                Wire::Declined(v1::Declined { round, attempt, why: why.into(), passes })
            }
        })
    }

    pub(crate) fn read(said: v1::exchange_request::Said) -> Result<Self, WireError> {
        use v1::exchange_request::Said as Wire;
        Ok(match said {
            Wire::Reply(bytes) => Self::Reply(unpacked("reply", &bytes)?),
            Wire::Declined(v1::Declined { round, attempt, why, passes }) => {
                let why = match v1::Declination::try_from(why) {
                    Ok(v1::Declination::Gate) => Why::Gate { passes: grid(&passes)? },
                    Ok(v1::Declination::Data) => Why::Data,
                    Ok(v1::Declination::Order) => Why::Order,
                    _ => return Err(fault("declined.why", "is unknown here: upgrade this program")),
                };
                Self::Declined(Declined { round, attempt, why })
            }
        })
    }
}

fn grid_name(grid: Grid) -> String {
    serde_json::to_value(grid).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

fn grid(text: &str) -> Result<Option<Grid>, WireError> {
    if text.is_empty() {
        return Ok(None);
    }
    let grid = serde_json::from_value(text.into());
    grid.map(Some).map_err(|_| fault("declined.passes", "is no grid of times"))
}

impl Now {
    pub(crate) fn write(self) -> Result<v1::ExchangeResponse, WireError> {
        use v1::exchange_response::Now as Wire;
        let now = match self {
            Self::Call(call) => Wire::Call(packed("call", &call)?),
            Self::Wait => Wire::Wait(true),
            Self::State(state) => Wire::State(v1::StudyState::from(state).into()),
        };
        Ok(v1::ExchangeResponse { now: Some(now) })
    }

    pub(crate) fn read(response: v1::ExchangeResponse) -> Result<Self, WireError> {
        use v1::exchange_response::Now as Wire;
        match response.now {
            Some(Wire::Call(bytes)) => Ok(Self::Call(unpacked("call", &bytes)?)),
            Some(Wire::Wait(_)) => Ok(Self::Wait),
            Some(Wire::State(state)) => HubState::read(state).map(Self::State),
            None => Err(fault("now", "is missing")),
        }
    }
}

impl From<StudyStatus> for v1::StudyStatus {
    fn from(status: StudyStatus) -> Self {
        let site = |site: SiteStatus| v1::SiteStatus {
            site: site.site.into(),
            decision: v1::Decision::from(site.decision).into(),
            waited_for: site.waited_for,
        };
        Self {
            study: status.study.to_string(),
            name: status.name,
            state: v1::StudyState::from(status.state).into(),
            why: status.why,
            sites: status.sites.into_iter().map(site).collect(),
            uses_done: status.uses_done,
            uses: status.uses,
            open_use: status.open_use,
            round: status.round,
        }
    }
}

impl StudyStatus {
    pub(crate) fn read(status: v1::StudyStatus) -> Result<Self, WireError> {
        let site = |site: v1::SiteStatus| {
            Ok(SiteStatus {
                site: site.site.try_into().map_err(|error: String| fault("sites.site", &error))?,
                decision: Decision::read(site.decision)?,
                waited_for: site.waited_for,
            })
        };
        Ok(Self {
            study: study(&status.study)?,
            name: status.name,
            state: HubState::read(status.state)?,
            why: status.why,
            sites: status.sites.into_iter().map(site).collect::<Result<_, WireError>>()?,
            uses_done: status.uses_done,
            uses: status.uses,
            open_use: status.open_use,
            round: status.round,
        })
    }
}
