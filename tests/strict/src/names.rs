//! Types that are called as ours are, and as those of the standard library that what the macro writes is made of.

use ::renamed::websocket;

/// Not the standard library's.
#[derive(Clone, Copy, Debug)]
pub enum Option {
    /// Not that one either.
    None,
}

/// Not the standard library's.
#[derive(Clone, Copy, Debug)]
pub enum Result {
    /// Not that one either.
    Ok,
    /// Not that one either.
    Err,
}

/// Not the standard library's.
#[derive(Debug)]
pub struct String;

/// Not the language's.
pub trait Send {}

/// Not the language's.
pub trait Future {}

/// Not ours.
#[derive(Debug)]
pub struct Context;

/// Not ours.
#[derive(Debug)]
pub struct Message;

/// Not ours.
#[derive(Debug)]
pub struct State;

/// Not ours.
#[derive(Debug)]
pub struct Reply;

/// Not ours.
pub trait Handler {}

/// Not ours.
pub trait IntoReply {}

/// Has infos of all these names.
#[websocket("/strict/names/{name}", crate = ::renamed)]
#[derive(Debug)]
pub struct Names {
    told: usize,
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
        Self { told: 0 }
    }

    #[info]
    fn option(&mut self, _: Option) {
        self.told += 1;
    }

    #[info]
    fn result(&mut self, _: Result) {
        self.told += 1;
    }

    #[info]
    fn context(&mut self, _: Context) {
        self.told += 1;
    }

    #[info]
    fn message(&mut self, _: Message) {
        self.told += 1;
    }

    #[info]
    fn state(&mut self, _: State) {
        self.told += 1;
    }

    #[info]
    fn reply(&mut self, _: Reply) {
        self.told += 1;
    }

    #[info]
    fn string(&mut self, _: String) {
        self.told += 1;
    }

    #[text]
    fn info(&mut self, _: &str) -> ::std::string::String {
        ::std::format!("told {}", self.told)
    }
}
