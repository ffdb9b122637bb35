//! Tests of the whole live in the folders beside this file, one binary a kind.
