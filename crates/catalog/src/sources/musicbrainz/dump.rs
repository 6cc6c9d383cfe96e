use std::path::Path;

/// The number of the schema that is read.
const SCHEMA: &str = "1";

/// What a file of a dump must hold when it tells the dump's schema; none for
/// any other file.
pub(crate) fn schema_of_dump(path: &str) -> Option<&'static str> {
    let name = Path::new(path).file_name();
    name.filter(|name| *name == "JSON_DUMPS_SCHEMA_NUMBER")
        .map(|_| SCHEMA)
}
