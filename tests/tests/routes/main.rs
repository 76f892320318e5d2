//! Routes: what is linked and what is mounted, the errors that stop a start, the table, and urls.

mod mounting;
mod table;
mod urls;
