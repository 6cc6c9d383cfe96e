//! An S3 server in this process: it knows what longplay asks and nothing more,
//! checks every signature and every digest, counts requests and bytes, and fails
//! when it is told to.

mod answer;
mod fault;
mod http;
mod keeping;
mod signature;

pub use {
    fault::{Fault, How},
    keeping::Seen,
};

use {
    keeping::Keeping,
    longplay_objects::{Bucket, Patience, Settings, Traffic},
    std::{
        collections::BTreeMap,
        net::{SocketAddr, TcpListener, TcpStream},
        sync::{Arc, Mutex, MutexGuard, atomic::AtomicBool, atomic::Ordering},
        thread,
        time::Duration,
    },
};

/// The only bucket.
pub const BUCKET: &str = "music";
pub const KEY_ID: &str = "KEEPER";
pub const SECRET: &str = "a secret of tests";

pub struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
}

pub struct Shared {
    keeping: Mutex<Keeping>,
    is_over: AtomicBool,
}

impl Shared {
    fn keeping(&self) -> MutexGuard<'_, Keeping> {
        self.keeping.lock().unwrap()
    }

    /// A while, or until the server ends.
    fn rest(&self, time: Duration) {
        let step = Duration::from_millis(5);
        let mut left = time;
        while !left.is_zero() && !self.is_over.load(Ordering::Relaxed) {
            thread::sleep(step.min(left));
            left = left.saturating_sub(step);
        }
    }
}

impl Server {
    /// A server with an empty bucket.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            keeping: Mutex::default(),
            is_over: AtomicBool::new(false),
        });
        let own = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming() {
                if own.is_over.load(Ordering::Relaxed) {
                    return;
                }
                let (shared, stream) = (Arc::clone(&own), stream.unwrap());
                thread::spawn(move || answer::serve(stream, &shared));
            }
        });
        Self { address, shared }
    }

    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What the environment of a command that asks this server holds.
    pub fn variables(&self) -> Vec<(String, String)> {
        let endpoint = self.endpoint();
        [
            ("AWS_ENDPOINT_URL", endpoint.as_str()),
            ("AWS_ACCESS_KEY_ID", KEY_ID),
            ("AWS_SECRET_ACCESS_KEY", SECRET),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
    }

    /// Settings with small parts and little patience.
    pub fn settings(&self) -> Settings {
        let mut settings = Settings::from_variables(self.variables()).unwrap();
        settings.patience = Patience {
            to_connect: Duration::from_secs(5),
            for_a_request: Duration::from_secs(5),
            retries: 3,
            for_all_retries: Duration::from_secs(20),
            first_pause: Duration::from_millis(1),
            longest_pause: Duration::from_millis(20),
        };
        settings.traffic = Traffic {
            part: 1 << 20,
            range: 256 << 10,
            in_flight: 4,
        };
        settings
    }

    /// The bucket, or a part of it: `s3://music` and what comes behind.
    pub fn bucket(&self, address: &str) -> Bucket {
        Bucket::open(&address.parse().unwrap(), &self.settings()).unwrap()
    }

    /// All objects, by whole keys.
    pub fn objects(&self) -> BTreeMap<String, Vec<u8>> {
        self.shared.keeping().objects.clone()
    }

    /// Does something to the objects that no request asked for.
    pub fn change(&self, change: impl FnOnce(&mut BTreeMap<String, Vec<u8>>)) {
        change(&mut self.shared.keeping().objects);
    }

    /// Keys of the uploads that nobody finished.
    pub fn uploads(&self) -> Vec<String> {
        let keeping = self.shared.keeping();
        keeping
            .uploads
            .values()
            .map(|upload| upload.key.clone())
            .collect()
    }

    /// Leaves an upload behind as somebody does who is killed.
    pub fn tear(&self, key: &str, part: &[u8]) {
        let mut keeping = self.shared.keeping();
        let id = keeping.begin(key);
        keeping.put_part(&id, 1, part.to_vec());
    }

    /// Lets the next requests that it fits fail.
    pub fn fail(&self, fault: Fault) {
        self.shared.keeping().faults.push(fault);
    }

    /// Ends all faults.
    pub fn heal(&self) {
        self.shared.keeping().faults.clear();
    }

    /// Ends the faults of an object as soon as it is written anew.
    pub fn heal_when_put(&self, key: &str) {
        self.shared.keeping().healing.insert(key.to_owned());
    }

    /// What was asked since the last time.
    pub fn seen(&self) -> Vec<Seen> {
        std::mem::take(&mut self.shared.keeping().seen)
    }

    /// How many keys and uploads fit on a page of a listing.
    pub fn set_page(&self, page: usize) {
        self.shared.keeping().page = page;
    }

    /// How many requests were under way at the same time, at most, since the last time.
    pub fn most_at_once(&self) -> usize {
        std::mem::take(&mut self.shared.keeping().most_at_once)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::Relaxed);
        // Wakes the thread that waits for the next one.
        let _ = TcpStream::connect(self.address);
    }
}
