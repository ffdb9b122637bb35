//! The hash-chained, signed record of every number that left a site, countersigned by the other side.
