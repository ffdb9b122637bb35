//! The log-logistic survival model, the form of the models of MSKCC.

/// A case's freedom from recurrence over time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LogLogistic {
    /// Location of the log time in years: the larger, the longer free. Cases of one model are ordered by it at every time.
    pub location: f64,
    /// Scale of the log time, above 0.
    pub scale: f64,
}

impl LogLogistic {
    /// Probability to be free at `years`: 1 / (1 + (exp(-location) years)^(1 / scale)).
    pub fn free_at(&self, years: f64) -> f64 {
        1.0 / (1.0 + ((-self.location).exp() * years).powf(self.scale.recip()))
    }

    /// Probability to be free `years` later, of a case who is free at `since`: S(since + years) / S(since).
    pub fn free_after(&self, since: f64, years: f64) -> f64 {
        self.free_at(since + years) / self.free_at(since)
    }
}
