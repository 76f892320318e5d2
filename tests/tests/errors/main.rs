//! `#[error]`: errors and bad payloads that become messages.

mod by_hand;
mod handlers;
mod replies;
mod services;
mod shop;
