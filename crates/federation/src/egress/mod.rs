//! The one door out of a site: persons counted over all rounds jointly, attacks tried, coarsened or refused with the reason.
