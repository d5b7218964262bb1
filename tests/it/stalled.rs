//! Peers that stall in the middle of HTTP hold a connection for seconds, not for ever.

use socket2::{Domain, Socket, Type};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{
    peer::{Person, within},
    program::Program,
};

#[tokio::test]
async fn body_that_does_not_come_is_answered_408() {
    let app = Program::start(&[]);
    let mut stream = TcpStream::connect(app.address).await.unwrap();
    let head = format!(
        "POST /session HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{{",
        app.address
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let mut buffer = [0; 4096];
    while !String::from_utf8_lossy(&answer).contains("body-too-slow") {
        let count = within("an answer", stream.read(&mut buffer)).await.unwrap();
        assert_ne!(count, 0, "{}", String::from_utf8_lossy(&answer));
        answer.extend_from_slice(&buffer[..count]);
    }
    assert!(answer.starts_with(b"HTTP/1.1 408 "));
}

#[tokio::test]
async fn peer_that_takes_no_answer_is_let_go() {
    let app = Program::start(&[]);
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    socket.connect(&app.address.into()).unwrap();
    socket.set_nonblocking(true).unwrap();
    let mut stream = TcpStream::from_std(socket.into()).unwrap();
    let request = format!("GET /state.js HTTP/1.1\r\nHost: {}\r\n\r\n", app.address);
    // Asks without end, and takes nothing: in the end the server resets the connection, and the write fails.
    let asking = async { while stream.write_all(request.as_bytes()).await.is_ok() {} };
    within("the end of patience", asking).await;
    // Nobody else felt it.
    let mut ada = Person::sign_in(app.address, "Ada").await.connect().await;
    ada.hears_only("marker").await;
}
