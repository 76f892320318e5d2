#[message]
async fn start(State(jobs): State<Jobs>, start: Start<'_>, page: PageSession) -> Result<Started, JobError> {}

#[message("stop", crate = renamed)]
#[cfg(feature = "stop")]
fn halt(page: &PageSession) {}
