//! `fanout`: measures how a WebSocket server broadcasts to many receivers and what an idle
//! connection costs it.

mod options;
mod report;

use clap::Parser;
use fanout::{
    client::Client,
    context::{Context, Role},
    limits,
    logins::Logins,
    marker::Marker,
    procstat,
    tally::Tally,
};
use options::Options;
use report::{LoginReport, Report, Server, SlowReaders, Traffic};
use std::{
    error::Error,
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

fn main() {
    if let Err(reason) = run(&Options::parse()) {
        eprintln!("fanout: {reason}");
        std::process::exit(1);
    }
}

fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    let connections = options.connections() as u64;
    let open_files = limits::raise_open_files(connections + 64);
    if open_files < connections + 16 {
        return Err(format!("{connections} connections need more than the {open_files} open files allowed").into());
    }
    let mut client = Client::new(context(options)?)?;
    let rss_before = procstat::rss_bytes(&procstat::process_tree(&options.server_pids));
    let mut report = open(&mut client, options)?;
    hold(&mut client, options.settle)?;
    let server_tree = procstat::process_tree(&options.server_pids);
    let rss_connected = procstat::rss_bytes(&server_tree);
    report.opening_bytes = client.context().tally.counters.received_bytes;
    report.opening_pings = client.context().tally.counters.pings;

    let is_driven = !options.idle && report.senders > 0 && report.receivers > 0;
    if is_driven {
        drive(&mut client, options, options.warmup)?;
    }
    client.context().tally.reset();
    let started = Instant::now();
    let (server_cpu, own_cpu) = (procstat::cpu_seconds(&server_tree), limits::own_cpu_seconds());
    if options.until_eof {
        hold_until_eof(&mut client)?;
    } else if options.idle {
        hold(&mut client, options.seconds)?;
    } else if is_driven {
        drive(&mut client, options, options.seconds)?;
    }
    let server_cpu = procstat::cpu_seconds(&server_tree) - server_cpu;
    let own_cpu = limits::own_cpu_seconds() - own_cpu;
    report.wall_seconds = started.elapsed().as_secs_f64();

    let counters = &client.context().tally.counters;
    let frames = counters.deliveries + counters.sender_echoes;
    if !options.server_pids.is_empty() {
        let opened = report.receivers + report.senders + client.context().ready_slow_readers;
        report.server = Some(Server {
            processes: server_tree.len(),
            server_cpu_seconds: server_cpu,
            cpu_us_per_delivery: (frames > 0).then(|| server_cpu * 1e6 / frames as f64),
            rss_before_bytes: rss_before,
            rss_connected_bytes: rss_connected,
            rss_after_bytes: procstat::rss_bytes(&server_tree),
            rss_bytes_per_connection: (rss_connected as f64 - rss_before as f64) / opened.max(1) as f64,
        });
    }
    if options.idle {
        report.heard = options.run_id.map(|_| client.context().tally.counters.late);
    } else {
        let mut traffic = traffic(&client.context().tally, report.wall_seconds, own_cpu);
        wait_for_the_last(&mut client, options)?;
        traffic.lost = client.context().tally.counters.lost;
        report.traffic = Some(traffic);
    }
    finish(&mut report, &mut client, options);
    println!("{}", serde_json::to_string_pretty(&report)?);
    if report.receivers == 0 || (report.senders == 0 && !options.idle) {
        return Err("no receiver or no sender could connect".into());
    }
    Ok(())
}

fn context(options: &Options) -> Result<Context, Box<dyn Error>> {
    Ok(Context {
        peer: options.peer,
        marker: Marker::new(options.run_id.unwrap_or(std::process::id() as u16)),
        tally: Tally::default(),
        senders: options.target(options.sender_url.as_ref().unwrap_or(&options.url))?,
        receivers: options.target(&options.url)?,
        logins: options.login().map(Logins::new),
        woken: Vec::new(),
        check_order: options.senders() == 1,
        ready_receivers: 0,
        ready_senders: 0,
        ready_slow_readers: 0,
        pinged: 0,
        failed: 0,
        first_failure: None,
    })
}

/// Opens all connections, and begins the report with how that went.
fn open(client: &mut Client, options: &Options) -> io::Result<Report> {
    let started = Instant::now();
    let patience = Duration::from_secs_f64(options.connect_timeout);
    // Senders come first, so that their indices are 0, 1, ...
    let counts = [
        (Role::Sender, options.senders()),
        (Role::Receiver, options.receivers),
        (Role::SlowReader, options.slow_readers),
    ];
    for (role, count) in counts {
        client.open(
            role,
            count,
            options.connect_concurrency,
            options.source_addresses(),
            patience,
        )?;
    }
    let context = client.context();
    if options.until_eof {
        eprintln!("connected {}", context.ready_receivers);
    }
    Ok(Report {
        label: options.label.clone(),
        receivers: context.ready_receivers,
        senders: context.ready_senders,
        payload_bytes: options.size.max(fanout::marker::LEN),
        window: options.window,
        connect_seconds: started.elapsed().as_secs_f64(),
        ..Report::default()
    })
}

/// Says how the connections did over the whole run.
fn finish(report: &mut Report, client: &mut Client, options: &Options) {
    if options.slow_readers > 0 {
        let (opened, closed) = client.slow_readers();
        report.slow_readers = Some(SlowReaders {
            opened,
            closed_by_server: closed.len(),
            first_close_seconds: closed.iter().copied().reduce(f64::min),
            last_close_seconds: closed.iter().copied().reduce(f64::max),
        });
    }
    let context = client.context();
    report.login = context.logins.as_ref().map(|logins| LoginReport {
        logins: logins.succeeded,
        login_seconds: logins.seconds(),
    });
    report.receivers_at_end = context.ready_receivers;
    report.connections_pinged = context.pinged;
    report.connections_failed = context.failed;
    report.first_failure = context.first_failure.clone();
}

fn traffic(tally: &Tally, seconds: f64, own_cpu: f64) -> Traffic {
    let counters = &tally.counters;
    let frames = counters.deliveries + counters.sender_echoes;
    Traffic {
        broadcasts: counters.broadcasts,
        broadcasts_started: tally.started(),
        deliveries: counters.deliveries,
        deliveries_per_second: counters.deliveries as f64 / seconds,
        delivery_latency: tally.delivery_latency.summary(),
        last_receiver_latency: tally.last_receiver_latency.summary(),
        lost: counters.lost,
        late: counters.late,
        duplicates: counters.duplicates,
        sender_echoes: counters.sender_echoes,
        other_frames: counters.other_frames,
        pings: counters.pings,
        received_bytes: counters.received_bytes,
        deliveries_per_read: frames as f64 / counters.reads.max(1) as f64,
        generator_cpu_us_per_delivery: own_cpu * 1e6 / frames.max(1) as f64,
        generator_cpu_share: own_cpu / seconds,
    }
}

/// Answers pings and the like for `seconds`, and sends nothing else.
fn hold(client: &mut Client, seconds: f64) -> io::Result<()> {
    let end = Instant::now() + Duration::from_secs_f64(seconds);
    while let Some(left) = end.checked_duration_since(Instant::now()) {
        client.turn(left)?;
    }
    Ok(())
}

/// The same, until whoever started this run closes its standard input.
fn hold_until_eof(client: &mut Client) -> io::Result<()> {
    let is_over = Arc::new(AtomicBool::new(false));
    let end = Arc::clone(&is_over);
    std::thread::spawn(move || {
        // An error is as good an end as any.
        let _ = io::copy(&mut io::stdin(), &mut io::sink());
        end.store(true, Ordering::Relaxed);
    });
    while !is_over.load(Ordering::Relaxed) {
        client.turn(Duration::from_millis(50))?;
    }
    Ok(())
}

/// Waits until the broadcasts in flight have reached everyone, or are given up as lost.
fn wait_for_the_last(client: &mut Client, options: &Options) -> io::Result<()> {
    let stall_timeout = Duration::from_secs_f64(options.stall_timeout);
    while client.context().tally.in_flight() > 0 {
        client.turn(Duration::from_millis(50))?;
        client.context().tally.give_up_older_than(stall_timeout, Instant::now());
    }
    Ok(())
}

/// Keeps `--window` broadcasts in flight for `seconds`. The last ones are left in flight, so
/// that a warm-up flows into the measurement without a gap.
fn drive(client: &mut Client, options: &Options, seconds: f64) -> io::Result<()> {
    let senders = options.senders();
    let started = Instant::now();
    let end = started + Duration::from_secs_f64(seconds);
    let stall_timeout = Duration::from_secs_f64(options.stall_timeout);
    let (mut body, mut message, mut publication) = (Vec::new(), Vec::new(), Vec::new());
    let (before, after) = options.template.split_once("{}").unwrap_or(("", ""));
    let mut sent = 0_u64;
    let mut next_sender = 0;
    loop {
        let now = Instant::now();
        if now >= end {
            return Ok(());
        }
        let due = if options.rate > 0.0 {
            ((now - started).as_secs_f64() * options.rate) as u64 + 1
        } else {
            u64::MAX
        };
        while client.context().tally.in_flight() < options.window && sent < due {
            let sender = open_sender(client, next_sender, senders)?;
            next_sender = (sender + 1) % senders;
            let context = client.context();
            let receivers = context.ready_receivers;
            let seq = context.tally.start_broadcast(now, receivers);
            body.clear();
            context.marker.write_body(seq, options.size, &mut body);
            message.clear();
            message.extend_from_slice(before.as_bytes());
            message.extend_from_slice(&body);
            message.extend_from_slice(after.as_bytes());
            publication.clear();
            let opcode = context.peer.publication(&message, &mut publication);
            client.queue(sender, opcode, &publication);
            sent += 1;
        }
        for sender in 0..senders {
            client.flush(sender);
        }
        client.turn(Duration::from_millis(if options.rate > 0.0 { 1 } else { 100 }))?;
        client.context().tally.give_up_older_than(stall_timeout, now);
    }
}

/// The first sender from `next` on that is still connected.
fn open_sender(client: &Client, next: usize, senders: usize) -> io::Result<usize> {
    (0..senders)
        .map(|k| (next + k) % senders)
        .find(|&sender| client.is_open(sender))
        .ok_or_else(|| io::Error::other("every sender has been disconnected"))
}
