//! C14: the contents of a panic's reason.

use ws_core::prelude::*;
use ws_tests::notes::Notes;
use ws_tests::raw::{Raw, TEXT};
use ws_tests::{Server, within};

struct Subject(Notes);

#[websocket]
impl Subject {
    #[init]
    fn new(State(notes): State<Notes>) -> Self {
        Self(notes)
    }

    #[text]
    fn received(&mut self) {
        panic!("boom");
    }

    #[terminate]
    fn gone(&mut self, reason: &Terminate) {
        let Terminate::Panic(panic) = reason else { panic!("{reason}") };
        let here = panic.location().is_some_and(|place| place.contains(file!()));
        let backtrace = panic.backtrace().is_some_and(|trace| trace.contains("panics::Subject"));
        self.0.add(format!("{} {} {here} {backtrace}", panic.callback(), panic.message()));
    }
}

const WANTED: &str = "RUST_LIB_BACKTRACE";

/// The test below runs this one again, with the variable set.
#[tokio::test]
async fn c14_a_panic_has_its_place_and_a_backtrace_where_one_was_asked_for() {
    let notes = Notes::default();
    let server = Server::start(App::new().mount::<Subject>("/", ()).state(notes.clone())).await;
    let mut raw = Raw::connect(server.addr, "/").await;
    raw.frame(TEXT, b"x").await;
    assert_eq!(raw.read().await.expect("a close").close(), (1011, ""));
    let asked = ["RUST_BACKTRACE", WANTED].iter().any(|name| std::env::var(name).is_ok_and(|on| on != "0"));
    notes.seen(&format!("received boom true {asked}")).await;
}

#[tokio::test]
async fn c14_a_backtrace_can_be_asked_for() {
    let name = "panics::c14_a_panic_has_its_place_and_a_backtrace_where_one_was_asked_for";
    let again = tokio::process::Command::new(std::env::current_exe().expect("the path of this test program"))
        .args(["--exact", name])
        .env(WANTED, "1")
        .output();
    let output = within(again).await.expect("the output of the child process");
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && stdout.contains("1 passed"), "{stdout}");
}
