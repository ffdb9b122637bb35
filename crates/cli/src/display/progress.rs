//! Progress: a bar with tiles a second and time left on a terminal, plain lines elsewhere.

use std::io::IsTerminal as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use renkei_coordinator::run::Event;
use renkei_domain::plan::Stage;
use renkei_runtime::Clock;
use renkei_worker::Progress;

/// How often a plain line tells of the tiles done.
const LINE_EVERY: Duration = Duration::from_secs(10);
/// How often a bar is redrawn.
const REDRAW_EVERY: Duration = Duration::from_millis(250);

/// Shows a run's events and counters on standard error.
#[derive(Debug)]
pub(crate) struct Display {
    clock: Arc<dyn Clock>,
    progress: Arc<Progress>,
    cells: u64,
    bar: Option<ProgressBar>,
    begun: Mutex<Vec<(Stage, Duration, Option<Duration>)>>,
}

impl Display {
    /// A display for a run over `cells` grid cells.
    pub(crate) fn new(clock: Arc<dyn Clock>, progress: Arc<Progress>, cells: u64) -> anyhow::Result<Self> {
        let bar = if std::io::stderr().is_terminal() {
            let style = ProgressStyle::with_template("{msg:10} {wide_bar} {pos}/{len} tiles  {per_sec}  {eta} left")?;
            Some(ProgressBar::new(cells).with_style(style))
        } else {
            None
        };
        Ok(Self { clock, progress, cells, bar, begun: Mutex::default() })
    }

    /// Takes note of an event.
    pub(crate) fn on(&self, event: Event) {
        let now = self.clock.monotonic();
        let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::StageBegins { stage, shards, committed } => {
                begun.push((stage, now, None));
                let before = if committed > 0 { format!(", {committed} committed before") } else { String::new() };
                self.say(&format!("{stage}: {shards} shard{}{before}", if shards == 1 { "" } else { "s" }));
                if let Some(bar) = &self.bar {
                    bar.set_message(stage.name());
                }
            }
            Event::StageSealed { stage, .. } => {
                if let Some(entry) = begun.iter_mut().find(|entry| entry.0 == stage) {
                    entry.2 = Some(now);
                    self.say(&format!("{stage}: done in {:.1} s", (now - entry.1).as_secs_f64()));
                }
            }
        }
    }

    fn say(&self, line: &str) {
        match &self.bar {
            Some(bar) => bar.println(line),
            None => eprintln!("{line}"),
        }
    }

    /// Shows the counters until dropped.
    pub(crate) async fn watch(&self) {
        let start = self.clock.monotonic();
        let mut said = start;
        loop {
            self.clock.sleep(REDRAW_EVERY).await;
            let (now, counters) = (self.clock.monotonic(), self.progress.snapshot());
            match &self.bar {
                Some(bar) => bar.set_position(counters.looked_at),
                None if now - said >= LINE_EVERY && counters.looked_at > 0 && counters.looked_at < self.cells => {
                    said = now;
                    let rate = counters.looked_at as f64 / (now - start).as_secs_f64();
                    let left = (self.cells - counters.looked_at) as f64 / rate;
                    eprintln!("{}/{} tiles, {rate:.0} tiles/s, {left:.0} s left", counters.looked_at, self.cells);
                }
                None => {}
            }
        }
    }

    /// Seconds that each finished stage took, in order.
    pub(crate) fn stage_seconds(&self) -> Vec<(Stage, f64)> {
        let begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        begun
            .iter()
            .filter_map(|(stage, start, end)| Some((*stage, (end.as_ref()?.checked_sub(*start)?).as_secs_f64())))
            .collect()
    }

    /// Takes the bar off the screen.
    pub(crate) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
