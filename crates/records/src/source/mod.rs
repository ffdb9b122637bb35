//! The forms of record that Renkei reads.
//!
//! To add one, implement [`Source`]: say what there is to read as units of work, fetch the bytes of one, and hand its
//! rows to the [`Door`]. Order, parallelism, pseudonyms, mapping, faults and output are the import's.

pub mod fhir;
mod gzip;
pub mod omop;
pub mod ssmix2;

use std::sync::Arc;

use futures::stream::BoxStream;

use crate::{Door, RecordsError};

/// One form of record in one place.
pub trait Source: Send + Sync + 'static {
    /// A part of the records that is read on its own: some files, a range of lines, a row group.
    type Unit: Send + 'static;
    /// The bytes of one unit.
    type Fetched: Send + 'static;

    /// The form's name in the summary.
    fn form(&self) -> &'static str;

    /// Everything there is to read, always in the same order and cut in the same way: a unit holds at most some 16 MiB,
    /// so that what an import holds depends on how many are in work and not on how much there is.
    fn units(self: Arc<Self>) -> BoxStream<'static, Result<Self::Unit, RecordsError>>;

    /// Reads a unit's bytes.
    fn fetch(&self, unit: Self::Unit) -> impl Future<Output = Result<Self::Fetched, RecordsError>> + Send;

    /// Hands a unit's rows and faults to the door. Pure computing; it never fails, since what is wrong with records is a
    /// fault and not an error.
    fn read(&self, fetched: Self::Fetched, door: &mut Door);
}
