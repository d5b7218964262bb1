//! Chats, closes and dies at random for a while, and checks at every socket that nothing was lost, doubled or wrong.
//! `scripts/soak` starts a server for it; see there.
//!
//! Each socket folds what it gets into a model: numbers of chats without a gap, and a list of users that is the
//! server's whenever the server tells it. At the end nobody may be left.

use std::{
    cell::Cell,
    collections::BTreeMap,
    error::Error,
    net::SocketAddr,
    rc::Rc,
    time::{Duration, Instant},
};

use clap::{Arg, Command, value_parser};
use futures_util::{SinkExt, StreamExt};
use reqwest::Client;
use serde_json::{Value, json};
use tokio::{net::TcpStream, task::LocalSet, time::timeout};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{self, Message, client::IntoClientRequest},
};

type Failure = Box<dyn Error>;

/// How long anything may take before it counts as stuck.
const PATIENCE: Duration = Duration::from_secs(20);

/// What all sockets of the run share.
struct Run {
    server: SocketAddr,
    http: Client,
    until: Instant,
    chats: Cell<u64>,
    lists: Cell<u64>,
    lives: Cell<u64>,
}

fn main() -> Result<(), Failure> {
    let server = Arg::new("server")
        .required(true)
        .value_parser(value_parser!(SocketAddr));
    let pid = Arg::new("pid").required(true).value_parser(value_parser!(u32));
    let seconds = Arg::new("seconds")
        .value_parser(value_parser!(u64))
        .default_value("300");
    let sockets = Arg::new("sockets")
        .value_parser(value_parser!(usize))
        .default_value("500");
    let given = Command::new("soak")
        .arg(server)
        .arg(pid)
        .arg(seconds)
        .arg(sockets)
        .get_matches();
    let (seconds, sockets) = (
        *given.get_one("seconds").expect("default"),
        *given.get_one("sockets").expect("default"),
    );
    let run = Rc::new(Run {
        server: *given.get_one("server").expect("required"),
        http: Client::builder().pool_max_idle_per_host(0).build()?,
        until: Instant::now() + Duration::from_secs(seconds),
        chats: Cell::default(),
        lists: Cell::default(),
        lives: Cell::default(),
    });
    let pid = *given.get_one("pid").expect("required");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(LocalSet::new().run_until(soak(run, pid, seconds, sockets)))
}

async fn soak(run: Rc<Run>, pid: u32, seconds: u64, sockets: usize) -> Result<(), Failure> {
    let people: Vec<_> = (0..sockets)
        .map(|number| {
            let run = run.clone();
            tokio::task::spawn_local(async move { live(&run, number).await.map_err(|error| error.to_string()) })
        })
        .collect();
    // Memory is compared between a quarter of the way, when all is warm, and the end.
    tokio::time::sleep(Duration::from_secs(seconds / 4)).await;
    let warm = resident_bytes(pid)?;
    for person in people {
        person.await??;
    }
    let end = resident_bytes(pid)?;
    let left = all_gone(&run).await?;
    println!(
        "{} lives, {} chats heard, {} lists compared; resident {} KiB warm, {} KiB at the end, {} KiB when all are gone",
        run.lives.get(),
        run.chats.get(),
        run.lists.get(),
        warm / 1024,
        end / 1024,
        resident_bytes(pid)? / 1024,
    );
    if end > warm + warm / 10 + (2 << 20) {
        return Err("memory grew by more than a tenth and 2 MiB".into());
    }
    match left.as_str() {
        "" => Ok(()),
        left => Err(format!("not all is back where it was: {left}").into()),
    }
}

/// One place at the table: somebody comes, talks, goes somehow, and comes again as somebody else or the same.
async fn live(run: &Run, number: usize) -> Result<(), Failure> {
    let mut dice = Dice::new(number as u64);
    while Instant::now() < run.until {
        // Half of the places belong to people who have two.
        let name = format!("u{}-{}", number / 2, dice.below(3));
        let cookie = sign_in(run, &name).await?;
        let Some(cookie) = cookie else {
            // The other place has that name just now.
            tokio::time::sleep(Duration::from_millis(50 + dice.below(200))).await;
            continue;
        };
        for _ in 0..=dice.below(3) {
            run.lives.set(run.lives.get() + 1);
            visit(run, &cookie, &mut dice)
                .await
                .map_err(|error| format!("{name}: {error}"))?;
        }
        if dice.below(2) == 0 {
            let url = format!("http://{}/session", run.server);
            run.http
                .delete(url)
                .header("cookie", &cookie)
                .send()
                .await?
                .error_for_status()?;
        }
    }
    Ok(())
}

async fn sign_in(run: &Run, name: &str) -> Result<Option<String>, Failure> {
    let request = run
        .http
        .post(format!("http://{}/session", run.server))
        .json(&json!({ "name": name }));
    let answer = timeout(PATIENCE, request.send()).await??;
    if answer.status() == 409 {
        return Ok(None);
    }
    let answer = answer.error_for_status()?;
    let cookie = answer.headers().get("set-cookie").ok_or("no cookie")?.to_str()?;
    Ok(cookie.split(';').next().map(str::to_owned))
}

/// From a handshake to an end of one kind or another.
async fn visit(run: &Run, cookie: &str, dice: &mut Dice) -> Result<(), Failure> {
    let stream = TcpStream::connect(run.server).await?;
    let mut request = format!("ws://{}/ws", run.server).into_client_request()?;
    request.headers_mut().insert("cookie", cookie.parse()?);
    request
        .headers_mut()
        .insert("sec-websocket-protocol", "tertulia.v1".parse()?);
    let (mut socket, _) = match timeout(PATIENCE, client_async(request, stream)).await? {
        Ok(open) => open,
        // Somebody logged this person out meanwhile.
        Err(tungstenite::Error::Http(answer)) if answer.status() == 401 => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    let mut model = Model::default();
    for _ in 0..dice.below(20) {
        let command = match dice.below(3) {
            0 => json!({ "type": "user-list" }),
            _ => json!({ "type": "say", "text": "so ".repeat(1 + dice.below(200) as usize) }),
        };
        if socket.send(Message::text(command.to_string())).await.is_err() {
            return Ok(());
        }
        let pause = Instant::now() + Duration::from_millis(dice.below(2000));
        while let Ok(next) = tokio::time::timeout_at(pause.into(), socket.next()).await {
            match next {
                Some(Ok(Message::Text(text))) => model.fold(run, &serde_json::from_str(&text)?)?,
                Some(Ok(Message::Close(_))) | Some(Err(_)) | None => return Ok(()),
                Some(Ok(_)) => {}
            }
        }
    }
    part(socket, dice).await;
    Ok(())
}

/// The ways to go: in good order, by reset, by an end without a close frame.
async fn part(mut socket: WebSocketStream<TcpStream>, dice: &mut Dice) {
    match dice.below(3) {
        0 => {
            if socket.close(None).await.is_ok() {
                let rest = async { while let Some(Ok(_)) = socket.next().await {} };
                let _ = timeout(PATIENCE, rest).await;
            }
        }
        1 => drop(socket2::SockRef::from(socket.get_ref()).set_linger(Some(Duration::ZERO))),
        _ => drop(socket),
    }
}

/// What one socket knows, by the rules of `docs/protocol.md`.
#[derive(Default)]
struct Model {
    last_chat: Option<u64>,
    version: u64,
    users: BTreeMap<String, String>,
}

impl Model {
    fn fold(&mut self, run: &Run, frame: &Value) -> Result<(), Failure> {
        let number = |key: &str| frame[key].as_u64().ok_or_else(|| format!("no {key} in {frame}"));
        let text = |value: &Value| {
            value
                .as_str()
                .map(str::to_owned)
                .ok_or_else(|| format!("no text in {frame}"))
        };
        match frame["type"].as_str() {
            Some("chat") => {
                let id = number("id")?;
                if self.last_chat.is_some_and(|last| id != last + 1) {
                    return Err(format!("chat {id} came after {:?}", self.last_chat).into());
                }
                self.last_chat = Some(id);
                run.chats.set(run.chats.get() + 1);
            }
            Some("user-list") => {
                let mut users = BTreeMap::new();
                for user in frame["users"].as_array().ok_or("no users")? {
                    users.insert(text(&user["id"])?, text(&user["name"])?);
                }
                let version = number("version")?;
                if self.version == version && self.users != users {
                    return Err(format!("at version {version} the list differs: {:?} {users:?}", self.users).into());
                }
                if version < self.version {
                    return Err(format!("the list of {version} came after the change to {}", self.version).into());
                }
                (self.version, self.users) = (version, users);
                run.lists.set(run.lists.get() + 1);
            }
            Some(kind @ ("online" | "offline" | "dropped")) => {
                let version = number("version")?;
                // What the list reflects already may still come.
                if version > self.version {
                    if version != self.version + 1 {
                        return Err(format!("change {version} came after {}", self.version).into());
                    }
                    self.version = version;
                    let (id, name) = (text(&frame["user"]["id"])?, text(&frame["user"]["name"])?);
                    let is_new = match kind {
                        "online" => self.users.insert(id, name).is_none(),
                        _ => self.users.remove(&id).is_some(),
                    };
                    if !is_new {
                        return Err(format!("told twice: {frame}").into());
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }
}

/// Waits until the server counts nobody; what is left if it does not come to that.
async fn all_gone(run: &Run) -> Result<String, Failure> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let metrics = run
            .http
            .get(format!("http://{}/metrics", run.server))
            .send()
            .await?
            .text()
            .await?;
        let gone = [
            "tertulia_sockets 0",
            "tertulia_connections 0",
            "tertulia_users 0",
            "tertulia_backlog_bytes 0",
        ];
        let left: Vec<_> = gone
            .into_iter()
            .filter(|line| !metrics.lines().any(|found| found == *line))
            .collect();
        if left.is_empty() || Instant::now() > deadline {
            return Ok(left.join(", "));
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn resident_bytes(pid: u32) -> Result<u64, Failure> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .ok_or("no VmRSS")?;
    Ok(1024 * line.trim().trim_end_matches(" kB").parse::<u64>()?)
}

/// Random enough, and the same for the same place in every run (xorshift64*, Vigna 2016).
struct Dice(u64);

impl Dice {
    fn new(seed: u64) -> Self {
        Self((seed + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % end
    }
}
