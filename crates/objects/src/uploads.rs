//! Uploads in parts that have not become objects.

use {
    crate::{
        bucket::Bucket,
        error::{Error, Refusal},
    },
    object_store::{multipart::MultipartStore, path::Path},
    quick_xml::{Reader, escape::resolve_predefined_entity, events::Event},
};

/// An upload in parts that nobody finished.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// The whole key, prefix included, as the store tells it.
    pub key: String,
    pub id: String,
}

impl Bucket {
    /// The uploads below the prefix that nobody finished: somebody writes them still,
    /// or was killed.
    ///
    /// # Errors
    /// [`Error::List`].
    pub fn uploads(&self) -> Result<Vec<Upload>, Error> {
        list(self)
    }

    /// Ends an upload that nobody finished and removes its parts; one that has ended
    /// is fine.
    ///
    /// # Errors
    /// [`Error::Abort`].
    pub fn abort(&self, upload: &Upload) -> Result<(), Error> {
        abort(self, upload)
    }
}

/// A page of `ListMultipartUploads`.
#[derive(Debug, Default, PartialEq, Eq)]
struct Page {
    uploads: Vec<Upload>,
    is_truncated: bool,
    next_key: String,
    next_id: String,
}

fn list(bucket: &Bucket) -> Result<Vec<Upload>, Error> {
    let start = bucket.start(None);
    let refused = |source| Error::List {
        address: bucket.address.clone(),
        source: Box::new(source),
    };
    let (mut found, mut last) = (Vec::new(), (String::new(), String::new()));
    loop {
        let answer = bucket.connection.ask(&query(&start, &last));
        let answer = answer.map_err(refused)?;
        let page = read(&answer).map_err(|error| refused(bucket.connection.nonsense(error)))?;
        found.extend(page.uploads);
        let next = (page.next_key, page.next_id);
        if !page.is_truncated || next == last {
            // Stores that do not know the parameter `prefix` exist.
            found.retain(|upload: &Upload| upload.key.starts_with(&start));
            return Ok(found);
        }
        last = next;
    }
}

fn abort(bucket: &Bucket, upload: &Upload) -> Result<(), Error> {
    let connection = &bucket.connection;
    let aborted = match Path::parse(&upload.key) {
        Ok(path) => {
            let abort = connection.store.abort_multipart(&path, &upload.id);
            let abort = connection.wait(abort);
            abort.map_err(|error| bucket.refusal(&error))
        }
        Err(error) => Err(connection.nonsense(error)),
    };
    match aborted {
        Ok(()) | Err(Refusal::NoObject) => Ok(()),
        Err(source) => Err(Error::Abort {
            address: bucket.address.clone(),
            key: upload.key.clone(),
            source: Box::new(source),
        }),
    }
}

fn query(start: &str, (key, id): &(String, String)) -> String {
    let given = [("key-marker", key), ("upload-id-marker", id)];
    let mut query: String = given
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{name}={}&", encoded(value)))
        .collect();
    if !start.is_empty() {
        query += &format!("prefix={}&", encoded(start));
    }
    query + "uploads="
}

/// All but the letters that never need it, as signatures want it.
fn encoded(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let one = |byte| match is_plain(byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    text.bytes().map(one).collect()
}

fn read(text: &str) -> Result<Page, quick_xml::Error> {
    let mut reader = Reader::from_str(text);
    let (mut page, mut names, mut value) = (Page::default(), Vec::new(), String::new());
    loop {
        match reader.read_event()? {
            Event::Start(tag) => {
                names.push(tag.local_name().into_inner().to_owned());
                if names.ends_with(&["Upload".into()]) {
                    page.uploads.push(Upload {
                        key: String::new(),
                        id: String::new(),
                    });
                }
                value.clear();
            }
            Event::Text(text) => value += &text.xml10_content(),
            Event::GeneralRef(name) => match name.resolve_char_ref()? {
                Some(character) => value.push(character),
                None => value += resolve_predefined_entity(&name).unwrap_or_default(),
            },
            Event::End(_) => {
                page.take(&names, std::mem::take(&mut value));
                names.pop();
            }
            Event::Eof => return Ok(page),
            _ => {}
        }
    }
}

/// Reads what a store may answer, for the fuzz target in `fuzz/`: whatever the text, this
/// does not panic.
pub fn read_uploads(bytes: &[u8]) {
    read(&String::from_utf8_lossy(bytes)).ok();
}

impl Page {
    fn take(&mut self, names: &[String], value: String) {
        let [above @ .., parent, name] = names else {
            return;
        };
        let is_of_page = above.is_empty();
        match (parent.as_str(), name.as_str(), self.uploads.last_mut()) {
            ("Upload", "Key", Some(upload)) => upload.key = value,
            ("Upload", "UploadId", Some(upload)) => upload.id = value,
            (_, "IsTruncated", _) if is_of_page => self.is_truncated = value.trim() == "true",
            (_, "NextKeyMarker", _) if is_of_page => self.next_key = value,
            (_, "NextUploadIdMarker", _) if is_of_page => self.next_id = value,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "<?xml version=\"1.0\"?>\n<ListMultipartUploadsResult>\
         <IsTruncated>true</IsTruncated><NextKeyMarker>b</NextKeyMarker>\
         <NextUploadIdMarker>2</NextUploadIdMarker>\
         <Upload><Key>a &amp; &#98;</Key><UploadId>1</UploadId>\
         <Owner><ID>Key</ID></Owner></Upload>\
         <Upload><Key>b</Key><UploadId>2</UploadId></Upload>\
         </ListMultipartUploadsResult>";

    #[test]
    fn a_deep_page_is_read_as_fast_as_it_is_long() {
        let open = "<a>".repeat(100_000);
        read_uploads(open.as_bytes());
        read_uploads((open + &"</a>".repeat(100_000)).as_bytes());
    }

    #[test]
    fn a_page_of_uploads_is_read() {
        let upload = |key: &str, id: &str| Upload {
            key: key.into(),
            id: id.into(),
        };
        let page = Page {
            uploads: vec![upload("a & b", "1"), upload("b", "2")],
            is_truncated: true,
            next_key: "b".into(),
            next_id: "2".into(),
        };
        assert_eq!(read(PAGE).unwrap(), page);
    }

    #[test]
    fn a_page_that_is_no_xml_is_an_error() {
        assert!(read("<a><b></a>").is_err());
    }

    #[test]
    fn queries_are_encoded_and_in_order() {
        let last = ("a b".to_owned(), "1".to_owned());
        assert_eq!(
            query("north/", &last),
            "key-marker=a%20b&upload-id-marker=1&prefix=north%2F&uploads="
        );
        assert_eq!(query("", &Default::default()), "uploads=");
    }
}
