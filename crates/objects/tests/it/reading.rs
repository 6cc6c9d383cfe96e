use {
    crate::server::{Seen, Server},
    longplay_objects::{Bucket, Key, Refusal},
    std::io::Read,
};

pub fn key(text: &str) -> Key {
    text.parse().unwrap()
}

/// Bytes of which no two neighbouring ranges are equal.
pub fn bytes(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at / 251 + at * 7) as u8).collect()
}

fn with_object(key: &str, bytes: &[u8]) -> (Server, Bucket) {
    let server = Server::start();
    server.change(|objects| {
        objects.insert(key.to_owned(), bytes.to_owned());
    });
    let bucket = server.bucket("s3://music/north");
    (server, bucket)
}

fn only(seen: Vec<Seen>) -> Seen {
    let [seen] = seen.try_into().unwrap();
    seen
}

#[test]
fn a_range_is_one_request_and_no_byte_too_many() {
    let (server, bucket) = with_object("north/a b/c", &bytes(10_000));
    let range = bucket.get_range(&key("a b/c"), 100..4_196).unwrap();
    assert_eq!(range, bytes(10_000)[100..4_196]);
    let seen = only(server.seen());
    assert_eq!((seen.method.as_str(), seen.sent), ("GET", 4_096));
    assert_eq!(seen.range.as_deref(), Some("bytes=100-4195"));
}

#[test]
fn a_range_ends_where_the_object_does() {
    let (_server, bucket) = with_object("north/a", &bytes(100));
    let range = |range| bucket.get_range(&key("a"), range).unwrap();
    assert_eq!(range(90..200), bytes(100)[90..]);
    assert_eq!(range(100..200), "");
    assert_eq!(range(5..5), "");
}

#[test]
fn an_object_has_a_length_or_is_absent() {
    let (server, bucket) = with_object("north/a", &bytes(100));
    assert_eq!(bucket.length(&key("a")).unwrap(), Some(100));
    let seen = only(server.seen());
    assert_eq!((seen.method.as_str(), seen.sent), ("HEAD", 0));
    assert_eq!(bucket.length(&key("b")).unwrap(), None);
    let absent = bucket.get(&key("b")).unwrap_err();
    assert!(matches!(absent.refusal(), Some(Refusal::NoObject)));
    assert_eq!(
        std::io::Error::from(absent).kind(),
        std::io::ErrorKind::NotFound
    );
}

#[test]
fn whole_objects_are_read_with_several_ranges_on_their_way() {
    let all = bytes(3 << 20);
    let (server, bucket) = with_object("north/pack", &all);
    let mut read = Vec::new();
    let mut ahead = bucket.read_ahead(&key("pack"), 0..all.len() as u64);
    ahead.read_to_end(&mut read).unwrap();
    assert_eq!(ahead.position(), all.len() as u64);
    assert!(read == all);
    let seen = server.seen();
    assert_eq!(seen.len(), 12, "256 KiB each");
    assert_eq!(seen.iter().map(|seen| seen.sent).sum::<u64>(), 3 << 20);
    let most = server.most_at_once();
    assert!((2..=4).contains(&most), "{most} at once");
}

#[test]
fn reading_on_ends_where_a_shorter_object_does() {
    let (_server, bucket) = with_object("north/pack", &bytes(600_000));
    let mut read = Vec::new();
    let mut ahead = bucket.read_ahead(&key("pack"), 300_000..4 << 20);
    ahead.read_to_end(&mut read).unwrap();
    assert!(read == bytes(600_000)[300_000..]);
}

#[test]
fn several_threads_read_at_once() {
    let (_server, bucket) = with_object("north/pack", &bytes(1 << 20));
    std::thread::scope(|scope| {
        for number in 0..8u64 {
            let bucket = &bucket;
            scope.spawn(move || {
                let start = number * 1000;
                let read = bucket.get_range(&key("pack"), start..start + 500_000);
                let (start, end) = (start as usize, start as usize + 500_000);
                assert!(read.unwrap() == bytes(1 << 20)[start..end]);
            });
        }
    });
}

#[test]
fn a_stream_is_one_request_however_it_is_read() {
    let all = bytes(1 << 20);
    let (server, bucket) = with_object("north/pack", &all);
    let mut stream = bucket.stream(&key("pack"), 1_000..500_000).unwrap();
    let (mut read, mut buffer) = (Vec::new(), [0; 777]);
    loop {
        match stream.read(&mut buffer).unwrap() {
            0 => break,
            count => read.extend_from_slice(&buffer[..count]),
        }
    }
    assert!(read == all[1_000..500_000]);
    assert_eq!(only(server.seen()).sent, 499_000);
    let mut beyond = bucket.stream(&key("pack"), 2 << 20..3 << 20).unwrap();
    assert_eq!(beyond.read(&mut buffer).unwrap(), 0);
}
