use {
    crate::error::Error,
    std::{
        io::{self, Read},
        sync::{
            Arc,
            atomic::{AtomicU64, Ordering},
        },
        time::Duration,
    },
    ureq::{Agent, Body, http::Response, http::header::CONTENT_RANGE},
};

/// Fetches over HTTP and counts what it fetches. It uses no proxy of the
/// environment, and compression is declined so that ranges are those of the
/// file.
pub struct Client {
    agent: Agent,
    requests: AtomicU64,
    bytes: Arc<AtomicU64>,
}

const PATIENCE: Duration = Duration::from_secs(60);

impl Client {
    pub fn new() -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .proxy(None)
            .accept_encoding("identity")
            .user_agent("longplay")
            .timeout_connect(Some(PATIENCE))
            .timeout_recv_response(Some(PATIENCE))
            .timeout_per_read(Some(PATIENCE));
        Self {
            agent: config.build().new_agent(),
            requests: AtomicU64::new(0),
            bytes: Arc::default(),
        }
    }

    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// Bytes of bodies that were read.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// All of a file.
    pub fn stream(&self, url: &str) -> Result<impl Read + use<>, Error> {
        let response = self.send(url, None)?;
        match response.status().as_u16() {
            200 => Ok(self.body(response)),
            status => Err(refused(url, status)),
        }
    }

    /// Exactly `length` bytes from `offset` on, by one request. From a server
    /// that gives the whole file instead, what stands before is read and
    /// dropped, at most `skip_at_most` bytes.
    pub fn range(
        &self,
        url: &str,
        offset: u64,
        length: u64,
        skip_at_most: u64,
    ) -> Result<Box<dyn Read>, Error> {
        let (first, last) = (offset, offset.saturating_add(length) - 1);
        let response = self.send(url, Some(format!("bytes={first}-{last}")))?;
        match response.status().as_u16() {
            206 => {
                check_range(url, &response, first, last)?;
                Ok(Box::new(self.body(response).take(length)))
            }
            200 if offset <= skip_at_most => {
                let mut body = self.body(response);
                skip(url, &mut body, offset)?;
                Ok(Box::new(body.take(length)))
            }
            200 => Err(Error::IgnoresRange {
                url: url.into(),
                skip: offset,
                limit: skip_at_most,
            }),
            status => Err(refused(url, status)),
        }
    }

    /// Counts a request that another made, and what it brings.
    pub fn counted<R: Read>(&self, body: R) -> impl Read + use<R> {
        self.requests.fetch_add(1, Ordering::Relaxed);
        Counted {
            body,
            bytes: Arc::clone(&self.bytes),
        }
    }

    fn send(&self, url: &str, range: Option<String>) -> Result<Response<Body>, Error> {
        self.requests.fetch_add(1, Ordering::Relaxed);
        let mut request = self.agent.get(url);
        if let Some(range) = range {
            request = request.header("Range", range);
        }
        request.call().map_err(|source| Error::Fetch {
            url: url.into(),
            source: Box::new(source),
        })
    }

    fn body(&self, response: Response<Body>) -> Counted<impl Read + use<>> {
        let body = response.into_body().into_with_config().limit(u64::MAX);
        Counted {
            body: body.reader(),
            bytes: Arc::clone(&self.bytes),
        }
    }
}

fn refused(url: &str, status: u16) -> Error {
    Error::Refused {
        url: url.into(),
        status,
    }
}

/// RFC 9110 §14.4: `bytes first-last/length`, the length may be `*`.
fn check_range(url: &str, response: &Response<Body>, first: u64, last: u64) -> Result<(), Error> {
    let found = response
        .headers()
        .get(CONTENT_RANGE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let range = found.strip_prefix("bytes ").unwrap_or_default();
    let (range, _) = range.split_once('/').unwrap_or_default();
    match range == format!("{first}-{last}") {
        true => Ok(()),
        false => Err(Error::WrongRange {
            url: url.into(),
            found: found.into(),
            first,
            last,
        }),
    }
}

fn skip(url: &str, body: &mut impl Read, bytes: u64) -> Result<(), Error> {
    io::copy(&mut body.take(bytes), &mut io::sink())
        .map(drop)
        .map_err(|source| Error::ReadStream {
            place: url.into(),
            source,
        })
}

struct Counted<R> {
    body: R,
    bytes: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.body.read(buffer)?;
        self.bytes.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}
