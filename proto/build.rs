//! Generates the wire types, the services and the descriptor set that `tests/compat.rs` compares.

use std::error::Error;
use std::path::PathBuf;

const SOURCES: [&str; 4] = ["v1/status.proto", "v1/runs.proto", "v1/workers.proto", "v1/consortium.proto"];

fn main() -> Result<(), Box<dyn Error>> {
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    tonic_prost_build::configure()
        .file_descriptor_set_path(out.join("renkei.v1.bin"))
        .compile_protos(&SOURCES, &["."])?;
    Ok(())
}
