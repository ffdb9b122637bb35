//! What the sites agreed: one canonical document, its hash, the signatures, the life of a study.
//!
//! A [`StudySpec`] says what is asked, of whom and how; its [`SpecHash`] is what people sign. A site's [`SitePolicy`] says
//! what that hospital lets happen, and [`check`] compares the two. [`SiteStudy`] is the life of a study at one site, and
//! [`SiteStudy::admit`] the guard before every round: no order is carried out that the signed document does not hold.

mod difference;
mod fault;
mod grid;
mod life;
mod moment;
mod order;
mod policy;
mod review;
mod signed;
mod spec;
mod validity;

pub use difference::{Change, differences};
pub use fault::{Fault, StudyError};
pub use grid::Grid;
pub use life::{LifeError, Move, SiteStudy, State};
pub use moment::{Day, Moment, MomentError};
pub use order::{Order, Unordered};
pub use policy::{Objection, PrivacyRule, Reviewer, SitePolicy, Subject, check};
pub use review::{Review, ReviewError, Verdict};
pub use signed::{SignedStudy, SpecHash};
pub use spec::{
    DropOut, Endpoint, Lead, MethodId, MethodUse, PrivacyBudget, SiteName, StudySite, StudySpec, Thresholds, Variable,
    VariableKind,
};
