//! The benchmark of ws-core against other WebSocket servers. It needs Linux.
//!
//! Every server is a process of its own, pinned to one core; the load runs on another. The servers take turns, round
//! after round, so that a drift of the machine affects them alike. In reading order: the [`scenario`]s with our
//! [`target`]s, the [`server`]s and how one is started, the [`load`] with its [`meter`], [`run`] with its [`progress`],
//! then [`statistics`] and the [`report`].

#![expect(missing_docs, reason = "a library for its own two programs, in which names speak for themselves")]

pub mod error;
pub mod load;
pub mod machine;
pub mod meter;
pub mod options;
pub mod progress;
pub mod report;
pub mod run;
pub mod scenario;
pub mod server;
pub mod statistics;
pub mod target;
