use {
    crate::{
        reading::{bytes, key},
        server::{Fault, How, Server},
    },
    longplay_objects::{Bucket, Error, Refusal, Settings, SettingsError},
    std::{error, io::Read, net::TcpListener, time::Duration},
};

fn told(error: &dyn error::Error) -> String {
    let source = error.source().map(told).unwrap_or_default();
    format!("{error}: {source}")
}

#[test]
fn what_passes_is_asked_again() {
    let server = Server::start();
    let bucket = server.bucket("s3://music");
    let all = bytes(300_000);
    for fault in [
        Fault::new("PUT", "", How::Status(500, "InternalError")).times(2),
        Fault::new("PUT", "", How::Status(503, "SlowDown")),
        Fault::new("PUT", "", How::Mute),
    ] {
        server.fail(fault);
        bucket.put_bytes(&key("pack"), all.clone()).unwrap();
    }
    for fault in [
        Fault::new("GET", "", How::Status(500, "InternalError")),
        Fault::new("GET", "", How::Status(429, "TooManyRequests")),
        Fault::new("GET", "", How::Cut(100_000)),
        Fault::new("GET", "", How::Cut(0)),
        Fault::new("GET", "", How::Mute),
    ] {
        server.fail(fault.clone());
        assert!(bucket.get(&key("pack")).unwrap() == all, "{fault:?}");
        server.fail(fault.clone());
        let mut read = Vec::new();
        let mut stream = bucket.stream(&key("pack"), 0..all.len() as u64).unwrap();
        stream.read_to_end(&mut read).unwrap();
        assert!(read == all);
        server.fail(fault);
        let mut read = Vec::new();
        let mut ahead = bucket.read_ahead(&key("pack"), 0..all.len() as u64);
        ahead.read_to_end(&mut read).unwrap();
        assert!(read == all);
    }
}

#[test]
fn an_upload_that_fails_inside_its_answer_is_completed_again() {
    let server = Server::start();
    let bucket = server.bucket("s3://music");
    let all = bytes(2 << 20);
    server.fail(Fault::new("POST", "uploadId", How::ErrorInside));
    bucket
        .put(&key("pack"), all.len() as u64, &mut &all[..])
        .unwrap();
    assert!(server.objects()["pack"] == all);
}

#[test]
fn what_does_not_pass_is_told_with_bucket_key_status_and_remedy() {
    let server = Server::start();
    let bucket = server.bucket("s3://music/north");
    for (status, code, words) in [
        (500, "InternalError", ["500, InternalError", "again later"]),
        (
            403,
            "AccessDenied",
            ["403, AccessDenied", "check the credentials"],
        ),
        (
            403,
            "RequestTimeTooSkewed",
            ["403", "set this machine's clock"],
        ),
        (
            404,
            "NoSuchBucket",
            ["there is no such bucket", "create it there"],
        ),
        (301, "PermanentRedirect", ["301", "set AWS_REGION"]),
    ] {
        server.fail(Fault::new("GET", "", How::Status(status, code)).times(4));
        let error = bucket.get(&key("pack")).unwrap_err();
        let text = told(&error);
        for word in words.into_iter().chain(["pack in s3://music/north"]) {
            assert!(text.contains(word), "{word}: {text}");
        }
        server.fail(Fault::new("GET", "uploads", How::Status(status, code)).times(1));
        let listed = told(&bucket.uploads().unwrap_err());
        assert!(listed.contains("cannot list s3://music/north"), "{listed}");
        // What was not used up.
        while bucket
            .get(&key("pack"))
            .is_err_and(|error| !matches!(error.refusal(), Some(Refusal::NoObject)))
        {}
    }
}

#[test]
fn wrong_keys_and_wrong_buckets_are_told_apart() {
    let server = Server::start();
    let mut variables = server.variables();
    variables[2].1 = "another secret".into();
    let settings = Settings::from_variables(variables).unwrap();
    let bucket = Bucket::open(&"s3://music".parse().unwrap(), &settings).unwrap();
    let refused = bucket.is_empty().unwrap_err();
    let refusal = refused.refusal();
    assert!(
        matches!(refusal, Some(Refusal::Credentials { .. })),
        "{refused:?}"
    );

    let absent = server.bucket("s3://nobodys").is_empty().unwrap_err();
    let refusal = absent.refusal();
    assert!(
        matches!(refusal, Some(Refusal::NoBucket { .. })),
        "{absent:?}"
    );
}

#[test]
fn a_store_that_is_not_there_is_told_with_its_address() {
    let server = Server::start();
    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let mut settings = server.settings();
    settings.endpoint = Some(format!("http://{free}"));
    let bucket = Bucket::open(&"s3://music".parse().unwrap(), &settings).unwrap();
    for error in [
        bucket.is_empty().unwrap_err(),
        bucket.uploads().unwrap_err(),
    ] {
        let Some(Refusal::Unreachable { endpoint, why }) = error.refusal() else {
            panic!("{error:?}");
        };
        assert!(endpoint.contains(&free.to_string()));
        assert!(why.contains("refused"), "{why}");
    }
}

#[test]
fn a_store_that_says_nothing_is_not_waited_for_without_end() {
    let server = Server::start();
    let mut settings = server.settings();
    settings.patience.for_a_request = Duration::from_millis(100);
    settings.patience.retries = 1;
    let bucket = Bucket::open(&"s3://music".parse().unwrap(), &settings).unwrap();
    server.fail(Fault::new("", "", How::Late(Duration::from_secs(60))).times(8));
    let error = bucket.get(&key("pack")).unwrap_err();
    assert!(
        matches!(error.refusal(), Some(Refusal::TimedOut { .. })),
        "{error:?}"
    );
}

#[test]
fn wrong_answers_of_a_store_come_back_as_they_are_or_as_errors() {
    let server = Server::start();
    let bucket = server.bucket("s3://music");
    bucket.put_bytes(&key("pack"), bytes(1000)).unwrap();
    server.fail(Fault::new("GET", "", How::Flip(7)));
    let flipped = bucket.get(&key("pack")).unwrap();
    assert_ne!(flipped, bytes(1000), "who reads it has the hashes");
    server.fail(Fault::new("GET", "", How::Less(900)));
    let short = bucket.get_range(&key("pack"), 0..1000).unwrap_err();
    assert!(
        matches!(short.refusal(), Some(Refusal::Short { given: 900, .. })),
        "{short:?}"
    );
}

#[test]
fn without_credentials_nobody_is_asked() {
    let server = Server::start();
    let mut variables = server.variables();
    variables.truncate(1);
    let settings = Settings::from_variables(variables).unwrap();
    let error = Bucket::open(&"s3://music".parse().unwrap(), &settings).unwrap_err();
    let source = SettingsError::NoCredentials;
    assert!(matches!(error, Error::Settings { source: found, .. } if found == source));
    assert!(server.seen().is_empty());
}
