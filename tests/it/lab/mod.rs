//! The lab: what the server tells of one's own sockets, and what one may do to them.

mod deeds;
mod document;
mod foreign;
mod source;
mod watching;

use serde_json::{Value, json};

use crate::peer::{Person, Socket};

/// A socket of the lab, greeted. Nobody watches yet.
async fn open(person: &Person) -> Socket {
    let socket = person.come_back("lab=1").await;
    socket
        .unwrap_or_else(|refusal| panic!("no socket: {refusal:?}"))
        .greeted()
        .await
}

/// A socket that watches.
async fn watch(person: &Person) -> Socket {
    let mut socket = open(person).await;
    socket.command(json!({ "type": "lab", "do": "watch" })).await;
    socket
}

/// What the lab tells, up to the next of this kind.
async fn until(socket: &mut Socket, kind: &str) -> Vec<Value> {
    let mut told = Vec::new();
    loop {
        let frame = socket.next_of("lab").await;
        document::check(std::slice::from_ref(&frame));
        let is_last = frame["kind"] == kind;
        told.push(frame);
        if is_last {
            return told;
        }
    }
}

/// The next of this kind.
async fn next(socket: &mut Socket, kind: &str) -> Value {
    until(socket, kind).await.pop().unwrap()
}

/// All that the journal of this person holds.
async fn journal(person: &Person) -> Vec<Value> {
    let mut socket = watch(person).await;
    let newest = next(&mut socket, "watching").await["seq"].clone();
    let mut told = Vec::new();
    loop {
        told.push(socket.next_of("lab").await);
        document::check(&told[told.len() - 1..]);
        if told.last().is_some_and(|frame| frame["seq"] == newest) {
            return told;
        }
    }
}

/// The newest of this kind.
fn last<'a>(told: &'a [Value], kind: &str) -> &'a Value {
    let found = told.iter().rfind(|frame| frame["kind"] == kind);
    found.unwrap_or_else(|| panic!("no {kind}: {told:#?}"))
}

fn kinds(told: &[Value]) -> Vec<&str> {
    told.iter().map(|frame| frame["kind"].as_str().unwrap()).collect()
}
