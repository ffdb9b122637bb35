//! What the sites agreed: one canonical document, its hash, the signatures, the life of a study.
