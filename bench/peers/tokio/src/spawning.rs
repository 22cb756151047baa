// SPDX-License-Identifier: Apache-2.0
//! The list by which Tokio measures its scheduler, in the shapes of the JVM's rows, and other rows of many tasks.

use crate::latch::{Latch, DONE};
use crate::{Bench, Body};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

const YIELDERS: usize = 200;
const JOBS_PER_TASK: usize = 16;
const REMOTE_THREADS: usize = 2;
const CHILDREN: usize = 10;
const STALL: Duration = Duration::from_micros(10);
const STARVED: Duration = Duration::from_millis(500);

pub const ROWS: &[(&str, Body)] = &[
    ("spawn_many_local", spawn_many_local),
    ("spawn_many_remote_idle", spawn_many_remote),
    ("spawn_many_remote_busy1", spawn_many_beside_yielders),
    ("spawn_many_remote_busy2", spawn_many_beside_spawners),
    ("remote_spawn", remote_spawn),
    ("chained_spawn", chained_spawn),
    ("ping_pong", ping_pong),
    ("yield_many", yield_many),
    ("spawn_blocking", spawn_blocking),
    ("skynet", skynet),
    ("sleepers", sleepers),
];

fn spawn_many_local(bench: &Bench, size: usize) -> Result<(), String> {
    DONE.expect(size);
    bench.runtime.spawn(async move {
        for _ in 0..size {
            tokio::spawn(async { DONE.count_down() });
        }
    });
    DONE.wait();
    Ok(())
}

fn spawn_many_remote(bench: &Bench, size: usize) -> Result<(), String> {
    DONE.expect(size);
    spawn_many(&bench.runtime, size);
    DONE.wait();
    Ok(())
}

fn spawn_many(runtime: &Runtime, size: usize) {
    for _ in 0..size {
        runtime.spawn(async { DONE.count_down() });
    }
}

/// The workers are busy with tasks that compute and yield.
fn spawn_many_beside_yielders(bench: &Bench, size: usize) -> Result<(), String> {
    let busy = Busy::of(2 * bench.workers);
    for _ in 0..2 * bench.workers {
        let busy = busy.clone();
        bench.runtime.spawn(async move {
            while busy.goes_on() {
                tokio::task::yield_now().await;
                stall();
            }
            busy.ended.count_down();
        });
    }
    spawn_many_remote(bench, size)?;
    busy.stop();
    Ok(())
}

/// The workers are busy with tasks that compute and start their successors.
fn spawn_many_beside_spawners(bench: &Bench, size: usize) -> Result<(), String> {
    let busy = Busy::of(bench.workers);
    for _ in 0..bench.workers {
        let busy = busy.clone();
        bench.runtime.spawn(async move {
            stall();
            succeed(busy);
        });
    }
    spawn_many_remote(bench, size)?;
    busy.stop();
    Ok(())
}

fn succeed(busy: Arc<Busy>) {
    if busy.goes_on() {
        tokio::spawn(async move {
            stall();
            succeed(busy);
        });
    } else {
        busy.ended.count_down();
    }
}

/// Tasks that keep the workers busy until they are told to stop, or for so long that what waits beside them must be
/// starved.
struct Busy {
    ended: Latch,
    begin: Instant,
    stopped: AtomicBool,
}

impl Busy {
    fn of(count: usize) -> Arc<Busy> {
        let busy = Busy { ended: Latch::new(), begin: Instant::now(), stopped: AtomicBool::new(false) };
        busy.ended.expect(count);
        Arc::new(busy)
    }

    fn goes_on(&self) -> bool {
        // Nothing is read because of it.
        !self.stopped.load(Ordering::Relaxed) && self.begin.elapsed() < STARVED
    }

    fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
        self.ended.wait();
    }
}

fn stall() {
    let begin = Instant::now();
    while begin.elapsed() < STALL {
        std::hint::spin_loop();
    }
}

/// Several threads outside spawn at the same time.
fn remote_spawn(bench: &Bench, size: usize) -> Result<(), String> {
    let each = (size / REMOTE_THREADS).max(1);
    DONE.expect(each * REMOTE_THREADS);
    std::thread::scope(|scope| {
        for _ in 0..REMOTE_THREADS {
            scope.spawn(|| spawn_many(&bench.runtime, each));
        }
        DONE.wait();
    });
    Ok(())
}

fn chained_spawn(bench: &Bench, size: usize) -> Result<(), String> {
    DONE.expect(1);
    bench.runtime.spawn(async move { link(size - 1) });
    DONE.wait();
    Ok(())
}

fn link(left: usize) {
    if left == 0 {
        DONE.count_down();
    } else {
        tokio::spawn(async move { link(left - 1) });
    }
}

/// Pairs of tasks, each of which waits once for the other.
fn ping_pong(bench: &Bench, size: usize) -> Result<(), String> {
    DONE.expect(size);
    bench.runtime.spawn(async move {
        for _ in 0..size {
            tokio::spawn(async {
                let (ping, pinged) = oneshot::channel();
                let (pong, ponged) = oneshot::channel();
                tokio::spawn(async move { pong.send(pinged.await.unwrap()).unwrap() });
                ping.send(true).unwrap();
                assert!(ponged.await.unwrap());
                DONE.count_down();
            });
        }
    });
    DONE.wait();
    Ok(())
}

fn yield_many(bench: &Bench, size: usize) -> Result<(), String> {
    let yields = (size / YIELDERS).max(1);
    DONE.expect(YIELDERS);
    for _ in 0..YIELDERS {
        bench.runtime.spawn(async move {
            for _ in 0..yields {
                tokio::task::yield_now().await;
            }
            DONE.count_down();
        });
    }
    DONE.wait();
    Ok(())
}

/// Tasks that give empty jobs to the threads for blocking calls and wait for them.
fn spawn_blocking(bench: &Bench, size: usize) -> Result<(), String> {
    let tasks = (size / JOBS_PER_TASK).max(1);
    DONE.expect(tasks);
    for _ in 0..tasks {
        bench.runtime.spawn(async {
            let jobs: Vec<JoinHandle<()>> = (0..JOBS_PER_TASK).map(|_| tokio::task::spawn_blocking(|| ())).collect();
            for job in jobs {
                job.await.unwrap();
            }
            DONE.count_down();
        });
    }
    DONE.wait();
    Ok(())
}

/// A tree of tasks, ten below each, whose leaves' numbers are summed.
fn skynet(bench: &Bench, size: usize) -> Result<(), String> {
    let root = bench.runtime.spawn(async move { node(0, size).await.unwrap() });
    let sum = bench.runtime.block_on(root).unwrap();
    let expected = size as u64 * (size as u64 - 1) / 2;
    if sum == expected {
        Ok(())
    } else {
        Err(format!("skynet: the numbers of {size} leaves add up to {expected}, not {sum}"))
    }
}

fn node(first: usize, size: usize) -> JoinHandle<u64> {
    tokio::spawn(async move {
        if size == 1 {
            return first as u64;
        }
        let count = CHILDREN.min(size);
        let bound = |i: usize| first + size * i / count;
        let children: Vec<JoinHandle<u64>> = (0..count).map(|i| node(bound(i), bound(i + 1) - bound(i))).collect();
        let mut sum = 0;
        for child in children {
            sum += child.await.unwrap();
        }
        sum
    })
}

/// Tasks that sleep 1 to 10 ms once.
fn sleepers(bench: &Bench, size: usize) -> Result<(), String> {
    DONE.expect(size);
    for i in 0..size {
        bench.runtime.spawn(async move {
            tokio::time::sleep(Duration::from_millis(1 + i as u64 % 10)).await;
            DONE.count_down();
        });
    }
    DONE.wait();
    Ok(())
}
