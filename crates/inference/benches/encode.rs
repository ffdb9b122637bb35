//! Tiles per second from RGB bytes in memory to features, by batch size and number of one-thread sessions.
//!
//! `cargo bench -p renkei-inference -- ENCODER_FOLDER...`, with ONNX Runtime in `RENKEI_ONNXRUNTIME`. Beside the wall
//! clock it prints tiles per CPU-second of the calling threads, which other load on the machine disturbs less.
//! The peer is `benches/peers/encode.py` of the repository: run both in one call, in turn.

use std::num::NonZeroUsize;
use std::path::Path;
use std::time::{Duration, Instant};

use renkei_inference::{EncoderPool, EncoderSource, Result, Runtime, SessionOptions, locate};

const PERIOD: Duration = Duration::from_secs(3);

fn main() -> Result<()> {
    let folders = std::env::args().skip(1).filter(|argument| !argument.starts_with("--"));
    let runtime = Runtime::init(&locate(None)?)?;
    for folder in folders {
        for sessions in [1, 2] {
            for batch in [1, 4, 8, 32, 64] {
                measure(Path::new(&folder), &runtime, sessions, batch)?;
            }
        }
    }
    Ok(())
}

fn measure(folder: &Path, runtime: &Runtime, sessions: usize, batch: usize) -> Result<()> {
    let options = SessionOptions { batch, ..SessionOptions::default() };
    let sessions = NonZeroUsize::new(sessions).unwrap_or(NonZeroUsize::MIN);
    let pool = EncoderPool::open(&EncoderSource::read(folder)?, runtime, options, sessions)?;
    let start = Instant::now();
    let slots: Vec<Slot> = std::thread::scope(|scope| {
        let running: Vec<_> = (0..sessions.get()).map(|_| scope.spawn(|| run_slot(&pool, start))).collect();
        running.into_iter().filter_map(|slot| slot.join().ok()).collect::<Result<_>>()
    })?;
    let wall = start.elapsed().as_secs_f64();
    let tiles: usize = slots.iter().map(|slot| slot.tiles).sum();
    let cpu: f64 = slots.iter().map(|slot| slot.cpu_seconds).sum();
    let name = &pool.card().name;
    let (by_wall, by_cpu) = (tiles as f64 / wall, tiles as f64 / cpu);
    println!("renkei {name} sessions {sessions} batch {batch}: {by_wall:.0} tiles/s, {by_cpu:.0} tiles/CPU-s");
    Ok(())
}

struct Slot {
    tiles: usize,
    cpu_seconds: f64,
}

fn run_slot(pool: &EncoderPool, start: Instant) -> Result<Slot> {
    let mut encoder = pool.acquire();
    let input = &encoder.card().input;
    let tile: Vec<u8> = (0..input.tile_bytes()).map(|place| (place * 31 % 251) as u8).collect();
    let mut batch = encoder.new_batch();
    let mut slot = Slot { tiles: 0, cpu_seconds: -cpu_seconds() };
    while start.elapsed() < PERIOD {
        while !batch.is_full() {
            batch.push(&tile)?;
        }
        slot.tiles += encoder.encode(&mut batch)?.len();
    }
    slot.cpu_seconds += cpu_seconds();
    Ok(slot)
}

/// Seconds that this thread has spent on a processor (Linux).
fn cpu_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split_whitespace().next().and_then(|nanoseconds| nanoseconds.parse::<f64>().ok()).unwrap_or(f64::NAN) / 1e9
}
