//! A file as it is served: its bytes, and the same bytes compressed once for all who ask.

use std::{io::Write, sync::Arc};

use actix_web::{
    HttpRequest,
    http::header::{AcceptEncoding, Encoding, Header},
    web,
};
use bytes::Bytes;
use sha2::{Digest, Sha256};
use tokio::sync::OnceCell;

/// Small and slow, once for each file; builds for development take minutes for that.
const BROTLI: i32 = if cfg!(debug_assertions) { 4 } else { 11 };
const BROTLI_WINDOW: i32 = 22;

/// How the bytes are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    Plain,
    Gzip,
    Brotli,
}

impl Coding {
    /// The best that the reader takes.
    pub fn of(request: &HttpRequest) -> Self {
        let ours = [Encoding::brotli(), Encoding::gzip(), Encoding::identity()];
        let best = AcceptEncoding::parse(request)
            .ok()
            .and_then(|accepted| accepted.negotiate(ours.iter()));
        match best {
            Some(best) if best == Encoding::brotli() => Self::Brotli,
            Some(best) if best == Encoding::gzip() => Self::Gzip,
            _ => Self::Plain,
        }
    }

    /// As the header has it; nothing for bytes as they are.
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Gzip => Some("gzip"),
            Self::Brotli => Some("br"),
        }
    }
}

type Compress = fn(&[u8]) -> Vec<u8>;

/// One file, in one language.
#[derive(Debug)]
pub(super) struct Item {
    /// Its content type.
    pub kind: String,
    /// A word that changes with the bytes.
    pub digest: String,
    /// The policy it is served with, if that is not the one of all.
    pub policy: Option<String>,
    bytes: Bytes,
    gzip: OnceCell<Bytes>,
    brotli: OnceCell<Bytes>,
}

impl Item {
    pub fn new(kind: String, bytes: Bytes, policy: Option<String>) -> Self {
        let digest = Sha256::digest(&bytes);
        Self {
            kind,
            digest: digest[..8].iter().map(|byte| format!("{byte:02x}")).collect(),
            policy,
            bytes,
            gzip: OnceCell::new(),
            brotli: OnceCell::new(),
        }
    }

    /// Whether compressing gains anything: pictures are compressed already.
    pub fn is_text(&self) -> bool {
        self.kind.contains("charset") || self.kind.contains("svg")
    }

    /// The bytes in a coding. The first who asks waits until they are compressed, on a thread where nobody else waits.
    pub async fn bytes(self: &Arc<Self>, coding: Coding) -> Bytes {
        let (cell, compress): (_, Compress) = match coding {
            Coding::Plain => return self.bytes.clone(),
            Coding::Gzip => (&self.gzip, gzip),
            Coding::Brotli => (&self.brotli, brotli),
        };
        let plain = self.bytes.clone();
        let made = cell.get_or_try_init(|| async move { web::block(move || Bytes::from(compress(&plain))).await });
        made.await.cloned().expect("compressing bytes in memory does not panic")
    }

    /// In no coding, at once.
    #[cfg(test)]
    pub fn plain(&self) -> &str {
        std::str::from_utf8(&self.bytes).expect("a test asks for text")
    }
}

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder
        .write_all(plain)
        .and_then(|()| encoder.finish())
        .expect("memory takes all")
}

fn brotli(mut plain: &[u8]) -> Vec<u8> {
    let mut compressed = Vec::new();
    let params = brotli::enc::BrotliEncoderParams {
        quality: BROTLI,
        lgwin: BROTLI_WINDOW,
        size_hint: plain.len(),
        ..Default::default()
    };
    brotli::BrotliCompress(&mut plain, &mut compressed, &params).expect("memory takes all");
    compressed
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn reader_gets_the_best_coding_it_takes() {
        let cases = [
            (None, Coding::Plain),
            (Some("gzip, deflate, br, zstd"), Coding::Brotli),
            (Some("gzip, deflate"), Coding::Gzip),
            (Some("br;q=0, gzip"), Coding::Gzip),
            (Some("zstd"), Coding::Plain),
            (Some("identity"), Coding::Plain),
            (Some(""), Coding::Plain),
        ];
        for (header, expected) in cases {
            let mut request = TestRequest::default();
            if let Some(value) = header {
                request = request.insert_header(("accept-encoding", value));
            }
            assert_eq!(Coding::of(&request.to_http_request()), expected, "{header:?}");
        }
    }

    #[test]
    fn what_is_compressed_comes_out_again() {
        let text = "a tile, a tile, and a tile ".repeat(100);
        let mut back = String::new();
        flate2::read::GzDecoder::new(&gzip(text.as_bytes())[..])
            .read_to_string(&mut back)
            .unwrap();
        assert_eq!(back, text);
        let (mut back, small) = (Vec::new(), brotli(text.as_bytes()));
        brotli::BrotliDecompress(&mut &small[..], &mut back).unwrap();
        assert_eq!(back, text.as_bytes());
        assert!(small.len() < text.len() / 10);
    }
}
