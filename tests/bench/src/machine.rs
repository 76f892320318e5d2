//! The machine that the benchmark runs on: its cores, its network and its limits.

use std::collections::BTreeMap;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::{env, fs, thread};

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use serde::{Deserialize, Serialize};

use crate::error::Result;

/// Set in the process that runs in a network namespace of its own.
const NAMESPACE: &str = "WS_BENCH_NAMESPACE";

/// The cores of the server and of the load. Empty where the machine has too few to keep them apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cores {
    pub server: Vec<usize>,
    pub load: Vec<usize>,
}

impl Cores {
    /// The first `threads` cores for the server, and the next for the load.
    ///
    /// # Errors
    /// The system does not list its cores.
    pub fn split(threads: usize) -> Result<Self> {
        let allowed = sched_getaffinity(None)?;
        let cores: Vec<usize> = (0..CpuSet::MAX_CPU).filter(|core| allowed.is_set(*core)).collect();
        Ok(match cores.get(threads) {
            Some(load) => Self { server: cores[..threads].to_vec(), load: vec![*load] },
            None => Self::default(),
        })
    }
}

/// Runs `work` on a thread that stays on `cores`, as do the processes that it starts. If `cores` is empty, on any.
///
/// # Errors
/// The system refuses the cores, or the error of `work`.
pub fn pinned<T: Send>(cores: &[usize], work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    let pin = || {
        if !cores.is_empty() {
            let mut set = CpuSet::new();
            for core in cores {
                set.set(*core);
            }
            sched_setaffinity(None, &set)?;
        }
        work()
    };
    thread::scope(|scope| scope.spawn(pin).join().unwrap_or_else(|_| Err("the load panicked".into())))
}

/// Raises the number of files that this process and the servers may open to the limit of the system.
pub fn raise_file_limit() {
    rlimit::increase_nofile_limit(rlimit::INFINITY).ok();
}

/// Continues in a network namespace of its own, where no other traffic and no firewall disturbs the loopback interface.
/// Returns only if that is not possible, with the reason. Returns `None` inside of the namespace.
#[must_use]
pub fn enter_namespace() -> Option<String> {
    if in_namespace() {
        // The kernel's default may be one that paces, which makes no sense on loopback.
        fs::write("/proc/sys/net/ipv4/tcp_congestion_control", "reno").ok();
        return None;
    }
    let unshare = |script: &str| {
        let mut command = Command::new("unshare");
        command.arg("--net");
        if !rustix::process::geteuid().is_root() {
            command.arg("--map-root-user");
        }
        command.args(["sh", "-c", script]);
        command
    };
    let tried = unshare("ip link set lo up").stdout(Stdio::null()).stderr(Stdio::piped()).output();
    match tried {
        Err(error) => Some(format!("cannot run unshare: {error}")),
        Ok(output) if !output.status.success() => {
            Some(String::from_utf8_lossy(&output.stderr).trim().to_owned())
        }
        Ok(_) => {
            let program =
                env::current_exe().unwrap_or_else(|_| env::args_os().next().unwrap_or_default().into());
            let mut command = unshare(r#"ip link set lo up && exec "$0" "$@""#);
            let error = command.arg(program).args(env::args_os().skip(1)).env(NAMESPACE, "1").exec();
            Some(format!("cannot run unshare: {error}"))
        }
    }
}

/// Whether this process runs in a network namespace of its own.
#[must_use]
pub fn in_namespace() -> bool {
    env::var_os(NAMESPACE).is_some()
}

/// The circumstances of a run, for the report.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct About {
    pub date: String,
    pub commit: String,
    pub processor: String,
    pub cores: usize,
    pub system: String,
    pub compiler: String,
    pub namespace: bool,
    pub pinned: bool,
    pub rounds: usize,
    pub seconds: f64,
    pub threads: usize,
    /// The versions of the libraries.
    pub versions: BTreeMap<String, String>,
}

impl About {
    /// Collects the facts of the machine.
    #[must_use]
    pub fn machine() -> Self {
        let cpuinfo = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model = cpuinfo.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
        let changed =
            !output("git", &["status", "--porcelain", "--untracked-files=no", "--", "ws-core"]).is_empty();
        Self {
            date: output("date", &["-u", "+%Y-%m-%d"]),
            commit: output("git", &["rev-parse", "--short", "HEAD"])
                + if changed { " with changes" } else { "" },
            processor: model.map_or("unknown", |(_, model)| model).trim().to_owned(),
            cores: thread::available_parallelism().map_or(1, usize::from),
            system: output("uname", &["-sr"]),
            compiler: output("rustc", &["--version"]),
            namespace: in_namespace(),
            ..Self::default()
        }
    }
}

/// The first line that a program prints, or nothing.
fn output(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    text.lines().next().unwrap_or_default().to_owned()
}
