// SPDX-License-Identifier: Apache-2.0
//! Tokio as a peer of the benchmarks: does the rows that it is asked for on stdin and answers with their times.
//! ../../README.md has the protocol.

mod handing;
mod latch;
mod spawning;

use std::io::{BufRead, Write};
use std::time::{Duration, Instant};
use tokio::runtime::{Builder, Runtime};

const MIN_RUNS: usize = 3;
const MAX_RUNS: usize = 1_000;

/// A runtime, and with how many workers.
pub struct Bench {
    pub runtime: Runtime,
    pub workers: usize,
}

/// Does a row's operations once, called by a thread outside the runtime; returns when all are done.
pub type Body = fn(&Bench, usize) -> Result<(), String>;

fn rows() -> impl Iterator<Item = &'static (&'static str, Body)> {
    spawning::ROWS.iter().chain(handing::ROWS)
}

fn main() -> std::io::Result<()> {
    let mut kept = None;
    let mut out = std::io::stdout();
    for line in std::io::stdin().lock().lines() {
        let answer = answer(&line?, &mut kept);
        writeln!(out, "{}", answer.unwrap_or_else(|e| format!("FAILED {e}")))?;
        out.flush()?;
    }
    Ok(())
}

fn answer(line: &str, kept: &mut Option<Bench>) -> Result<String, String> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let (row, numbers) = match words.as_slice() {
        ["ROWS"] => {
            let names: Vec<&str> = rows().map(|(name, _)| *name).collect();
            return Ok(format!("ROWS {}", names.join(" ")));
        }
        [row, numbers @ ..] if numbers.len() == 3 => (row, numbers),
        _ => return Err(format!("expected ROW SIZE WORKERS NANOS or ROWS, not '{line}'")),
    };
    let (_, body) = match rows().find(|(name, _)| name == row) {
        Some(row) => row,
        None => return Ok(format!("UNKNOWN {row}")),
    };
    let size = at_least(1, "SIZE", numbers[0])?;
    let workers = at_least(1, "WORKERS", numbers[1])?;
    let nanos = at_least(0, "NANOS", numbers[2])?;
    // The runtime is kept, as the JVM keeps its carriers.
    if !matches!(kept, Some(bench) if bench.workers == workers as usize) {
        // The old threads first.
        *kept = None;
        let built = Builder::new_multi_thread().worker_threads(workers as usize).enable_all().build();
        let runtime = built.map_err(|e| format!("no runtime of {workers} workers: {e}"))?;
        *kept = Some(Bench { runtime, workers: workers as usize });
    }
    let bench = kept.as_ref().expect("made above");
    let median = time(*body, bench, size as usize, Duration::from_nanos(nanos))?;
    Ok(format!("RESULT {median:.3}"))
}

fn at_least(least: u64, name: &str, text: &str) -> Result<u64, String> {
    match text.parse() {
        Ok(number) if number >= least => Ok(number),
        _ => Err(format!("{name} must be a number from {least} on, not '{text}'")),
    }
}

/// Returns the median time per operation of several runs, in nanoseconds.
fn time(body: Body, bench: &Bench, size: usize, limit: Duration) -> Result<f64, String> {
    let mut times = Vec::new();
    let begin = Instant::now();
    while times.len() < MIN_RUNS || (begin.elapsed() < limit && times.len() < MAX_RUNS) {
        let before = Instant::now();
        body(bench, size)?;
        times.push(before.elapsed().as_nanos() as f64 / size as f64);
    }
    // Lets the next contestant's turn begin beside idle workers.
    if limit > Duration::from_millis(10) {
        std::thread::sleep(Duration::from_millis(5));
    }
    times.sort_by(f64::total_cmp);
    let half = times.len() / 2;
    Ok(if times.len() % 2 == 1 { times[half] } else { (times[half - 1] + times[half]) / 2.0 })
}
