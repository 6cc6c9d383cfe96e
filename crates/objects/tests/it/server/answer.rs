use {
    super::{
        BUCKET, How, Shared,
        http::{Answer, Request, decoded},
        keeping::{Keeping, Seen, tag},
        signature,
    },
    std::{
        collections::BTreeSet,
        io::{self, BufReader},
        net::TcpStream,
    },
};

/// Answers one connection until it ends.
pub fn serve(stream: TcpStream, shared: &Shared) {
    let _ = stream.set_nodelay(true);
    let mut input = BufReader::new(stream.try_clone().unwrap());
    let mut output = stream;
    while let Ok(Some(request)) = Request::read(&mut input) {
        {
            let mut keeping = shared.keeping();
            keeping.at_once += 1;
            keeping.most_at_once = keeping.most_at_once.max(keeping.at_once);
        }
        let goes_on = one(&request, &mut output, shared);
        shared.keeping().at_once -= 1;
        if !matches!(goes_on, Ok(true)) {
            return;
        }
    }
}

/// Whether the connection goes on.
fn one(request: &Request, output: &mut TcpStream, shared: &Shared) -> io::Result<bool> {
    let path = decoded(&request.path);
    let inside = path.strip_prefix(&format!("/{BUCKET}"));
    let key = inside.unwrap_or(&path).trim_start_matches('/').to_owned();
    let query = request.query.iter();
    let query: Vec<_> = query
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let query = query.join("&");
    let fault = shared.keeping().fault(&request.method, &key, &query);
    let mut answer = match (&fault, signature::check(request)) {
        (Some(How::Status(status, code)), _) => Answer::error(*status, code),
        (Some(How::ErrorInside), _) => Answer {
            status: 200,
            ..Answer::error(500, "InternalError")
        },
        (_, Err(code)) => Answer::error(403, code),
        _ if inside.is_none() => Answer::error(404, "NoSuchBucket"),
        _ => answer(request, &key, &mut shared.keeping()),
    };
    if request.method == "HEAD" {
        answer.length = Some(answer.length.unwrap_or(answer.body.len()));
        answer.body.clear();
    }
    let mut most = usize::MAX;
    match fault {
        Some(How::Late(time)) => shared.rest(time),
        Some(How::Cut(bytes)) => most = bytes,
        Some(How::Mute) => return Ok(false),
        Some(How::Flip(place)) => {
            if let Some(byte) = answer.body.get_mut(place) {
                *byte ^= 0x10;
            }
        }
        Some(How::Less(bytes)) => answer.body.truncate(bytes),
        _ => {}
    }
    // What is seen is told before the other side can ask what was seen.
    let sent = most.min(answer.body.len());
    shared.keeping().seen.push(Seen {
        method: request.method.clone(),
        key,
        query,
        range: request.header("range").map(Into::into),
        status: answer.status,
        received: request.body.len() as u64,
        sent: sent as u64,
    });
    answer.write(output, most)?;
    Ok(most == usize::MAX)
}

fn answer(request: &Request, key: &str, keeping: &mut Keeping) -> Answer {
    let upload = request.asked("uploadId");
    match (request.method.as_str(), upload) {
        ("GET", _) if request.asked("uploads").is_some() => uploads(request, keeping),
        ("GET", _) if key.is_empty() => list(request, keeping),
        ("GET" | "HEAD", None) => get(request, key, keeping),
        ("PUT", Some(id)) => {
            let number = request.asked("partNumber").unwrap().parse().unwrap();
            match keeping.put_part(id, number, request.body.clone()) {
                Some(tag) => Answer::new(200, "").with("ETag", tag),
                None => Answer::error(404, "NoSuchUpload"),
            }
        }
        ("PUT", None) => put(request, key, keeping),
        ("POST", _) if request.asked("delete").is_some() => delete(request, keeping),
        ("POST", _) if request.asked("uploads").is_some() => {
            let id = escaped(&keeping.begin(key));
            Answer::xml(
                "InitiateMultipartUploadResult",
                &format!("<Bucket>{BUCKET}</Bucket><UploadId>{id}</UploadId>"),
            )
        }
        ("POST", Some(id)) => complete(request, key, id, keeping),
        ("DELETE", Some(id)) => match keeping.uploads.remove(id) {
            Some(_) => Answer::new(204, ""),
            None => Answer::error(404, "NoSuchUpload"),
        },
        _ => Answer::error(405, "MethodNotAllowed"),
    }
}

fn get(request: &Request, key: &str, keeping: &Keeping) -> Answer {
    let Some(bytes) = keeping.objects.get(key) else {
        return Answer::error(404, "NoSuchKey");
    };
    let dated = |answer: Answer| {
        answer
            .with("ETag", tag(bytes))
            .with("Last-Modified", "Fri, 27 Nov 2026 10:00:00 GMT")
    };
    let Some(range) = request.header("range") else {
        return dated(Answer::new(200, bytes.clone()));
    };
    let range = range.strip_prefix("bytes=").unwrap();
    let (start, end) = range.split_once('-').unwrap();
    let (start, end): (usize, usize) = (start.parse().unwrap(), end.parse().unwrap());
    if start >= bytes.len() {
        return Answer::error(416, "InvalidRange");
    }
    let end = (end + 1).min(bytes.len());
    let told = format!("bytes {start}-{}/{}", end - 1, bytes.len());
    dated(Answer::new(206, &bytes[start..end])).with("Content-Range", told)
}

fn put(request: &Request, key: &str, keeping: &mut Keeping) -> Answer {
    if let Some(source) = request.header("x-amz-copy-source") {
        let source = decoded(source);
        let source = source.strip_prefix(&format!("{BUCKET}/"));
        let Some(bytes) = source.and_then(|source| keeping.objects.get(source).cloned()) else {
            return Answer::error(404, "NoSuchKey");
        };
        let tag = keeping.put(key, bytes).replace('"', "&quot;");
        return Answer::xml("CopyObjectResult", &format!("<ETag>{tag}</ETag>"));
    }
    let is_new = request.header("if-none-match") == Some("*");
    if is_new && keeping.objects.contains_key(key) {
        return Answer::error(412, "PreconditionFailed");
    }
    let tag = keeping.put(key, request.body.clone());
    Answer::new(200, "").with("ETag", tag)
}

/// The parts that the request names, in its order, by their tags.
fn complete(request: &Request, key: &str, id: &str, keeping: &mut Keeping) -> Answer {
    let Some(upload) = keeping.uploads.get(id) else {
        return Answer::error(404, "NoSuchUpload");
    };
    let body = String::from_utf8(request.body.clone()).unwrap();
    let mut bytes = Vec::new();
    for part in body.split("<Part>").skip(1) {
        let number: usize = inside(part, "PartNumber").parse().unwrap();
        let named = inside(part, "ETag").replace("&quot;", "\"");
        match upload.parts.get(&number) {
            Some(part) if tag(part) == named => bytes.extend_from_slice(part),
            _ => return Answer::error(400, "InvalidPart"),
        }
    }
    keeping.uploads.remove(id);
    let tag = keeping.put(key, bytes);
    let tag = tag.replace('"', "&quot;");
    Answer::xml(
        "CompleteMultipartUploadResult",
        &format!("<ETag>{tag}</ETag>"),
    )
}

fn delete(request: &Request, keeping: &mut Keeping) -> Answer {
    let body = String::from_utf8(request.body.clone()).unwrap();
    let mut done = String::new();
    for object in body.split("<Object>").skip(1) {
        let key = inside(object, "Key").replace("&amp;", "&");
        keeping.objects.remove(&key);
        done += &format!("<Deleted><Key>{}</Key></Deleted>", escaped(&key));
    }
    Answer::xml("DeleteResult", &done)
}

fn inside<'a>(text: &'a str, name: &str) -> &'a str {
    let (_, rest) = text.split_once(&format!("<{name}>")).unwrap();
    rest.split_once(&format!("</{name}>")).unwrap().0
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

/// `ListObjectsV2`; a token is the last name of the page before.
fn list(request: &Request, keeping: &Keeping) -> Answer {
    let asked = |name| request.asked(name).unwrap_or_default();
    let (prefix, token) = (asked("prefix"), asked("continuation-token"));
    let page = request.asked("max-keys").map(|most| most.parse().unwrap());
    let page = page.unwrap_or(keeping.page).min(keeping.page);
    let mut names = BTreeSet::new();
    for key in keeping.objects.keys().filter(|key| key.starts_with(prefix)) {
        let rest = &key[prefix.len()..];
        let end = match asked("delimiter") {
            "" => None,
            delimiter => rest.find(delimiter).map(|at| at + delimiter.len()),
        };
        names.insert(&key[..end.map_or(key.len(), |end| prefix.len() + end)]);
    }
    let left: Vec<&str> = names.into_iter().filter(|name| *name > token).collect();
    let mut inside = String::new();
    for name in left.iter().take(page) {
        inside += &match keeping.objects.get(*name) {
            Some(bytes) => format!(
                "<Contents><Key>{}</Key><LastModified>2026-11-27T10:00:00.000Z</LastModified>\
                 <ETag>&quot;x&quot;</ETag><Size>{}</Size></Contents>",
                escaped(name),
                bytes.len()
            ),
            None => format!(
                "<CommonPrefixes><Prefix>{}</Prefix></CommonPrefixes>",
                escaped(name)
            ),
        };
    }
    if left.len() > page {
        let token = escaped(left[page - 1]);
        inside += &format!("<NextContinuationToken>{token}</NextContinuationToken>");
    }
    Answer::xml("ListBucketResult", &inside)
}

/// `ListMultipartUploads`.
fn uploads(request: &Request, keeping: &Keeping) -> Answer {
    let asked = |name| request.asked(name).unwrap_or_default();
    let last = (asked("key-marker"), asked("upload-id-marker"));
    let mut left: Vec<(&str, &str)> = keeping
        .uploads
        .iter()
        .map(|(id, upload)| (upload.key.as_str(), id.as_str()))
        .filter(|upload| upload.0.starts_with(asked("prefix")) && *upload > last)
        .collect();
    left.sort();
    let mut inside = format!("<IsTruncated>{}</IsTruncated>", left.len() > keeping.page);
    if left.len() > keeping.page {
        let (key, id) = left[keeping.page - 1];
        inside += &format!(
            "<NextKeyMarker>{}</NextKeyMarker><NextUploadIdMarker>{}</NextUploadIdMarker>",
            escaped(key),
            escaped(id)
        );
    }
    for (key, id) in left.into_iter().take(keeping.page) {
        let (key, id) = (escaped(key), escaped(id));
        inside += &format!("<Upload><Key>{key}</Key><UploadId>{id}</UploadId></Upload>");
    }
    Answer::xml("ListMultipartUploadsResult", &inside)
}
