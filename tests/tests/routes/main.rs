//! Routes: linked and mounted handlers, the errors that stop a start, the table, and URLs.

mod alternatives;
mod mounting;
mod table;
mod urls;
