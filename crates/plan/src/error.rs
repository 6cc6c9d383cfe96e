use thiserror::Error as ThisError;

/// Why a policy cannot be used.
#[derive(Debug, ThisError)]
pub enum Error {
    #[error("reading the policy")]
    ParsePolicy {
        #[source]
        source: Box<toml::de::Error>,
    },
    #[error("the policy has version {found}, this longplay knows {known}: use a newer longplay")]
    NewerPolicy { found: u32, known: u32 },
    #[error("the policy's `{field}` must be {expected}, found {found}")]
    PolicyValue {
        field: &'static str,
        expected: &'static str,
        found: f64,
    },
}
