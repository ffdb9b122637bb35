//! Records of the standard forms, real and broken, through the whole import.
//!
//! `cfg(test)` is always on here; it tells clippy that these modules may unwrap.

#[cfg(test)]
mod duckdb;
#[cfg(test)]
mod export;
#[cfg(test)]
mod fhir;
#[cfg(test)]
mod fhir_folder;
#[cfg(test)]
mod fhir_hostile;
#[cfg(test)]
mod fhir_medications;
#[cfg(test)]
mod fhir_privacy;
#[cfg(test)]
mod folder;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod omop;
#[cfg(test)]
mod omop_hostile;
#[cfg(test)]
mod privacy;
#[cfg(test)]
mod quality;
#[cfg(test)]
mod ssmix2;
#[cfg(test)]
mod storage;
