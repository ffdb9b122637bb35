//! From messages to rows, by type of message. Free text, names and addresses are not looked at.

mod conditions;
mod drugs;
mod person;
mod procedures;
mod results;
mod visits;

pub(super) use conditions::conditions;
pub(super) use drugs::{given_drugs, ordered_drugs};
pub(super) use person::person;
pub(super) use procedures::procedures;
pub(super) use results::results;
pub(super) use visits::{admission, discharge, outpatient};
