use {
    crate::{address::Address, key::Key, settings::SettingsError},
    object_store::client::{HttpError, HttpErrorKind},
    std::{error, io},
    thiserror::Error,
};

/// What could not be done with an object, and why.
#[derive(Debug, Error)]
pub enum Error {
    #[error("cannot reach the store of {address}")]
    Settings {
        address: Address,
        source: SettingsError,
    },

    #[error("cannot prepare for asking the store of {address}")]
    Prepare {
        address: Address,
        source: Box<object_store::Error>,
    },

    #[error("cannot start a thread for asking the store of {address}")]
    Start { address: Address, source: io::Error },

    #[error("cannot list {address}")]
    List {
        address: Address,
        source: Box<Refusal>,
    },

    #[error("cannot read {key} in {address}")]
    Read {
        address: Address,
        key: Key,
        source: Box<Refusal>,
    },

    #[error("cannot write {key} in {address}")]
    Write {
        address: Address,
        key: Key,
        source: Box<Refusal>,
    },

    #[error("cannot read what is to be written as {key} in {address}")]
    ReadSource {
        address: Address,
        key: Key,
        source: io::Error,
    },

    #[error("cannot remove {key} in {address}")]
    Remove {
        address: Address,
        key: Key,
        source: Box<Refusal>,
    },

    #[error("cannot end an unfinished upload of {key} in {address}")]
    Abort {
        address: Address,
        key: String,
        source: Box<Refusal>,
    },
}

/// Why a store did not do what it was asked.
#[derive(Debug, Clone, Error)]
pub enum Refusal {
    #[error("there is no object of this name")]
    NoObject,

    #[error("there is no such bucket at {endpoint}; create it there, or correct its name")]
    NoBucket { endpoint: String },

    #[error("an object of this name is there already")]
    Exists,

    #[error("the object is shorter than that")]
    Beyond,

    #[error("the store gave {given} bytes of {asked}")]
    Short { given: u64, asked: u64 },

    #[error(
        "the store knows no such key or finds its signature wrong ({told}); check \
         AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN"
    )]
    Credentials { told: Told },

    #[error(
        "the store does not allow it ({told}); check the credentials, and what they may do in \
         this bucket"
    )]
    Denied { told: Told },

    #[error(
        "the clocks of this machine and of the store differ ({told}); set this machine's clock"
    )]
    Clock { told: Told },

    #[error(
        "the store is not asked in its region ({told}); set AWS_REGION, and AWS_ENDPOINT_URL if it has its own"
    )]
    Region { told: Told },

    #[error(
        "nothing answers at {endpoint} ({why}); check AWS_ENDPOINT_URL, the network, and \
         whether the store is running"
    )]
    Unreachable { endpoint: String, why: String },

    #[error("{endpoint} took too long ({why}); run the same command again when it is less busy")]
    TimedOut { endpoint: String, why: String },

    #[error("the connection to {endpoint} broke ({why}); run the same command again")]
    Broken { endpoint: String, why: String },

    #[error("the store failed ({told}); run the same command again later")]
    Failed { told: Told },

    #[error("the store answered {told}")]
    Answered { told: Told },

    #[error("the answer of {endpoint} cannot be understood: {why}")]
    Nonsense { endpoint: String, why: String },
}

/// What a store says about a request that it refused.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Told {
    /// Of HTTP; none where the refusal has none.
    pub status: Option<u16>,
    /// The word of S3, such as `AccessDenied`.
    pub code: Option<String>,
    /// A sentence.
    pub message: Option<String>,
}

impl Refusal {
    /// What an error of `object_store` means to who has to act upon it.
    pub(crate) fn of(error: &object_store::Error, endpoint: &str) -> Self {
        let text = error.to_string();
        let told = Told::read(&text);
        match http_error(error) {
            Some(http) if told.status.is_none() => Self::of_transport(http, endpoint),
            _ => match error {
                object_store::Error::AlreadyExists { .. } => Self::Exists,
                _ if told.status.is_none() => Self::Nonsense {
                    endpoint: endpoint.into(),
                    why: text,
                },
                _ => Self::of_answer(told, endpoint),
            },
        }
    }

    /// A refusal by status and words.
    pub(crate) fn of_answer(told: Told, endpoint: &str) -> Self {
        let code = told.code.as_deref().unwrap_or_default();
        match (told.status.unwrap_or_default(), code) {
            (_, "NoSuchBucket") => Self::NoBucket {
                endpoint: endpoint.into(),
            },
            (404, _) => Self::NoObject,
            (416, _) => Self::Beyond,
            (_, "RequestTimeTooSkewed") => Self::Clock { told },
            (301 | 307 | 308, _)
            | (_, "AuthorizationHeaderMalformed" | "IllegalLocationConstraintException") => {
                Self::Region { told }
            }
            (401, _) | (_, "InvalidAccessKeyId" | "SignatureDoesNotMatch" | "ExpiredToken") => {
                Self::Credentials { told }
            }
            (403, _) => Self::Denied { told },
            (200 | 429 | 500.., _) => Self::Failed { told },
            _ => Self::Answered { told },
        }
    }

    /// A request that got no answer.
    pub(crate) fn of_transport(error: &HttpError, endpoint: &str) -> Self {
        let endpoint = endpoint.into();
        let why = innermost(error);
        match error.kind() {
            HttpErrorKind::Connect => Self::Unreachable { endpoint, why },
            HttpErrorKind::Timeout => Self::TimedOut { endpoint, why },
            HttpErrorKind::Request | HttpErrorKind::Interrupted | HttpErrorKind::Decode => {
                Self::Broken { endpoint, why }
            }
            _ => Self::Broken { endpoint, why },
        }
    }
}

impl Told {
    /// From the words of `object_store`, which keeps status and answer in its text
    /// alone.
    fn read(text: &str) -> Self {
        let status = text.split_once("status code: ").and_then(|(_, rest)| {
            let digits = rest.get(..3)?;
            digits.parse().ok()
        });
        let is_bare = text.contains("Received redirect without LOCATION");
        let is_answer = text.contains("Server returned error response");
        Self {
            status: status
                .or(is_bare.then_some(301))
                .or(is_answer.then_some(200)),
            ..Self::read_answer(text)
        }
    }

    /// From the XML that a refusal comes with.
    pub(crate) fn read_answer(text: &str) -> Self {
        Self {
            status: None,
            code: between(text, "<Code>", "</Code>"),
            message: between(text, "<Message>", "</Message>"),
        }
    }
}

/// A short text between two marks, without what a terminal would obey.
fn between(text: &str, start: &str, end: &str) -> Option<String> {
    let (_, rest) = text.split_once(start)?;
    let (inside, _) = rest.split_once(end)?;
    let plain = inside.chars().filter(|c| !c.is_control());
    Some(plain.take(200).collect())
}

impl std::fmt::Display for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        let status = self.status.map(|status| status.to_string());
        let words = [status.as_ref(), self.code.as_ref(), self.message.as_ref()];
        let words: Vec<&str> = words.into_iter().flatten().map(String::as_str).collect();
        f.write_str(&words.join(", "))
    }
}

fn http_error<'a>(error: &'a (dyn error::Error + 'static)) -> Option<&'a HttpError> {
    let mut error = Some(error);
    while let Some(inner) = error {
        if let Some(http) = inner.downcast_ref() {
            return Some(http);
        }
        error = inner.source();
    }
    None
}

fn innermost(error: &(dyn error::Error + 'static)) -> String {
    let mut error = error;
    while let Some(inner) = error.source() {
        error = inner;
    }
    error.to_string()
}

impl Error {
    /// Why, where a store refused.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::List { source, .. }
            | Self::Read { source, .. }
            | Self::Write { source, .. }
            | Self::Remove { source, .. }
            | Self::Abort { source, .. } => Some(source.as_ref()),
            _ => None,
        }
    }

    /// What kind of failure of a file this is most like.
    pub fn kind(&self) -> io::ErrorKind {
        match self {
            Self::ReadSource { source, .. } | Self::Start { source, .. } => source.kind(),
            _ => self
                .refusal()
                .map_or(io::ErrorKind::InvalidInput, Refusal::kind),
        }
    }
}

impl Refusal {
    /// Whether it says something of the object, and not only of the asking: that it is
    /// not there, or that the store, which answers, cannot give it.
    pub fn is_of_object(&self) -> bool {
        match self {
            Self::NoObject | Self::Exists | Self::Beyond | Self::Short { .. } => true,
            Self::Failed { told } => told.status == Some(500),
            _ => false,
        }
    }

    pub fn kind(&self) -> io::ErrorKind {
        match self {
            Self::NoObject | Self::NoBucket { .. } => io::ErrorKind::NotFound,
            Self::Exists => io::ErrorKind::AlreadyExists,
            Self::Beyond | Self::Short { .. } => io::ErrorKind::UnexpectedEof,
            Self::Credentials { .. } | Self::Denied { .. } | Self::Clock { .. } => {
                io::ErrorKind::PermissionDenied
            }
            Self::Unreachable { .. } => io::ErrorKind::NotConnected,
            Self::TimedOut { .. } => io::ErrorKind::TimedOut,
            Self::Broken { .. } => io::ErrorKind::ConnectionAborted,
            Self::Nonsense { .. } => io::ErrorKind::InvalidData,
            Self::Region { .. } | Self::Failed { .. } | Self::Answered { .. } => {
                io::ErrorKind::Other
            }
        }
    }
}

impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        Self::new(error.kind(), error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(status: u16, code: &str) -> Refusal {
        let told = Told {
            status: Some(status),
            code: Some(code.to_owned()),
            message: None,
        };
        Refusal::of_answer(told, "https://example.org")
    }

    #[test]
    fn an_answer_names_its_remedy() {
        for (status, code, remedy) in [
            (403, "RequestTimeTooSkewed", "set this machine's clock"),
            (403, "InvalidAccessKeyId", "check AWS_ACCESS_KEY_ID"),
            (403, "AccessDenied", "what they may do"),
            (404, "NoSuchBucket", "create it there"),
            (404, "NoSuchKey", "no object of this name"),
            (301, "PermanentRedirect", "set AWS_REGION"),
            (400, "AuthorizationHeaderMalformed", "set AWS_REGION"),
            (503, "SlowDown", "again later"),
            (400, "EntityTooSmall", "answered 400, EntityTooSmall"),
        ] {
            let text = refusal(status, code).to_string();
            assert!(text.contains(remedy), "{status} {code}: {text}");
        }
    }

    #[test]
    fn what_a_store_says_cannot_steer_a_terminal() {
        let told = Told::read_answer("<Code>A\u{1b}[2JB</Code>");
        assert_eq!(told.code.as_deref(), Some("A[2JB"));
    }
}
