use futures_util::{SinkExt, StreamExt};
use tokio_tungstenite::tungstenite::Message;

#[tokio::test]
async fn dependencies_link() {
    let _ = reqwest::Client::builder().cookie_store(true).build().unwrap();
    let _ = Message::text("x");
    fn is_sink<S: futures_util::Sink<Message> + StreamExt>() {}
    is_sink::<tokio_tungstenite::WebSocketStream<tokio::net::TcpStream>>();
    let _ = |mut s: tokio_tungstenite::WebSocketStream<tokio::net::TcpStream>| async move {
        s.send(Message::text("x")).await
    };
}
