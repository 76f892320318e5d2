//! Chapter "Rate limits".

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use ws_core::prelude::*;

// ANCHOR: answer
/// Takes five entries per minute from each client.
#[websocket("/guestbook", rate_limit(messages = 10))]
#[derive(Default)]
struct Guestbook {
    /// The times of the last entries.
    entries: VecDeque<Instant>,
}

#[websocket]
impl Guestbook {
    #[text]
    fn entry(&mut self, _: &str) -> String {
        let minute = Duration::from_secs(60);
        self.entries.retain(|time| time.elapsed() < minute);
        if self.entries.len() == 5 {
            let wait = minute.saturating_sub(self.entries[0].elapsed());
            return format!("the next entry is possible in {} s", wait.as_secs() + 1);
        }
        self.entries.push_back(Instant::now());
        "thank you".to_owned()
    }
}
// ANCHOR_END: answer
