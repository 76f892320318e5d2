//! C12, C13, C14, C17: every way to end a connection. Each has a row in the table of the book's chapter on closing, and
//! a test of the same name. The test reads the expected results from the row: the frames that the client receives, the
//! reason that `#[terminate]` receives, the counter and the log line. In reading order: the table, the handler and its
//! checks, the endings, those that need a server of their own, and each callback that panics or fails.

mod table;

mod subject;

mod abandoned;
mod apart;
mod callbacks;
mod panics;
mod ways;
