//! The network of one client: a relay that passes bytes on until it has passed as many as chance allows, and then cuts.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{ReadHalf, WriteHalf},
    },
    sync::watch,
    task::JoinSet,
};

use super::dice::Dice;
use crate::peer::reset;

/// What all relays have in common.
#[derive(Clone)]
pub struct Sky {
    /// Where the server is. While it is nowhere, whoever comes waits.
    pub server: watch::Receiver<Option<SocketAddr>>,
    /// Nothing is cut any more.
    pub is_calm: Arc<AtomicBool>,
    pub cuts: Arc<Cuts>,
}

/// How many connections were cut, and where.
#[derive(Debug, Default)]
pub struct Cuts {
    /// Before a byte of the server had passed.
    pub unanswered: AtomicU64,
    pub downwards: AtomicU64,
    pub upwards: AtomicU64,
    /// Those whose predecessor was cut before the greeting could be through.
    pub in_a_row: AtomicU64,
}

/// How far one connection comes.
#[derive(Clone, Copy)]
struct Plan {
    /// Bytes to the server, and from it.
    up: u64,
    down: u64,
    /// Whether the end is a reset, which takes along what the other side has not read yet.
    is_reset: bool,
}

/// Fewer bytes than this from the server are no greeting.
const GREETING_BYTES: u64 = 500;

impl Plan {
    fn draw(dice: &mut Dice) -> Self {
        let (up, down) = match dice.below(8) {
            0 => (u64::MAX, 0),
            1 => (u64::MAX, dice.below(GREETING_BYTES)),
            2 | 3 => (300 + dice.below(4_000), u64::MAX),
            _ => (u64::MAX, dice.below(40_000)),
        };
        Self {
            up,
            down,
            is_reset: dice.is_one_in(2),
        }
    }
}

/// Listens as long as it lives.
pub struct Relay {
    pub address: SocketAddr,
    _tasks: JoinSet<()>,
}

impl Relay {
    pub async fn start(sky: Sky, seed: u64) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut tasks = JoinSet::new();
        tasks.spawn(listen(listener, sky, seed));
        Self { address, _tasks: tasks }
    }
}

async fn listen(listener: TcpListener, sky: Sky, seed: u64) {
    let mut connections = JoinSet::new();
    let mut was_early = false;
    for number in 0.. {
        let (client, _) = listener.accept().await.unwrap();
        let plan = Plan::draw(&mut Dice::new(seed, number));
        let is_early = plan.down < GREETING_BYTES;
        if was_early && is_early && !sky.is_calm.load(Relaxed) {
            sky.cuts.in_a_row.fetch_add(1, Relaxed);
        }
        was_early = is_early;
        connections.spawn(pass(client, sky.clone(), plan));
        while connections.try_join_next().is_some() {}
    }
}

async fn pass(mut client: TcpStream, mut sky: Sky, plan: Plan) {
    let address = {
        let server = sky.server.wait_for(Option::is_some).await.expect("the storm goes on");
        server.expect("waited for")
    };
    // One that has just ended is not there any more, and neither is this connection.
    let Ok(mut server) = TcpStream::connect(address).await else {
        return;
    };
    let is_cut = {
        let (client_reads, client_writes) = client.split();
        let (server_reads, server_writes) = server.split();
        tokio::select! {
            is_cut = carry(client_reads, server_writes, plan.up, &sky, &sky.cuts.upwards) => is_cut,
            is_cut = carry(server_reads, client_writes, plan.down, &sky, match plan.down {
                0 => &sky.cuts.unanswered,
                _ => &sky.cuts.downwards,
            }) => is_cut,
        }
    };
    if is_cut && plan.is_reset {
        reset(&client);
        reset(&server);
    }
}

/// Whether it ended by a cut, after `limit` bytes, which then counts.
async fn carry(mut from: ReadHalf<'_>, mut to: WriteHalf<'_>, limit: u64, sky: &Sky, count: &AtomicU64) -> bool {
    let mut buffer = vec![0; 16 * 1024];
    let mut left = limit;
    loop {
        let Ok(read @ 1..) = from.read(&mut buffer).await else {
            return false;
        };
        let is_cut = left < read as u64 && !sky.is_calm.load(Relaxed);
        let passes = if is_cut { left as usize } else { read };
        if to.write_all(&buffer[..passes]).await.is_err() {
            return false;
        }
        if is_cut {
            count.fetch_add(1, Relaxed);
            return true;
        }
        left = left.saturating_sub(read as u64);
    }
}
