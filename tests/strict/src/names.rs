//! Types with the names of ws-core's own types, and of the standard library's types that generated code uses.

use ::renamed::websocket;

/// Shadows the standard library's `Option`.
#[derive(Clone, Copy, Debug)]
pub enum Option {
    /// Shadows the standard library's `None`.
    None,
}

/// Shadows the standard library's `Result`.
#[derive(Clone, Copy, Debug)]
pub enum Result {
    /// Shadows the standard library's `Ok`.
    Ok,
    /// Shadows the standard library's `Err`.
    Err,
}

/// Shadows the standard library's `String`.
#[derive(Debug)]
pub struct String;

/// Shadows the standard library's `Send`.
pub trait Send {}

/// Shadows the standard library's `Future`.
pub trait Future {}

/// Shadows ws-core's `Context`.
#[derive(Debug)]
pub struct Context;

/// Shadows ws-core's `Message`.
#[derive(Debug)]
pub struct Message;

/// Shadows ws-core's `State`.
#[derive(Debug)]
pub struct State;

/// Shadows ws-core's `Reply`.
#[derive(Debug)]
pub struct Reply;

/// Shadows ws-core's `Handler`.
pub trait Handler {}

/// Shadows ws-core's `IntoReply`.
pub trait IntoReply {}

/// Receives infos of all these types.
#[websocket("/strict/names/{name}", crate = ::renamed)]
#[derive(Debug)]
pub struct Names {
    count: usize,
}

impl Handler for Names {}
impl Send for Names {}
impl Future for Names {}
impl IntoReply for Names {}

#[websocket(crate = ::renamed)]
impl Names {
    #[init]
    fn init(upgrade: &mut ::renamed::Upgrade<Self>) -> Self {
        let context = upgrade.info(Context);
        let message = upgrade.info(Message);
        ::tracing::debug!(?context, ?message);
        Self { count: 0 }
    }

    #[info]
    fn option(&mut self, _: Option) {
        self.count += 1;
    }

    #[info]
    fn result(&mut self, _: Result) {
        self.count += 1;
    }

    #[info]
    fn context(&mut self, _: Context) {
        self.count += 1;
    }

    #[info]
    fn message(&mut self, _: Message) {
        self.count += 1;
    }

    #[info]
    fn state(&mut self, _: State) {
        self.count += 1;
    }

    #[info]
    fn reply(&mut self, _: Reply) {
        self.count += 1;
    }

    #[info]
    fn string(&mut self, _: String) {
        self.count += 1;
    }

    #[text]
    fn info(&mut self, _: &str) -> ::std::string::String {
        ::std::format!("count {}", self.count)
    }
}
