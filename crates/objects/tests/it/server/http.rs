//! As much of HTTP/1.1 as the server needs.

use std::io::{self, BufRead, Write};

pub struct Request {
    pub method: String,
    /// As it was sent, encoded.
    pub path: String,
    pub query: Vec<(String, String)>,
    /// Names in small letters.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

pub struct Answer {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
    /// What `Content-Length` says, where the body is not sent.
    pub length: Option<usize>,
}

impl Request {
    /// None when the other side has nothing more to ask.
    pub fn read(input: &mut impl BufRead) -> io::Result<Option<Self>> {
        let line = read_line(input)?;
        let mut words = line.split(' ');
        let (Some(method), Some(target)) = (words.next(), words.next()) else {
            return Ok(None);
        };
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut request = Self {
            method: method.to_owned(),
            path: path.to_owned(),
            query: pairs(query),
            headers: Vec::new(),
            body: Vec::new(),
        };
        loop {
            let line = read_line(input)?;
            let Some((name, value)) = line.split_once(':') else {
                break;
            };
            let name = name.to_ascii_lowercase();
            request.headers.push((name, value.trim().to_owned()));
        }
        let length = request.header("content-length");
        let length = length.map_or(0, |text| text.parse().unwrap());
        request.body.resize(length, 0);
        input.read_exact(&mut request.body)?;
        Ok(Some(request))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    pub fn asked(&self, name: &str) -> Option<&str> {
        let found = self.query.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }
}

fn read_line(input: &mut impl BufRead) -> io::Result<String> {
    let mut line = String::new();
    input.read_line(&mut line)?;
    Ok(line.trim_end().to_owned())
}

fn pairs(query: &str) -> Vec<(String, String)> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let pair = |pair: &str| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decoded(name), decoded(value))
    };
    pairs.map(pair).collect()
}

pub fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digits: Vec<u8> = rest.by_ref().take(2).collect();
                u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
            }
            b'+' => b' ',
            byte => byte,
        });
    }
    String::from_utf8(bytes).unwrap()
}

/// All but the letters that never need it; `/` too, unless it is kept.
pub fn encoded(text: &str, kept: &[u8]) -> String {
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~".contains(byte);
    text.bytes()
        .map(|byte| match is_plain(&byte) || kept.contains(&byte) {
            true => char::from(byte).to_string(),
            false => format!("%{byte:02X}"),
        })
        .collect()
}

impl Answer {
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: body.into(),
            length: None,
        }
    }

    pub fn xml(name: &str, inside: &str) -> Self {
        let head = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
        Self::new(200, format!("{head}<{name}>{inside}</{name}>"))
    }

    pub fn error(status: u16, code: &str) -> Self {
        let inside = format!("<Code>{code}</Code><Message>as the test wants it</Message>");
        Self {
            status,
            ..Self::xml("Error", &inside)
        }
    }

    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// At most `most` bytes of the body; how many were sent.
    pub fn write(&self, output: &mut impl Write, most: usize) -> io::Result<usize> {
        let length = self.length.unwrap_or(self.body.len());
        let mut head = format!(
            "HTTP/1.1 {} Said\r\nContent-Length: {length}\r\n",
            self.status
        );
        for (name, value) in &self.headers {
            head += &format!("{name}: {value}\r\n");
        }
        output.write_all(format!("{head}\r\n").as_bytes())?;
        let body = &self.body[..most.min(self.body.len())];
        output.write_all(body)?;
        output.flush()?;
        Ok(body.len())
    }
}
