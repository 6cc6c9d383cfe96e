use {
    super::http::Client,
    crate::{encode::percent, error::Error},
    longplay_store::Donor,
    std::io::Read,
};

/// Another copy of the tranches on the web: what `release` publishes, or the
/// folder of tranches itself. Lost bytes are fetched from it, each range by one
/// request.
pub struct Mirror {
    client: Client,
    base: String,
}

impl Mirror {
    /// `url` is the address of the folder in which the tranches lie.
    pub fn new(url: &str) -> Self {
        let base = url.split(['?', '#']).next().unwrap_or(url);
        Self {
            client: Client::new(),
            base: base.trim_end_matches('/').into(),
        }
    }

    /// Bytes that were fetched so far.
    pub fn bytes(&self) -> u64 {
        self.client.bytes()
    }

    /// Requests so far.
    pub fn requests(&self) -> u64 {
        self.client.requests()
    }

    fn url(&self, path: &str) -> String {
        let path: Vec<String> = path.split('/').map(percent).collect();
        format!("{}/{}", self.base, path.join("/"))
    }
}

impl Donor for Mirror {
    fn range(&self, path: &str, offset: u64, length: u64) -> Result<Vec<u8>, String> {
        let body = self.client.range(&self.url(path), offset, length, 0);
        read(body.map_err(in_words)?)
    }

    fn whole(&self, path: &str, most: u64) -> Result<Vec<u8>, String> {
        let body = self.client.stream(&self.url(path)).map_err(in_words)?;
        let bytes = read(body.take(most + 1))?;
        match bytes.len() as u64 > most {
            true => Err(format!("it is longer than {most} bytes")),
            false => Ok(bytes),
        }
    }
}

fn read(mut body: impl Read) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let read = body.read_to_end(&mut bytes);
    read.map(|_| bytes).map_err(|error| error.to_string())
}

/// The error with its causes.
fn in_words(error: Error) -> String {
    let mut text = error.to_string();
    let mut next = std::error::Error::source(&error);
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    text
}
