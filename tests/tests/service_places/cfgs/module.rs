//! The same callbacks in the module form.

use ws_core::prelude::*;

/// One of two modules with the same path, and the one that is compiled.
#[service("/cfg/module")]
#[cfg(not(any()))]
pub(super) mod chosen {
    #[cfg(any())]
    use nothing::Nothing;
    use ws_core::prelude::*;
    use ws_tests::notes::Notes;

    use super::super::{News, Stop, Tick};

    pub(crate) struct Chosen {
        notes: Notes,
        members: Vec<Member<Chosen>>,
    }

    #[cfg(any())]
    #[init]
    fn new(nothing: Nothing) -> Chosen {}

    #[cfg(not(any()))]
    #[init]
    async fn new(State(notes): State<Notes>) -> Chosen {
        Chosen { notes, members: Vec::new() }
    }

    #[cfg(not(any()))]
    #[join]
    fn join(chosen: &mut Chosen, member: &Member<Chosen>) -> u8 {
        chosen.members.push(member.clone());
        7
    }

    #[cfg(any())]
    #[join]
    fn join(chosen: &mut Chosen, nothing: Nothing) -> Nothing {}

    #[cfg(not(any()))]
    #[rejoin]
    fn again(chosen: &mut Chosen, member: &Member<Chosen>) {
        chosen.members.push(member.clone());
        chosen.notes.add("rejoin");
    }

    #[cfg(any())]
    #[rejoin]
    fn again(chosen: &mut Chosen) -> Nothing {}

    #[cfg(not(any()))]
    #[incoming]
    fn received(_: &mut Chosen, text: &str, member: &Member<Chosen>) {
        assert_ne!(text, "panic");
        member.send(format!("{text} {}", member.kept()));
    }

    #[cfg(any())]
    #[incoming]
    fn received(chosen: &mut Chosen, text: String) -> Nothing {}

    #[cfg(not(any()))]
    #[incoming]
    fn rest(_: &mut Chosen, message: Message, member: &Member<Chosen>) {
        member.send(format!("rest of {}", message.len()));
    }

    #[cfg(any())]
    #[incoming]
    fn rest(chosen: &mut Chosen, bytes: &[Nothing]) {}

    #[cfg(not(any()))]
    #[broadcast]
    fn news(chosen: &mut Chosen, _: &News) {
        for member in &chosen.members {
            member.send("news");
        }
    }

    #[cfg(any())]
    #[broadcast]
    fn news(chosen: &mut Chosen, news: &News) -> Nothing {}

    #[cfg(not(any()))]
    #[info]
    fn tick(_: &mut Chosen, _: Tick) -> Control {
        Control::Timeout(std::time::Duration::from_millis(1))
    }

    #[cfg(any())]
    #[info]
    fn tick(chosen: &mut Chosen, tick: Tick) -> Nothing {}

    #[info]
    fn stop(_: &mut Chosen, _: Stop) -> Control {
        Control::stop("enough")
    }

    #[cfg(not(any()))]
    #[timeout]
    fn idle(chosen: &mut Chosen) -> Control {
        chosen.notes.add("timeout");
        Control::Timeout(std::time::Duration::MAX)
    }

    #[cfg(any())]
    #[timeout]
    fn idle(chosen: &mut Chosen) -> Nothing {}

    #[cfg(not(any()))]
    #[close]
    fn gone(chosen: &mut Chosen, reason: &Terminate) {
        chosen.notes.add(format!("close {}", reason.kind()));
    }

    #[cfg(any())]
    #[close]
    fn gone(chosen: &mut Chosen, nothing: Nothing) {}

    #[cfg(not(any()))]
    #[terminate]
    fn over(chosen: &mut Chosen) {
        chosen.notes.add("terminate");
    }

    #[cfg(any())]
    #[terminate]
    fn over(chosen: &mut Chosen, nothing: Nothing) {}
}
