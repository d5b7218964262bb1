//! The operator's view, as its page asks it: over HTTP, with a token and a cookie.

mod bans;
mod kick;
mod login;
mod people;
mod views;

use std::{
    fs,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::Path,
};

use reqwest::{Method, Response};
use serde_json::{Value, json};
use tokio::net::TcpSocket;

use crate::{
    app::TestApp,
    peer::{Person, Socket, V1, http, within},
};

/// The token of a server, as an operator reads it.
pub async fn token(address: SocketAddr, data_dir: &Path) -> String {
    // One that is only about to start has none yet.
    let answer = http().get(format!("http://{address}/healthz")).send().await.unwrap();
    assert!(answer.status() == 200 || answer.status() == 404);
    let text = fs::read_to_string(data_dir.join("admin-token")).unwrap();
    text.trim().to_owned()
}

/// Somebody who has signed in to the view.
pub struct Operator {
    address: SocketAddr,
    pub cookie: String,
}

impl Operator {
    pub async fn sign_in(app: &TestApp) -> Self {
        Self::sign_in_at(app.address, app.data_dir()).await
    }

    pub async fn sign_in_at(address: SocketAddr, data_dir: &Path) -> Self {
        let answer = try_token(address, &token(address, data_dir).await).await;
        assert_eq!(answer.status(), 200);
        let cookie = answer.headers()["set-cookie"].to_str().unwrap();
        let cookie = cookie.split(';').next().unwrap().to_owned();
        Self { address, cookie }
    }

    pub async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> (u16, Value) {
        let request = http().request(method, format!("http://{}/admin/api/{path}", self.address));
        let request = request.header("cookie", &self.cookie);
        let request = match body {
            Some(body) => request.json(&body),
            None => request,
        };
        read(request.send().await.unwrap()).await
    }

    /// What a route shows.
    pub async fn get(&self, path: &str) -> Value {
        let (status, body) = self.ask(Method::GET, path, None).await;
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    pub async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        self.ask(Method::POST, path, Some(body)).await
    }

    /// The users whose name has `query` in it.
    pub async fn users(&self, query: &str) -> Value {
        self.get(&format!("users?query={query}")).await["users"].clone()
    }
}

/// The status, and the body if there is one.
pub async fn read(answer: Response) -> (u16, Value) {
    let status = answer.status().as_u16();
    let text = answer.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::Null))
}

/// Tries a token.
pub async fn try_token(address: SocketAddr, token: &str) -> Response {
    let url = format!("http://{address}/admin/login");
    http().post(url).json(&json!({ "token": token })).send().await.unwrap()
}

/// An address of this machine that is not the operator's.
pub const ELSEWHERE: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 7));

/// Takes a name from another address; or what it was refused with.
pub async fn sign_in_from(from: IpAddr, address: SocketAddr, name: &str) -> Result<Person, (u16, Value)> {
    let client = reqwest::Client::builder()
        .no_proxy()
        .local_address(from)
        .build()
        .unwrap();
    let request = client.post(format!("http://{address}/session"));
    let answer = request.json(&json!({ "name": name })).send().await.unwrap();
    if answer.status() != 201 {
        return Err(read(answer).await);
    }
    let cookie = answer.headers()["set-cookie"].to_str().unwrap();
    let cookie = cookie.split(';').next().unwrap().to_owned();
    let id = read(answer).await.1["id"].as_str().unwrap().to_owned();
    Ok(Person {
        address,
        id,
        name: name.to_owned(),
        cookie,
    })
}

/// Opens a socket from another address; or the status and the body of the refusal.
pub async fn open_from(from: IpAddr, person: &Person) -> Result<Socket, (u16, Value)> {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((from, 0).into()).unwrap();
    let stream = within("TCP connection", socket.connect(person.address)).await.unwrap();
    let opened = person.try_open_on(stream, V1).await;
    opened.map_err(|refusal| {
        let body = refusal.body().as_deref().unwrap_or_default();
        (
            refusal.status().as_u16(),
            serde_json::from_slice(body).unwrap_or(Value::Null),
        )
    })
}

/// Takes a name from another address, opens a socket and is greeted.
pub async fn connect_from(from: IpAddr, address: SocketAddr, name: &str) -> (Person, Socket) {
    let person = sign_in_from(from, address, name).await.unwrap();
    let socket = open_from(from, &person).await.unwrap();
    (person, socket.greeted().await)
}
