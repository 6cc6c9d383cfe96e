use {
    crate::{
        address::{Address, AddressError},
        bucket::Bucket,
        disk::BucketDisk,
        error::{Error, Refusal},
        key::Key,
        settings::{Patience, Settings, SettingsError, Traffic},
    },
    longplay_store::{NoWay, Stores, TrancheStore, disk::Location},
    std::path::Path,
    thiserror::Error,
};

/// The way to the buckets that archives name: what an archive says of its store, and
/// what the environment says of who may ask there.
#[derive(Clone, Default)]
pub struct Buckets {
    variables: Vec<(String, String)>,
    traffic: Traffic,
    patience: Patience,
}

/// Why an archive's bucket cannot be used.
#[derive(Debug, Error)]
pub enum BucketError {
    #[error("{at:?} is no address of a bucket")]
    Address { at: String, source: AddressError },
    #[error("the environment does not say how the store is reached")]
    Settings { source: SettingsError },
    #[error("the store cannot be used")]
    Store { source: Error },
    #[error(
        "something lies at {address} already; name a prefix of its own, or remove what is there"
    )]
    Occupied { address: Address },
    #[error("another archive keeps its tranches at {address}; name a prefix of its own")]
    Taken { address: Address },
}

/// The object that says whose the others are.
const CLAIM: &str = "longplay-archive.json";

impl Buckets {
    /// By the variables of an environment: see
    /// [`VARIABLES`](crate::VARIABLES).
    pub fn new(variables: Vec<(String, String)>) -> Self {
        Self {
            variables,
            ..Self::default()
        }
    }

    /// The same with other traffic and patience.
    pub fn with(self, traffic: Traffic, patience: Patience) -> Self {
        Self {
            traffic,
            patience,
            ..self
        }
    }

    /// The bucket that an archive names; nobody is asked yet. What the archive says of
    /// endpoint and region counts before what the environment says.
    ///
    /// # Errors
    /// See [`BucketError`].
    pub fn open(&self, store: &TrancheStore) -> Result<Bucket, BucketError> {
        let address = store.at.parse::<Address>();
        let address = address.map_err(|source| BucketError::Address {
            at: store.at.clone(),
            source,
        })?;
        let variables = self.variables.iter().map(|(name, value)| (name, value));
        let mut settings = Settings::from_variables(variables)
            .map_err(|source| BucketError::Settings { source })?;
        if let Some(endpoint) = &store.endpoint {
            settings.endpoint = Some(endpoint.clone());
        }
        if let Some(region) = &store.region {
            settings.region.clone_from(region);
        }
        settings.traffic = self.traffic;
        settings.patience = self.patience;
        Bucket::open(&address, &settings).map_err(|source| BucketError::Store { source })
    }

    fn take(&self, store: &TrancheStore, archive: &str) -> Result<(), BucketError> {
        let bucket = self.open(store)?;
        let address = bucket.address().clone();
        let failed = |source| BucketError::Store { source };
        let claim = claim_of(archive);
        let objects = bucket.objects(None).map_err(failed)?;
        if objects.iter().any(|object| object.key != claim_key()) {
            return Err(BucketError::Occupied { address });
        }
        match bucket.put_new(&claim_key(), claim.clone()) {
            Err(error) if matches!(error.refusal(), Some(Refusal::Exists)) => {
                match bucket.get(&claim_key()).map_err(failed)? == claim {
                    true => Ok(()),
                    false => Err(BucketError::Taken { address }),
                }
            }
            put => put.map_err(failed),
        }
    }
}

fn claim_key() -> Key {
    CLAIM.parse().expect("a plain name is a key")
}

fn claim_of(archive: &str) -> Vec<u8> {
    let claim = serde_json::json!({ "longplay": "archive", "version": 1, "name": archive });
    format!("{claim}\n").into_bytes()
}

impl Stores for Buckets {
    fn find(&self, store: &TrancheStore, scratch: &Path) -> Result<Location, NoWay> {
        Ok(BucketDisk::at(self.open(store)?, scratch))
    }

    fn claim(&self, store: &TrancheStore, archive: &str) -> Result<(), NoWay> {
        Ok(self.take(store, archive)?)
    }
}
