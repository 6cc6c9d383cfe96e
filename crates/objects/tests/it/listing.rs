use {
    crate::{reading::key, server::Server},
    longplay_objects::Entry,
};

fn filled() -> Server {
    let server = Server::start();
    server.change(|objects| {
        for key in [
            "north/b",
            "north/a/2",
            "north/a/1",
            "north/a/deep/3",
            "north & south/x",
            "northern",
            "other/y",
        ] {
            objects.insert(key.to_owned(), key.as_bytes().to_owned());
        }
    });
    server
}

#[test]
fn a_folder_of_keys_is_listed_like_a_folder() {
    let server = filled();
    let bucket = server.bucket("s3://music/north");
    let entries = bucket.entries(None).unwrap();
    let expected = [
        ("a".to_owned(), Entry::Folder),
        ("b".to_owned(), Entry::Object { bytes: 7 }),
    ];
    assert_eq!(entries, expected.into());
    let names: Vec<_> = bucket
        .entries(Some(&key("a")))
        .unwrap()
        .into_keys()
        .collect();
    assert_eq!(names, ["1", "2", "deep"]);
    assert!(bucket.entries(Some(&key("b"))).unwrap().is_empty());
    let top: Vec<_> = server
        .bucket("s3://music")
        .entries(None)
        .unwrap()
        .into_keys()
        .collect();
    assert_eq!(top, ["north", "north & south", "northern", "other"]);
}

#[test]
fn all_pages_of_a_listing_are_read() {
    let server = filled();
    server.set_page(2);
    let bucket = server.bucket("s3://music/north");
    let objects = bucket.objects(None).unwrap();
    let keys: Vec<_> = objects.iter().map(|object| object.key.as_str()).collect();
    assert_eq!(keys, ["a/1", "a/2", "a/deep/3", "b"]);
    assert_eq!(objects[2].bytes, 14);
    assert_eq!(server.seen().len(), 2);
    assert_eq!(bucket.entries(Some(&key("a"))).unwrap().len(), 3);
}

#[test]
fn whether_something_is_there_takes_one_request() {
    let server = filled();
    server.set_page(1);
    assert!(!server.bucket("s3://music/north").is_empty().unwrap());
    assert!(server.bucket("s3://music/nort").is_empty().unwrap());
    assert_eq!(server.seen().len(), 2);
}
