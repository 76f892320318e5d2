//! C12, C13, C14, C17: every way to end a connection. What happens is a row of the table in the book's chapter on
//! closing, and a test of the same name, which reads from the row what it expects: what the client sees on the wire,
//! what `#[terminate]` is told, what is counted and logged. In reading order: the table, the handler that ends in any
//! way and how it is looked at, the ways, those that need a server of their own, and each callback that panics or fails.

mod table;

mod subject;

mod abandoned;
mod apart;
mod callbacks;
mod panics;
mod ways;
