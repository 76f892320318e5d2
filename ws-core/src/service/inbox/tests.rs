//! The memory of an inbox after a burst, and its states.

use super::super::inbox_state::KEPT_ROOM;
use super::*;

#[test]
fn a_burst_leaves_no_memory_behind() {
    let inbox = Inbox::new();
    for _ in 0..10_000 {
        assert!(inbox.push(ActorMessage::End).is_ok());
    }
    assert!(inbox.lock().queue.capacity() >= 10_000);
    while inbox.take().is_some() {}
    assert!(inbox.lock().queue.capacity() <= KEPT_ROOM);
}

#[test]
fn a_drain_ends_a_service_that_has_not_begun_or_could_not_begin() {
    let inbox = Inbox::new();
    assert!(inbox.end_unless_begun());
    assert!(!inbox.begin() && *inbox.ended.borrow());
    let inbox = Inbox::new();
    assert!(inbox.begin() && !inbox.end_unless_begun());
    assert!(inbox.push(ActorMessage::End).is_ok());
    inbox.begin_again();
    assert!(inbox.status() == Status::Down && *inbox.ended.borrow());
    let inbox = Inbox::new();
    assert!(inbox.begin());
    inbox.begin_again();
    assert!(inbox.status() == Status::Waiting && inbox.begin());
}
