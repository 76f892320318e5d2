//! The memory of one connection at its worst: each figure in the book's chapter on memory. Server and clients share a
//! thread, because allocations are counted per thread. The clients keep their data outside of the measurement.

mod arriving;
mod compressing;
mod handling;
mod kept;
mod leaving;
mod table;

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::runtime::Runtime;
use ws_core::prelude::*;
use ws_tests::Server;
use ws_tests::raw::Raw;

use self::table::Row;

/// How many connections are measured at a time, because one alone could profit from what its thread keeps.
const CLIENTS: usize = 32;

/// A server and its runtime.
struct Setting {
    runtime: Runtime,
    server: Server,
    /// The number of buffers that callbacks may borrow is a bound of the process, which these tests share.
    _alone: MutexGuard<'static, ()>,
}

impl Setting {
    fn new(app: App) -> Self {
        static ALONE: Mutex<()> = Mutex::new(());
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let server = runtime.block_on(Server::start(app));
        Self { runtime, server, _alone: alone }
    }

    fn clients(&self, path: &str, count: usize) -> Vec<Raw> {
        self.runtime.block_on(async {
            let mut clients = Vec::new();
            for _ in 0..count {
                clients.push(Raw::connect(self.server.addr, path).await);
            }
            clients
        })
    }

    /// Returns the bytes that are allocated in `rise` and still held after it.
    fn held(&self, rise: impl Future<Output = ()>) -> usize {
        let held = allocation_counter::measure(|| self.runtime.block_on(rise)).bytes_current;
        usize::try_from(held).unwrap_or(0)
    }
}

/// Waits until the server has read `bytes` of its clients.
async fn was_read(server: &Server, bytes: usize) {
    ws_tests::until(|| server.app.stats().bytes_in >= bytes as u64).await;
}
