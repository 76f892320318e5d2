//! The tasks that start with the app.

use std::any::type_name;
use std::fmt::Display;
use std::panic::Location;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::runtime::Handle;

use crate::error::{Error, Result};
use crate::handler::AppHandle;
use crate::message::BoxError;
use crate::shared::background;

/// A task given to [`App::on_start`](crate::App::on_start), which has not started yet.
pub(crate) struct StartTask {
    name: String,
    start: Box<dyn FnOnce(AppHandle) -> BoxFuture<'static, Result<(), BoxError>> + Send>,
}

impl StartTask {
    pub(super) fn new<F, T>(task: F, place: &Location<'_>) -> Self
    where
        F: FnOnce(AppHandle) -> T + Send + 'static,
        T: Future<Output: TaskResult> + Send + 'static,
    {
        // The user's function runs in the task too, so that its panic ends the task alone.
        let start = |app| async move { task(app).await.into_result() }.boxed();
        Self {
            name: format!("{} ({}:{})", type_name::<F>(), place.file(), place.line()),
            start: Box::new(start),
        }
    }

    /// Starts the task on `runtime`.
    pub(crate) fn start(self, app: &AppHandle, runtime: &Handle) {
        let task = (self.start)(app.clone());
        background::start(app.inner().shared.clone(), runtime, self.name, task);
    }
}

/// Starts the tasks on the current runtime.
pub(crate) fn start_here(tasks: Vec<StartTask>, app: &AppHandle) -> Result {
    if tasks.is_empty() {
        return Ok(());
    }
    let runtime = Handle::try_current().map_err(|_| Error::NoRuntime("`App::on_start`"))?;
    for task in tasks {
        task.start(app, &runtime);
    }
    Ok(())
}

/// The output of a task that is given to [`App::on_start`](crate::App::on_start): nothing, or a `Result<(), E>`. An error
/// is logged.
#[diagnostic::on_unimplemented(
    message = "a task of `App::on_start` cannot return `{Self}`",
    label = "neither `()` nor `Result<(), E>`",
    note = "the future returns nothing, or `Result<(), E>` where `E` can be displayed; an error is logged"
)]
pub trait TaskResult {
    /// Converts the output, so that an error can be logged.
    fn into_result(self) -> Result<(), BoxError>;
}

#[diagnostic::do_not_recommend]
impl TaskResult for () {
    fn into_result(self) -> Result<(), BoxError> {
        Ok(())
    }
}

#[diagnostic::do_not_recommend]
impl<E: Display> TaskResult for Result<(), E> {
    fn into_result(self) -> Result<(), BoxError> {
        self.map_err(|error| error.to_string().into())
    }
}

/// `!`, the output of a task that loops without end. Rust has no name for it yet.
type Never = <fn() -> ! as Returns>::Output;

trait Returns {
    type Output;
}

impl<T> Returns for fn() -> T {
    type Output = T;
}

#[diagnostic::do_not_recommend]
#[expect(private_interfaces, reason = "`Returns` only spells a type that is public")]
impl TaskResult for Never {
    fn into_result(self) -> Result<(), BoxError> {
        self
    }
}
