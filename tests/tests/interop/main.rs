//! Independent clients in other languages. Each test mostly waits for its client, so they run beside each other.

mod graphql;
mod node;
mod python;
mod secure;
