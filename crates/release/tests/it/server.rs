//! A web server for one folder, as small as can be, that counts.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

/// How the server treats Range.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    Correct,
    /// Always the whole file.
    Whole,
    /// 206, and another range than asked for.
    Shifted,
}

pub struct Server {
    pub url: String,
    /// Request lines with their Range.
    pub requests: Arc<Mutex<Vec<String>>>,
    /// Bytes of bodies that were sent.
    pub bytes: Arc<AtomicU64>,
}

impl Server {
    pub fn start(root: &Path, manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Self {
            url: format!("http://{}/music", listener.local_addr().unwrap()),
            requests: Arc::default(),
            bytes: Arc::default(),
        };
        let (requests, bytes) = (Arc::clone(&server.requests), Arc::clone(&server.bytes));
        let root = root.to_owned();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // The client may have gone away, which is no matter here.
                let _ = answer(stream, &root, manner, &requests, &bytes);
            }
        });
        server
    }
}

fn answer(
    mut stream: TcpStream,
    root: &Path,
    manner: Manner,
    requests: &Mutex<Vec<String>>,
    bytes: &AtomicU64,
) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let request = lines.next().unwrap()?;
    let mut range = None;
    for line in lines {
        let line = line?;
        if line.is_empty() {
            break;
        }
        if line.to_lowercase().starts_with("range: ") {
            range = Some(line[7..].to_owned());
        }
    }
    let path = request
        .split(' ')
        .nth(1)
        .unwrap()
        .trim_start_matches("/music/");
    requests
        .lock()
        .unwrap()
        .push(format!("{path} {}", range.as_deref().unwrap_or("-")));
    let Ok(file) = fs::read(PathBuf::from(root).join(path)) else {
        return write!(
            stream,
            "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        );
    };
    let (head, body) = response(&file, range.as_deref(), manner);
    bytes.fetch_add(body.len() as u64, Ordering::SeqCst);
    let length = body.len();
    write!(
        stream,
        "{head}Content-Length: {length}\r\nConnection: close\r\n\r\n"
    )?;
    stream.write_all(body)
}

fn response<'a>(file: &'a [u8], range: Option<&str>, manner: Manner) -> (String, &'a [u8]) {
    let range = range.filter(|_| manner != Manner::Whole);
    let Some(range) = range.and_then(|range| range.strip_prefix("bytes=")) else {
        return ("HTTP/1.1 200 OK\r\n".into(), file);
    };
    let (first, last) = range.split_once('-').unwrap();
    let shift = usize::from(manner == Manner::Shifted);
    let total = file.len();
    let first = first.parse::<usize>().unwrap() + shift;
    let last = (last.parse::<usize>().unwrap() + shift).min(total - 1);
    let head =
        format!("HTTP/1.1 206 Partial Content\r\nContent-Range: bytes {first}-{last}/{total}\r\n");
    (head, &file[first..=last])
}
