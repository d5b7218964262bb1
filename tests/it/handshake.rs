//! The opening handshake (RFC 6455 section 4.2), by a foreign client and letter by letter.

use crate::{
    app::spawn_echo,
    raw::{RawSocket, Request},
};
use tertulia::Rules;

#[tokio::test]
async fn harness_works() {
    let app = spawn_echo(Rules::default());
    let mut s = RawSocket::open_echo(app.address).await;
    s.write(&crate::raw::frame(0x81, b"hi")).await;
    assert_eq!(s.frame().await.payload, b"hi");
    let chat = crate::app::spawn_app(Default::default());
    let mut ada = chat.connect("Ada").await;
    ada.hears_only("x").await;
    let _ = Request::new("GET", "/", app.address);
}
