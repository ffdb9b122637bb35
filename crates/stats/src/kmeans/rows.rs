//! Rows too many for memory.

/// A source of f32 rows in blocks, which can be read again and again and gives the same blocks in the same order each time.
pub trait RowBlocks {
    /// Why a block could not be read.
    type Error;

    /// Columns of every row.
    fn columns(&self) -> usize;

    /// Calls `each` with every block (row-major, whole rows) in order.
    ///
    /// # Errors
    /// What kept the source from reading.
    fn visit(&self, each: &mut dyn FnMut(&[f32])) -> Result<(), Self::Error>;
}

/// Rows in memory, as one block.
#[derive(Debug, Clone, Copy)]
pub struct Block<'a> {
    /// Row-major values.
    pub values: &'a [f32],
    /// Columns of every row.
    pub columns: usize,
}

impl RowBlocks for Block<'_> {
    type Error = std::convert::Infallible;

    fn columns(&self) -> usize {
        self.columns
    }

    fn visit(&self, each: &mut dyn FnMut(&[f32])) -> Result<(), Self::Error> {
        each(self.values);
        Ok(())
    }
}
