use {
    super::{http::Client, options::GetOptions, source::From},
    crate::{encode::percent, error::Error},
    longplay_store::disk::Location,
    std::{
        fmt,
        io::{self, Read},
        ops::Range,
    },
};

/// Where tranches lie side by side, and what stands beside them.
#[derive(Debug, Clone)]
pub enum Shelf {
    Folder(Location),
    /// Ends in `/`.
    Url(String),
}

impl Shelf {
    pub fn of(from: &From) -> Self {
        match from {
            From::Archive { tranches, .. } => Self::Folder(tranches.clone()),
            From::Folder(folder) => Self::Folder(folder.into()),
            From::Url(base) => Self::Url(base.clone()),
        }
    }

    /// Reads these bytes of a file and none after them, over HTTP by one request. The
    /// reader ends where the file does.
    pub fn range(
        &self,
        path: &str,
        range: Range<u64>,
        options: &GetOptions,
        client: &Client,
    ) -> Result<Box<dyn Read>, Error> {
        let length = range.end.saturating_sub(range.start);
        match self {
            Self::Url(_) if length == 0 => Ok(Box::new(io::empty())),
            Self::Url(base) => {
                client.range(&url(base, path), range.start, length, options.skip_at_most)
            }
            Self::Folder(folder) => {
                let path = folder.join(path);
                match path.range(range) {
                    Ok(bytes) if path.local().is_some() => Ok(bytes),
                    Ok(bytes) => Ok(Box::new(client.counted(bytes))),
                    Err(source) => Err(unreadable(&path, source)),
                }
            }
        }
    }

    /// Reads a file from its start on, as far as somebody wants it.
    pub fn start(&self, path: &str, client: &Client) -> Result<Box<dyn Read>, Error> {
        match self {
            Self::Url(base) => Ok(Box::new(client.stream(&url(base, path))?)),
            Self::Folder(folder) => {
                let path = folder.join(path);
                match path.whole() {
                    Ok(bytes) => Ok(bytes),
                    Err(source) => Err(unreadable(&path, source)),
                }
            }
        }
    }

    /// Whether it is a folder of this machine that has this file.
    pub fn has(&self, path: &str) -> bool {
        match self {
            Self::Folder(folder) => folder.join(path).is_file(),
            Self::Url(_) => false,
        }
    }

    /// The name of one of its files for people.
    pub fn place(&self, path: &str) -> String {
        format!("{self}{path}")
    }
}

impl fmt::Display for Shelf {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Folder(folder) => write!(f, "{folder}/"),
            Self::Url(base) => f.write_str(base),
        }
    }
}

fn url(base: &str, path: &str) -> String {
    let path: Vec<String> = path.split('/').map(percent).collect();
    format!("{base}{}", path.join("/"))
}

fn unreadable(path: &Location, source: io::Error) -> Error {
    Error::Read {
        path: path.into(),
        source,
    }
}
