use {
    crate::{
        address::Address,
        error::{Error, Refusal, Told},
        settings::{Access, Patience, Settings, SettingsError},
    },
    object_store::{
        BackoffConfig, ClientOptions, RetryConfig,
        aws::{AmazonS3, AmazonS3Builder, AwsAuthorizer},
        client::{HttpClient, HttpConnector, HttpRequest, HttpRequestBody, ReqwestConnector},
    },
    std::{fmt, future::Future, str::FromStr, sync::Arc},
    tokio::runtime::{Builder, Runtime},
};

/// A store that is asked, and the thread on which answers arrive.
pub struct Connection {
    pub store: Arc<AmazonS3>,
    /// For the questions that `object_store` does not know.
    plain: HttpClient,
    /// Where the bucket answers, without a slash at its end.
    pub url: String,
    region: String,
    is_signed: bool,
    runtime: Runtime,
}

impl Connection {
    /// Asks nobody yet.
    pub fn new(address: &Address, settings: &Settings) -> Result<Self, Error> {
        let refused = |source| Error::Settings {
            address: address.clone(),
            source,
        };
        let prepare = |source| Error::Prepare {
            address: address.clone(),
            source: Box::new(source),
        };
        let url = settings.url_of(&address.bucket).map_err(refused)?;
        let client = client_options(&settings.patience, url.starts_with("http://"));
        let builder = AmazonS3Builder::new()
            .with_bucket_name(&address.bucket)
            .with_region(&settings.region)
            .with_endpoint(&url)
            // The address above names the bucket already.
            .with_virtual_hosted_style_request(true)
            .with_client_options(client.clone())
            .with_retry(retries(&settings.patience));
        let builder = sign(builder, &settings.access).map_err(refused)?;
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("objects")
            .enable_all()
            .build()
            .map_err(|source| Error::Start {
                address: address.clone(),
                source,
            })?;
        Ok(Self {
            store: Arc::new(builder.build().map_err(prepare)?),
            plain: ReqwestConnector::default()
                .connect(&client)
                .map_err(prepare)?,
            url,
            region: settings.region.clone(),
            is_signed: !matches!(settings.access, Access::Anyone),
            runtime,
        })
    }

    /// Waits for an answer, on the caller's thread.
    pub fn wait<F: Future>(&self, answer: F) -> F::Output {
        self.runtime.block_on(answer)
    }

    /// Lets something go on while the caller does other things.
    pub fn spawn<F>(&self, task: F) -> tokio::task::JoinHandle<F::Output>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        self.runtime.spawn(task)
    }

    /// The text of the answer to a signed GET of the bucket itself; `query` is encoded.
    pub fn ask(&self, query: &str) -> Result<String, Refusal> {
        self.wait(self.asking(query))
    }

    async fn asking(&self, query: &str) -> Result<String, Refusal> {
        let refused = |error| Refusal::of(&error, &self.url);
        let mut request = HttpRequest::new(HttpRequestBody::empty());
        *request.uri_mut() = self.parsed(&format!("{}?{query}", self.url))?;
        if self.is_signed {
            let credential = self.store.credentials().get_credential();
            let credential = credential.await.map_err(refused)?;
            AwsAuthorizer::new(&credential, "s3", &self.region).authorize(&mut request, None);
        }
        let transport = |error| Refusal::of_transport(&error, &self.url);
        let answer = self.plain.execute(request).await.map_err(transport)?;
        let status = answer.status();
        let body = answer.into_body().bytes().await.map_err(transport)?;
        let text = String::from_utf8_lossy(&body).into_owned();
        if status.is_success() {
            return Ok(text);
        }
        let told = Told {
            status: Some(status.as_u16()),
            ..Told::read_answer(&text)
        };
        Err(Refusal::of_answer(told, &self.url))
    }

    fn parsed<T: FromStr<Err: fmt::Display>>(&self, text: &str) -> Result<T, Refusal> {
        text.parse().map_err(|error| self.nonsense(error))
    }

    pub fn nonsense(&self, error: impl fmt::Display) -> Refusal {
        Refusal::Nonsense {
            endpoint: self.url.clone(),
            why: error.to_string(),
        }
    }
}

fn sign(builder: AmazonS3Builder, access: &Access) -> Result<AmazonS3Builder, SettingsError> {
    Ok(match access {
        Access::Unknown => return Err(SettingsError::NoCredentials),
        Access::Anyone => builder.with_skip_signature(true),
        Access::Key { id, secret, token } => {
            let builder = builder
                .with_access_key_id(id)
                .with_secret_access_key(secret);
            match token {
                Some(token) => builder.with_token(token),
                None => builder,
            }
        }
        Access::Role(given) => given.iter().fold(builder, |builder, (key, value)| {
            builder.with_config(*key, value)
        }),
    })
}

fn client_options(patience: &Patience, is_plain: bool) -> ClientOptions {
    ClientOptions::new()
        .with_allow_http(is_plain)
        .with_connect_timeout(patience.to_connect)
        .with_timeout(patience.for_a_request)
}

fn retries(patience: &Patience) -> RetryConfig {
    RetryConfig {
        backoff: BackoffConfig {
            init_backoff: patience.first_pause,
            max_backoff: patience.longest_pause,
            base: 2.0,
        },
        max_retries: patience.retries,
        retry_timeout: patience.for_all_retries,
    }
}
