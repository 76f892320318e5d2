//! The settings of an app, and their checks.

use std::mem;

use crate::error::{Error, Result};
use crate::handshake::hosts::Hosts;
use crate::handshake::origin::Origin;
use crate::handshake::origins::{Allowed, OriginList};
use crate::handshake::proxies::Proxies;
use crate::hub::{ArchiveLimits, History, Rules};
use crate::protocol::Compression;
use crate::shared::limits::{AppLimits, Limits};
use crate::shared::pattern::Pattern;

/// The settings of an app, as the program gave them.
#[derive(Default)]
pub(super) struct Settings {
    pub(super) base_url: String,
    pub(super) nested_at: String,
    pub(super) public: Vec<String>,
    pub(super) origins: OriginList,
    pub(super) hosts: Option<Vec<String>>,
    pub(super) limits: Limits,
    pub(super) total_limits: AppLimits,
    pub(super) proxies: Vec<String>,
    pub(super) compression: Option<Compression>,
    /// The topics that keep a history, by name or pattern.
    pub(super) histories: Vec<(String, History)>,
}

/// The settings that are parsed as they are checked.
pub(super) struct Checked<'a> {
    /// The prefix of all routes, without a `/` at its end.
    pub(super) base: &'a str,
    /// The prefix of all URLs before it.
    pub(super) nested_at: &'a str,
    pub(super) public: Vec<Origin>,
    pub(super) origins: Allowed,
    pub(super) hosts: Option<Hosts>,
    pub(super) proxies: Proxies,
}

impl Settings {
    /// Checks the topics that keep a history.
    pub(super) fn take_histories(&mut self) -> Result<(Rules, ArchiveLimits)> {
        let AppLimits { history_topics: topics, history_bytes: bytes, .. } = self.total_limits;
        let rules = Rules::parse(mem::take(&mut self.histories), bytes).map_err(Error::BadSetting)?;
        Ok((rules, ArchiveLimits { topics, bytes }))
    }

    /// Checks all settings but the histories.
    pub(super) fn check(&self) -> Result<Checked<'_>> {
        let base = prefix("base_url", &self.base_url)?;
        let nested_at = prefix("nested_at", &self.nested_at)?;
        let problem = self.limits.problem().or(self.total_limits.problem());
        if let Some(problem) = problem.or_else(|| self.compression.as_ref()?.problem()) {
            return Err(Error::BadSetting(problem.to_owned()));
        }
        let public = self.public.iter().map(|url| public_origin(url)).collect::<Result<_>>()?;
        let proxies = Proxies::parse(&self.proxies).map_err(|text| {
            Error::BadSetting(format!(
                "trusted_proxies: `{text}` is not an IP address (such as `10.0.0.7` or `::1`) or a network (such as \
                 `10.0.0.0/8` or `fd00::/8`), nor `unix`"
            ))
        })?;
        let origins = self
            .origins
            .parse()
            .map_err(|problem| Error::BadSetting(format!("`App::origins`: {problem}")))?;
        let hosts = self.hosts.as_deref().map(Hosts::parse).transpose().map_err(|text| {
            Error::BadSetting(format!(
                "hosts: `{text}` is not a host; write it as `example.com`, `example.com:8080` or `*.example.com`"
            ))
        })?;
        Ok(Checked { base, nested_at, public, origins, hosts, proxies })
    }
}

fn prefix<'u>(name: &str, url: &'u str) -> Result<&'u str> {
    let base = url.trim_end_matches('/');
    if base.is_empty() {
        return Ok("");
    }
    match Pattern::parse(base) {
        Ok(_) if base.contains('{') => Err(Error::BadSetting(format!(
            "{name} `{url}` must not contain parameters; write a plain path, such as `/api`"
        ))),
        Ok(_) => Ok(base),
        Err(_) if base.contains("://") => Err(Error::BadSetting(format!(
            "{name} `{url}` is not a path: it is the prefix of all routes, such as `/api`; for the address of the app, use \
             `public_url`"
        ))),
        Err(problem) => Err(Error::BadSetting(format!("{name} `{url}`: {problem}"))),
    }
}

fn public_origin(url: &str) -> Result<Origin> {
    Origin::parse(url).filter(Origin::is_of_a_page).ok_or_else(|| {
        Error::BadSetting(format!(
            "public_url `{url}` is not an origin; write it as `https://example.com` or `https://example.com:8443`"
        ))
    })
}
