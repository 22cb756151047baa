// SPDX-License-Identifier: Apache-2.0
//! What a thread outside waits for.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex};

/// Lets one thread wait until a number of tasks have ended.
pub struct Latch {
    /// How many have not ended.
    left: AtomicUsize,
    open: Mutex<bool>,
    opened: Condvar,
}

/// For the tasks of the row that runs: a static, so that a task need not count references to it.
pub static DONE: Latch = Latch::new();

impl Latch {
    pub const fn new() -> Latch {
        Latch { left: AtomicUsize::new(0), open: Mutex::new(false), opened: Condvar::new() }
    }

    /// Closes the latch until `count` tasks have ended. None of an earlier run may be left.
    pub fn expect(&self, count: usize) {
        *self.open.lock().unwrap() = false;
        // The tasks are started afterwards, which orders this before what they do.
        self.left.store(count, Ordering::Relaxed);
    }

    pub fn count_down(&self) {
        // Each task's writes come before the end of the wait, by way of the last one.
        if self.left.fetch_sub(1, Ordering::AcqRel) == 1 {
            *self.open.lock().unwrap() = true;
            self.opened.notify_one();
        }
    }

    pub fn wait(&self) {
        let guard = self.open.lock().unwrap();
        drop(self.opened.wait_while(guard, |open| !*open).unwrap());
    }
}
