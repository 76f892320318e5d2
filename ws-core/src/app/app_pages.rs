//! The page sessions of an app, before it starts.

use std::panic::Location;
use std::sync::Arc;

use axum::Router;

use crate::browser::page_message::LinkedMessage;
use crate::browser::{PageHandler, PageMessages, script};
use crate::error::{Error, Result};
use crate::handler::AppInner;
use crate::page::{PATH, PageRegistry, Pages};
use crate::route::{Kind, Route, Routes};
use crate::shared::pattern::Pattern;
use crate::shared::states::States;

/// The page sessions of an app: their options, once they are turned on, and the `#[message]` functions.
#[derive(Default)]
pub(super) struct AppPages {
    options: Option<Pages>,
    linked: Vec<&'static LinkedMessage>,
}

impl AppPages {
    /// Returns the functions that are linked into the program, or those of one module.
    pub(super) fn linked(module: Option<&str>) -> Self {
        Self { options: None, linked: PageMessages::linked(module) }
    }

    /// Turns page sessions on, with the default handler unless another one is at its path.
    #[track_caller]
    pub(super) fn turn_on(&mut self, options: Pages, routes: &mut Vec<Route>) {
        self.options = Some(options);
        if routes.iter().all(|route| route.path != PATH) {
            let mut route = Route::new::<PageHandler>(PATH);
            route.handler = route.handler.shown_as(|| "page sessions (App::pages)");
            route.location.line = Location::caller().line();
            routes.push(route);
        }
    }

    /// Removes the default handler if `route` takes its place.
    pub(super) fn gives_way(&self, routes: &mut Vec<Route>, route: &Route) {
        if self.options.is_some() && route.path == PATH {
            routes.retain(|other| !is_default(other));
        }
    }

    /// Checks the options and the functions, and starts the page sessions if they are on. Returns whether they are.
    pub(super) fn start(
        &mut self,
        routes: &mut [Route],
        states: &States,
        (nested_at, base): (&str, &str),
        app: &Arc<AppInner>,
    ) -> Result<bool> {
        let Some(options) = self.options.take() else {
            let Some(first) = self.linked.first() else { return Ok(false) };
            let problem = format!("`#[message]` {} is never called: this app has no pages", first.source());
            if routes.is_empty() {
                return Err(Error::BadSetting(format!("{problem}\nhelp: write `App::pages(Pages::new())`")));
            }
            tracing::warn!("{problem}; write `App::pages(Pages::new())`");
            return Ok(false);
        };
        if let Some(problem) = options.problem() {
            return Err(Error::BadSetting(problem));
        }
        let messages = PageMessages::check(&self.linked, states)?;
        match routes.iter_mut().find(|route| is_default(route)) {
            Some(route) => route.options = Some(Arc::new(messages)),
            None => {
                if let Some(first) = self.linked.first() {
                    tracing::warn!("{first:?} is never called: another handler is at `{PATH}`");
                }
            }
        }
        if options.lacks_key() {
            tracing::warn!(
                "`App::pages` has no key, so the sessions of browsers end with this process; write \
                 `Pages::new().key(…)` with a key from your configuration, or `.random_key()` if that is intended"
            );
        }
        let script_url = format!("{nested_at}{base}{}", script::immutable_path());
        let registry = PageRegistry::new(options, script_url, app.shared.clone(), app.topics.clone());
        let _ = app.pages.set(Arc::new(registry));
        Ok(true)
    }

    /// Adds the events of the functions to the default handler's.
    pub(super) fn described(&self, routes: Routes) -> Routes {
        routes.with_events(Kind::of::<PageHandler>(), || PageMessages::infos(&self.linked))
    }
}

/// Adds the routes of the client script. `patterns` are those of the app's own routes.
pub(super) fn with_script(router: Router, base: &str, patterns: &[Pattern]) -> Result<Router> {
    let taken = script::paths().map(|path| format!("{base}{path}"));
    let conflicts: Vec<_> = taken
        .filter(|path| patterns.iter().any(|pattern| pattern.as_str() == path))
        .map(|path| {
            format!("`{path}` is the path of the client script, and of a handler: change the handler's")
        })
        .collect();
    if conflicts.is_empty() {
        Ok(router.merge(script::routes(base)))
    } else {
        Err(Error::Conflicts(conflicts))
    }
}

/// Returns whether this is the route of the default handler.
fn is_default(route: &Route) -> bool {
    route.handler.type_id() == Kind::of::<PageHandler>().type_id()
}
