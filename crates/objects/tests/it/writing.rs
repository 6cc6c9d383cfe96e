use {
    crate::{
        reading::{bytes, key},
        server::{Fault, How, Server},
    },
    longplay_objects::{Error, Refusal},
    std::io::{self, Read},
};

#[test]
fn what_is_small_is_put_by_one_request() {
    let server = Server::start();
    let bucket = server.bucket("s3://music/north");
    let all = bytes(1 << 20);
    bucket.put(&key("pack"), 1 << 20, &mut &all[..]).unwrap();
    assert!(server.objects()["north/pack"] == all);
    assert_eq!(server.seen().len(), 1);
    bucket.put_bytes(&key("pack"), "other").unwrap();
    assert_eq!(server.objects()["north/pack"], b"other");
}

#[test]
fn what_is_large_goes_in_parts_several_at_a_time() {
    let server = Server::start();
    let bucket = server.bucket("s3://music/north");
    let all = bytes((9 << 20) + 17);
    for _ in 0..4 {
        server.fail(Fault::new(
            "PUT",
            "",
            How::Late(std::time::Duration::from_millis(50)),
        ));
    }
    bucket
        .put(&key("pack"), all.len() as u64, &mut &all[..])
        .unwrap();
    assert!(server.objects()["north/pack"] == all);
    assert!(server.uploads().is_empty());
    let seen = server.seen();
    assert_eq!(seen.len(), 12, "begin, ten parts, complete");
    let parts = seen.iter().filter(|seen| seen.method == "PUT");
    assert_eq!(parts.map(|seen| seen.received).max(), Some(1 << 20));
    let most = server.most_at_once();
    assert!((2..=4).contains(&most), "{most} at once");
}

#[test]
fn what_is_there_is_not_overwritten_where_it_must_be_new() {
    let server = Server::start();
    let bucket = server.bucket("s3://music");
    bucket.put_new(&key("mine"), "first").unwrap();
    let refused = bucket.put_new(&key("mine"), "second").unwrap_err();
    assert!(
        matches!(refused.refusal(), Some(Refusal::Exists)),
        "{refused:?}"
    );
    assert_eq!(server.objects()["mine"], b"first");
}

#[test]
fn no_part_stays_of_an_upload_that_fails() {
    let all = bytes(6 << 20);
    let faults = [
        Fault::new("PUT", "partNumber=4", How::Status(500, "InternalError")).times(9),
        Fault::new("POST", "uploadId", How::Status(400, "InvalidPart")),
    ];
    for fault in faults {
        let server = Server::start();
        let bucket = server.bucket("s3://music");
        server.change(|objects| {
            objects.insert("pack".into(), b"old".into());
        });
        server.fail(fault);
        let error = bucket
            .put(&key("pack"), all.len() as u64, &mut &all[..])
            .unwrap_err();
        assert!(matches!(error, Error::Write { .. }), "{error:?}");
        assert!(server.uploads().is_empty());
        assert_eq!(server.objects()["pack"], b"old");
    }
}

#[test]
fn a_source_that_ends_early_leaves_nothing() {
    struct Failing;
    impl Read for Failing {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("rotten"))
        }
    }
    let server = Server::start();
    let bucket = server.bucket("s3://music");
    let all = bytes(3 << 20);
    let short = bucket
        .put(&key("pack"), 4 << 20, &mut &all[..])
        .unwrap_err();
    assert!(matches!(short, Error::ReadSource { .. }), "{short:?}");
    let mut failing = (&all[..]).chain(Failing);
    let rotten = bucket.put(&key("pack"), 4 << 20, &mut failing).unwrap_err();
    assert!(matches!(rotten, Error::ReadSource { .. }), "{rotten:?}");
    assert!(server.uploads().is_empty());
    assert!(server.objects().is_empty());
}

#[test]
fn what_killed_writers_left_is_found_and_removed() {
    let server = Server::start();
    let bucket = server.bucket("s3://music/north & south");
    for name in ["a", "b", "b"] {
        server.tear(&format!("north & south/{name}"), b"half");
    }
    server.tear("elsewhere/c", b"somebody's");
    server.set_page(2);
    let uploads = bucket.uploads().unwrap();
    let keys: Vec<_> = uploads.iter().map(|upload| upload.key.as_str()).collect();
    assert_eq!(
        keys,
        ["north & south/a", "north & south/b", "north & south/b"]
    );
    for upload in &uploads {
        bucket.abort(upload).unwrap();
    }
    bucket.abort(&uploads[0]).unwrap();
    assert_eq!(server.uploads(), ["elsewhere/c"]);
    assert!(bucket.uploads().unwrap().is_empty());
}

#[test]
fn what_is_removed_is_gone_and_may_be_gone() {
    let server = Server::start();
    let bucket = server.bucket("s3://music/north");
    bucket.put_bytes(&key("a & b"), "x").unwrap();
    bucket.remove(&key("a & b")).unwrap();
    bucket.remove(&key("a & b")).unwrap();
    assert!(server.objects().is_empty());
}

#[test]
fn a_copy_is_made_within_the_store() {
    let server = Server::start();
    let bucket = server.bucket("s3://music/north");
    bucket.put_bytes(&key("a b"), "x").unwrap();
    server.seen();
    bucket.copy(&key("a b"), &key("c")).unwrap();
    assert_eq!(server.objects()["north/c"], b"x");
    assert!(server.seen().iter().all(|seen| seen.received == 0));
    let absent = bucket.copy(&key("b"), &key("c")).unwrap_err();
    assert!(
        matches!(absent.refusal(), Some(Refusal::NoObject)),
        "{absent:?}"
    );
}
