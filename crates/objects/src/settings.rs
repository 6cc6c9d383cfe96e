use {
    object_store::aws::AmazonS3ConfigKey,
    std::{fmt, time::Duration},
    thiserror::Error,
};

/// How a store is reached. Secrets are in it; what it shows of itself has none.
#[derive(Clone)]
pub struct Settings {
    /// Where the store answers, `https://host:port`; Amazon's own when absent.
    pub endpoint: Option<String>,
    /// What signatures name. Most stores other than Amazon's take any.
    pub region: String,
    /// Whether the bucket is a part of the host's name, and not of the path.
    pub bucket_in_host: bool,
    /// Whether an endpoint without TLS beyond this machine is meant.
    pub allow_http: bool,
    pub(crate) access: Access,
    pub patience: Patience,
    pub traffic: Traffic,
}

/// How long a request is waited for, and how often it is sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    pub to_connect: Duration,
    /// From the first byte sent to the last byte received.
    pub for_a_request: Duration,
    pub retries: usize,
    /// No retry begins later than this after the first try.
    pub for_all_retries: Duration,
    /// Before the first retry; later ones wait longer, by chance up to twice as long
    /// each time.
    pub first_pause: Duration,
    pub longest_pause: Duration,
}

/// How much is on its way at a time. What is held in memory is `in_flight` times
/// the size of a part or of a range, and one more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Traffic {
    /// Bytes in a part of a large object; what is not longer is put at once. Stores
    /// want 5 MiB or more.
    pub part: u64,
    /// Bytes asked for at once by who reads on and on.
    pub range: u64,
    pub in_flight: usize,
}

/// What the variables of the environment say that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SettingsError {
    #[error(
        "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY belong together, and {missing} is not set"
    )]
    HalfAKey { missing: &'static str },
    #[error("{name}={value:?} is neither true nor false")]
    NoTruth { name: String, value: String },
    #[error(
        "the endpoint {endpoint:?} is no address; write it as https://host or https://host:port"
    )]
    Endpoint { endpoint: String },
    #[error(
        "the endpoint {endpoint:?} has no TLS: everything could be read and changed on its way; \
         use https, or set AWS_ALLOW_HTTP=true where the network is trusted"
    )]
    Plain { endpoint: String },
    #[error(
        "nothing says who asks the store: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or \
         AWS_SKIP_SIGNATURE=true for a store that anyone may read"
    )]
    NoCredentials,
}

/// Who asks.
#[derive(Clone)]
pub(crate) enum Access {
    Unknown,
    Anyone,
    Key {
        id: String,
        secret: String,
        token: Option<String>,
    },
    /// By what the machine or the container is given: short-lived keys that are
    /// fetched as they are needed.
    Role(Vec<(AmazonS3ConfigKey, String)>),
}

/// The variables of the environment that [`Settings::from_variables`] understands,
/// by the names that other tools for S3 use.
pub const VARIABLES: [&str; 15] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_ENDPOINT_URL_S3",
    "AWS_ENDPOINT_URL",
    "AWS_ALLOW_HTTP",
    "AWS_VIRTUAL_HOSTED_STYLE_REQUEST",
    "AWS_SKIP_SIGNATURE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_EC2_METADATA_DISABLED",
];

impl Settings {
    /// Settings by the variables of an environment; those with other names, and
    /// empty ones, are passed over. Where two mean the same, the one that stands
    /// first in [`VARIABLES`] counts.
    ///
    /// # Errors
    /// See [`SettingsError`].
    pub fn from_variables<N: AsRef<str>, V: Into<String>>(
        variables: impl IntoIterator<Item = (N, V)>,
    ) -> Result<Self, SettingsError> {
        let mut found: [Option<String>; VARIABLES.len()] = Default::default();
        for (name, value) in variables {
            let place = VARIABLES.iter().position(|known| *known == name.as_ref());
            let value = Some(value.into()).filter(|value| !value.is_empty());
            if let (Some(place), Some(value)) = (place, value) {
                found[place] = Some(value);
            }
        }
        let mut take = |name: &str| {
            let place = VARIABLES.iter().position(|known| *known == name);
            place.and_then(|place| found[place].take())
        };
        let mut first = |names: [&str; 2]| {
            let [one, other] = names.map(&mut take);
            one.or(other)
        };
        let endpoint = first(["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"]);
        let region = first(["AWS_REGION", "AWS_DEFAULT_REGION"]);
        Ok(Self {
            endpoint,
            region: region.unwrap_or_else(|| "us-east-1".into()),
            bucket_in_host: is_true("AWS_VIRTUAL_HOSTED_STYLE_REQUEST", &mut take)?,
            allow_http: is_true("AWS_ALLOW_HTTP", &mut take)?,
            access: access(&mut take)?,
            patience: Patience::default(),
            traffic: Traffic::default(),
        })
    }

    /// Where a bucket answers, without a slash at its end.
    ///
    /// # Errors
    /// See [`SettingsError`].
    pub(crate) fn url_of(&self, bucket: &str) -> Result<String, SettingsError> {
        let region = &self.region;
        let Some(endpoint) = &self.endpoint else {
            return Ok(match self.bucket_in_host {
                true => format!("https://{bucket}.s3.{region}.amazonaws.com"),
                false => format!("https://s3.{region}.amazonaws.com/{bucket}"),
            });
        };
        let refused = || SettingsError::Endpoint {
            endpoint: endpoint.clone(),
        };
        let (scheme, host) = endpoint.split_once("://").ok_or_else(refused)?;
        let host = host.trim_end_matches('/');
        let is_host = !host.is_empty() && !host.contains([' ', '?', '#', '@', '\\']);
        match scheme {
            _ if !is_host => return Err(refused()),
            "https" => {}
            "http" if self.allow_http || is_this_machine(host) => {}
            "http" => {
                let endpoint = endpoint.clone();
                return Err(SettingsError::Plain { endpoint });
            }
            _ => return Err(refused()),
        }
        Ok(match self.bucket_in_host {
            true => format!("{scheme}://{bucket}.{host}"),
            false => format!("{scheme}://{host}/{bucket}"),
        })
    }
}

fn access(take: &mut impl FnMut(&str) -> Option<String>) -> Result<Access, SettingsError> {
    let id = take("AWS_ACCESS_KEY_ID");
    let secret = take("AWS_SECRET_ACCESS_KEY");
    let half = |missing| Err(SettingsError::HalfAKey { missing });
    if is_true("AWS_SKIP_SIGNATURE", take)? {
        return Ok(Access::Anyone);
    }
    match (id, secret) {
        (Some(id), Some(secret)) => Ok(Access::Key {
            id,
            secret,
            token: take("AWS_SESSION_TOKEN"),
        }),
        (Some(_), None) => half("AWS_SECRET_ACCESS_KEY"),
        (None, Some(_)) => half("AWS_ACCESS_KEY_ID"),
        (None, None) => role(take),
    }
}

/// The machine's own role is asked for only where `AWS_EC2_METADATA_DISABLED` is
/// false: elsewhere the question would go to an address that nobody answers at.
fn role(take: &mut impl FnMut(&str) -> Option<String>) -> Result<Access, SettingsError> {
    use AmazonS3ConfigKey::{
        ContainerCredentialsRelativeUri, RoleArn, RoleSessionName, WebIdentityTokenFile,
    };
    let asks_machine = match take("AWS_EC2_METADATA_DISABLED") {
        Some(value) => !truth("AWS_EC2_METADATA_DISABLED", &value)?,
        None => false,
    };
    let given: Vec<_> = [
        (WebIdentityTokenFile, "AWS_WEB_IDENTITY_TOKEN_FILE"),
        (RoleArn, "AWS_ROLE_ARN"),
        (RoleSessionName, "AWS_ROLE_SESSION_NAME"),
        (
            ContainerCredentialsRelativeUri,
            "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        ),
    ]
    .into_iter()
    .filter_map(|(key, name)| Some((key, take(name)?)))
    .collect();
    let has = |key| given.iter().any(|(given, _)| *given == key);
    let is_role = has(WebIdentityTokenFile) && has(RoleArn);
    Ok(
        match asks_machine || is_role || has(ContainerCredentialsRelativeUri) {
            true => Access::Role(given),
            false => Access::Unknown,
        },
    )
}

fn is_true(
    name: &str,
    take: &mut impl FnMut(&str) -> Option<String>,
) -> Result<bool, SettingsError> {
    take(name).map_or(Ok(false), |value| truth(name, &value))
}

fn truth(name: &str, value: &str) -> Result<bool, SettingsError> {
    match value.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Ok(true),
        "false" | "0" | "no" | "off" => Ok(false),
        _ => Err(SettingsError::NoTruth {
            name: name.into(),
            value: value.into(),
        }),
    }
}

/// Whether a host with or without a port is this machine by its own name.
fn is_this_machine(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or(rest),
        None => host.split([':', '/']).next().unwrap_or(host),
    };
    let address = name.parse::<std::net::IpAddr>();
    name == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

impl Default for Patience {
    /// For stores far away: two minutes for a request, five retries.
    fn default() -> Self {
        Self {
            to_connect: Duration::from_secs(10),
            for_a_request: Duration::from_secs(120),
            retries: 5,
            for_all_retries: Duration::from_secs(180),
            first_pause: Duration::from_millis(200),
            longest_pause: Duration::from_secs(15),
        }
    }
}

impl Default for Traffic {
    /// Parts of 16 MiB and ranges of 8 MiB, four at a time.
    fn default() -> Self {
        Self {
            part: 16 << 20,
            range: 8 << 20,
            in_flight: 4,
        }
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.debug_struct("Settings")
            .field("endpoint", &self.endpoint)
            .field("region", &self.region)
            .field("bucket_in_host", &self.bucket_in_host)
            .field("allow_http", &self.allow_http)
            .field("patience", &self.patience)
            .field("traffic", &self.traffic)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: [(&str, &str); 2] = [
        ("AWS_ACCESS_KEY_ID", "name"),
        ("AWS_SECRET_ACCESS_KEY", "hidden"),
    ];

    fn with(more: &[(&str, &str)]) -> Result<Settings, SettingsError> {
        Settings::from_variables(KEY.into_iter().chain(more.iter().copied()))
    }

    fn url(more: &[(&str, &str)]) -> Result<String, SettingsError> {
        with(more).and_then(|settings| settings.url_of("music"))
    }

    #[test]
    fn a_bucket_answers_where_the_variables_say() {
        let own = "AWS_ENDPOINT_URL";
        let in_host = ("AWS_VIRTUAL_HOSTED_STYLE_REQUEST", "true");
        let amazon = "https://s3.us-east-1.amazonaws.com/music";
        assert_eq!(url(&[]).unwrap(), amazon);
        assert_eq!(url(&[("AWS_REGION", "")]).unwrap(), amazon);
        assert_eq!(
            url(&[("AWS_DEFAULT_REGION", "eu-west-1"), in_host]).unwrap(),
            "https://music.s3.eu-west-1.amazonaws.com"
        );
        assert_eq!(
            url(&[(own, "https://example.org/")]).unwrap(),
            "https://example.org/music"
        );
        assert_eq!(
            url(&[(own, "https://example.org:3900"), in_host]).unwrap(),
            "https://music.example.org:3900"
        );
        assert_eq!(
            url(&[
                (own, "https://a.org"),
                ("AWS_ENDPOINT_URL_S3", "https://b.org")
            ])
            .unwrap(),
            "https://b.org/music"
        );
    }

    #[test]
    fn bytes_travel_without_tls_only_where_that_is_meant() {
        let own = "AWS_ENDPOINT_URL";
        let far = (own, "http://storage.example.org");
        assert!(matches!(url(&[far]), Err(SettingsError::Plain { .. })));
        assert!(url(&[far, ("AWS_ALLOW_HTTP", "true")]).is_ok());
        for near in [
            "http://127.0.0.1:3900",
            "http://localhost",
            "http://[::1]:80",
        ] {
            assert!(url(&[(own, near)]).is_ok(), "{near}");
        }
        for wrong in [
            "example.org",
            "ftp://example.org",
            "https://",
            "https://a b",
        ] {
            let error = url(&[(own, wrong)]).unwrap_err();
            assert!(matches!(error, SettingsError::Endpoint { .. }), "{wrong}");
        }
    }

    #[test]
    fn who_asks_is_known_or_refused() {
        let half = Settings::from_variables([KEY[0]]).unwrap_err();
        let missing = "AWS_SECRET_ACCESS_KEY";
        assert_eq!(half, SettingsError::HalfAKey { missing });
        let access = |variables: &[(&str, &str)]| {
            Settings::from_variables(variables.iter().copied())
                .unwrap()
                .access
        };
        assert!(matches!(access(&[]), Access::Unknown));
        let anyone = access(&[("AWS_SKIP_SIGNATURE", "1")]);
        assert!(matches!(anyone, Access::Anyone));
        let role = access(&[("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2")]);
        assert!(matches!(role, Access::Role(_)));
        let machine = access(&[("AWS_EC2_METADATA_DISABLED", "false")]);
        assert!(matches!(machine, Access::Role(_)));
        let wrong = with(&[("AWS_ALLOW_HTTP", "maybe")]).unwrap_err();
        assert!(matches!(wrong, SettingsError::NoTruth { .. }));
    }

    #[test]
    fn secrets_are_not_shown() {
        let shown = format!("{:?}", with(&[("AWS_SESSION_TOKEN", "hidden")]).unwrap());
        assert!(!shown.contains("hidden"), "{shown}");
    }
}
