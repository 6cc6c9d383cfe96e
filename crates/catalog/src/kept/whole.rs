use {
    crate::error::Error,
    serde::de::IgnoredAny,
    std::{
        fs::File,
        io::{BufRead, BufReader, Read},
        path::Path,
    },
};

/// A first line is never longer where a document is written for people.
const LINE: u64 = 1 << 16;

/// Whether a `.json` file is one document written over many lines, as answers
/// of web services are kept: its first line is no document of its own.
pub(crate) fn is_one_document(path: &Path) -> Result<bool, Error> {
    let extension = path.extension().unwrap_or_default();
    if !extension.eq_ignore_ascii_case("json") {
        return Ok(false);
    }
    let file = File::open(path).map_err(Error::read(path))?;
    let mut file = BufReader::new(file.take(LINE));
    let mut line = Vec::new();
    while line.trim_ascii().is_empty() {
        line.clear();
        let read = file.read_until(b'\n', &mut line);
        if read.map_err(Error::read(path))? == 0 {
            return Ok(false);
        }
    }
    let text = line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&line);
    let first: Result<IgnoredAny, _> = serde_json::from_slice(text);
    Ok(line.ends_with(b"\n") && first.is_err_and(|error| error.is_eof()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_document_has_lines_that_are_none() {
        let dir = tempfile::tempdir().unwrap();
        for (name, text, is_one) in [
            ("a.json", "{\n  \"id\": 1\n}\n", true),
            ("a.JSON", "\u{feff}\n[{\"id\":\n1}]", true),
            ("a.json", "{\"id\":1}\n{\"id\":2}\n", false),
            ("a.json", "{\"id\":1}", false),
            ("a.json", "{\"id\":", false),
            ("a.json", "no JSON\n{", false),
            ("a.json", "", false),
            ("a.jsonl", "{\n  \"id\": 1\n}\n", false),
        ] {
            let path = dir.path().join(name);
            std::fs::write(&path, text).unwrap();
            assert_eq!(is_one_document(&path).unwrap(), is_one, "{name} {text:?}");
        }
    }
}
