//! Seconds of one Cox fit (Efron, daily ties) on data made by a fixed rule. Prints one JSON object; with a file name the data
//! is left there, column-major doubles, for the peer `benches/peers/cox.R`. `benches/peers/cox.py` runs both in turn.
//!
//! `cargo bench -p renkei-stats --bench cox -- [ROWS] [COLUMNS] [FITS] [FILE]`

use std::io::Write;
use std::time::Instant;

use renkei_stats::{
    Predictors,
    cox::{CoxSettings, fit},
    survival::Outcomes,
};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// Days of recruiting and following.
const DAYS: f64 = 3650.0;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let number = |place: usize, default: usize| arguments.get(place).map_or(Ok(default), |text| text.parse());
    let (rows, columns, fits) = (number(0, 1_000_000)?, number(1, 50)?, number(2, 1)?);
    let (values, time, event) = make(rows, columns);
    if let Some(file) = arguments.get(3) {
        write(file, &values, &time, &event)?;
    }
    let (started, cpu) = (Instant::now(), cpu_seconds()?);
    let outcomes = Outcomes::new(&time, &event)?;
    let mut fitted = None;
    for _ in 0..fits {
        fitted = Some(fit(&outcomes, &Predictors::new(&values, columns)?, None, &CoxSettings::default())?);
    }
    let (wall, cpu) = (started.elapsed().as_secs_f64() / fits as f64, (cpu_seconds()? - cpu) / fits as f64);
    let fitted = fitted.ok_or("no fit was asked for")?;
    println!(
        r#"{{"rows": {rows}, "columns": {columns}, "events": {}, "wall_s": {wall:.6}, "cpu_s": {cpu:.6}, "iterations": {}, "peak_mib": {}, "log_likelihood": {}, "coefficients": {:?}, "std_errors": {:?}}}"#,
        fitted.events,
        fitted.iterations,
        peak_mib()?,
        fitted.log_likelihood,
        fitted.coefficients,
        fitted.std_errors()
    );
    Ok(())
}

/// Predictors (row-major), whole days and events: exponential times under effects between -0.2 and 0.2, some 65 % seen to end.
fn make(rows: usize, columns: usize) -> (Vec<f64>, Vec<f64>, Vec<bool>) {
    let uniform = |row: usize, draw: usize| {
        let bits = mix(mix(row as u64) ^ draw as u64);
        ((bits >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    };
    let (mut values, mut time, mut event) = (Vec::with_capacity(rows * columns), Vec::new(), Vec::new());
    for row in 0..rows {
        let first = values.len();
        values.extend((0..columns).map(|column| match column % 3 {
            0 => f64::from(u8::from(uniform(row, column) < 0.3)),
            1 => (uniform(row, column) + uniform(row, columns + column) - 1.0) * 2.0,
            _ => 50.0 + 20.0 * uniform(row, column),
        }));
        let effect = |column: usize| (column * 5 % 9) as f64 / 20.0 - 0.2;
        let scale = |column: usize| if column % 3 == 2 { 0.1 } else { 1.0 };
        let centre = |column: usize| if column % 3 == 2 { 60.0 } else { 0.0 };
        let predictor: f64 = (values[first..].iter().enumerate())
            .map(|(column, value)| effect(column) * scale(column) * (value - centre(column)))
            .sum();
        let (to_event, to_end) = (-uniform(row, 1000).ln() * 900.0 / predictor.exp(), uniform(row, 1001) * DAYS);
        time.push(to_event.min(to_end).ceil().max(1.0));
        event.push(to_event <= to_end);
    }
    (values, time, event)
}

/// The finaliser of SplitMix64 (Steele, Lea and Flood 2014).
fn mix(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

fn write(file: &str, values: &[f64], time: &[f64], event: &[bool]) -> Outcome<()> {
    let columns = values.len() / time.len();
    let mut out = std::io::BufWriter::new(std::fs::File::create(file)?);
    time.iter().try_for_each(|value| out.write_all(&value.to_le_bytes()))?;
    event.iter().try_for_each(|seen| out.write_all(&f64::from(u8::from(*seen)).to_le_bytes()))?;
    for column in 0..columns {
        values.iter().skip(column).step_by(columns).try_for_each(|value| out.write_all(&value.to_le_bytes()))?;
    }
    Ok(out.flush()?)
}

/// Kernel and user time of this process, all threads (proc(5), fields 14 and 15, in hundredths of a second).
fn cpu_seconds() -> Outcome<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    Ok((fields[11].parse::<f64>()? + fields[12].parse::<f64>()?) / 100.0)
}

/// The most memory this process has held (proc(5), VmHWM).
fn peak_mib() -> Outcome<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM")?;
    Ok(line.trim().trim_end_matches("kB").trim().parse::<u64>()? / 1024)
}
