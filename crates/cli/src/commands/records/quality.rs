//! `renkei records quality`: what imports hold, lack and got wrong.

use anyhow::Context as _;
use renkei_artifacts::Location;

use crate::args::{Format, QualityArgs};
use crate::display;
use crate::session::stores;

pub(super) async fn quality(args: &QualityArgs, format: Format) -> anyhow::Result<()> {
    let (stores, here) = (stores(&args.stores)?, std::env::current_dir()?);
    let folders = args.folders.iter().map(|folder| Location::resolve_with(folder, &here, &stores));
    let folders = folders.collect::<Result<Vec<_>, _>>()?;
    let all = || args.folders.join(", ");
    let report = renkei_records::quality::quality(&folders).await.with_context(all)?;
    display::print(format, &report, ToString::to_string)
}
