//! The program itself, as a child process with a data directory of its own: for what concerns a whole process, such
//! as its signals, descriptors and log.

use std::{
    fs,
    io::{BufRead, BufReader, Read},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Output, Stdio},
    sync::{Arc, Mutex},
    thread,
};

use tempfile::TempDir;

use crate::peer::eventually;

/// The program under test.
pub const BINARY: &str = env!("CARGO_BIN_EXE_tertulia");
const FIRST_LINE: &str = "tertulia is listening on ";

/// A server that runs. Killed on `Drop`.
pub struct Program {
    child: Child,
    pub address: SocketAddr,
    log: Arc<Mutex<String>>,
    /// Everything after the first line of standard output.
    output: Arc<Mutex<String>>,
    data_dir: PathBuf,
    /// Removed on `Drop`, unless the directory is somebody else's.
    _own: Option<TempDir>,
}

impl Program {
    /// Starts it on a free port, with an empty data directory.
    pub fn start(options: &[&str]) -> Self {
        let own = tempfile::tempdir().unwrap();
        let mut program = Self::start_in(own.path(), options);
        program._own = Some(own);
        program
    }

    /// Starts it on a free port, with this data directory.
    pub fn start_in(data_dir: &Path, options: &[&str]) -> Self {
        let mut command = command(data_dir);
        command.args(options);
        Self::spawn(command, data_dir)
    }

    /// Starts what `command` says, which serves from `data_dir` in the end.
    pub fn spawn(mut command: Command, data_dir: &Path) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let log = gather(child.stderr.take().unwrap());
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut first_line = String::new();
        stdout.read_line(&mut first_line).unwrap();
        let address = first_line
            .strip_prefix(FIRST_LINE)
            .and_then(|rest| rest.strip_prefix("http://").or(rest.strip_prefix("https://")))
            .and_then(|rest| rest.strip_suffix('\n'))
            .unwrap_or_else(|| panic!("no first line, but {first_line:?}; the log: {}", log.lock().unwrap()));
        Self {
            child,
            address: address.parse().unwrap(),
            log,
            output: gather(stdout),
            data_dir: data_dir.into(),
            _own: None,
        }
    }

    pub fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// What it has printed so far, without the first line.
    pub fn output(&self) -> String {
        self.output.lock().unwrap().clone()
    }

    /// Sends a signal: `TERM`, `INT`, `STOP`.
    pub fn signal(&self, name: &str) {
        signal(self.child.id(), name);
    }

    /// How it ended, once it has.
    pub async fn ended(&mut self) -> ExitStatus {
        let mut status = None;
        eventually("the program ends", async || {
            status = self.child.try_wait().unwrap();
            status.is_some()
        })
        .await;
        status.expect("it has ended")
    }

    /// Stops it in good order.
    pub async fn stop(mut self) {
        self.signal("TERM");
        assert!(self.ended().await.success(), "{}", self.log());
    }

    /// Its open files.
    pub fn descriptors(&self) -> usize {
        fs::read_dir(format!("/proc/{}/fd", self.child.id())).unwrap().count()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // One that has ended cannot be killed.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if thread::panicking() || std::env::var_os("TEST_LOG").is_some() {
            eprintln!("{}", self.log());
        }
    }
}

/// The program on a free port and with this data directory; further options may follow.
///
/// The time is told to newcomers only, so that no test stumbles over a round hour.
pub fn command(data_dir: &Path) -> Command {
    let mut command = bare(BINARY);
    command.env("TERTULIA_SERVER_TIME_INTERVAL", "0");
    command.args(["--bind", "127.0.0.1:0", "--data-dir"]).arg(data_dir);
    command
}

/// Runs the program to its end, which should come by itself.
pub fn run(options: &[&str]) -> Output {
    bare(BINARY).args(options).output().unwrap()
}

/// A command with no environment but the path, and nothing to read.
pub fn bare(program: &str) -> Command {
    let mut command = Command::new(program);
    command.env_clear().stdin(Stdio::null());
    if let Some(path) = std::env::var_os("PATH") {
        command.env("PATH", path);
    }
    command
}

/// Sends a signal to a process.
pub fn signal(process: u32, name: &str) {
    let sent = Command::new("sh")
        .args(["-c", &format!("kill -{name} {process}")])
        .status()
        .unwrap();
    assert!(sent.success());
}

/// Reads on a thread of its own, so that the child never waits for us.
fn gather(source: impl Read + Send + 'static) -> Arc<Mutex<String>> {
    let gathered = Arc::new(Mutex::new(String::new()));
    let shared = gathered.clone();
    thread::spawn(move || {
        for line in BufReader::new(source).lines().map_while(Result::ok) {
            let mut text = shared.lock().unwrap();
            text.push_str(&line);
            text.push('\n');
        }
    });
    gathered
}
