use {
    super::fault::Fault,
    sha2::{Digest, Sha256},
    std::collections::{BTreeMap, BTreeSet},
};

/// All that the server knows.
pub struct Keeping {
    pub objects: BTreeMap<String, Vec<u8>>,
    pub uploads: BTreeMap<String, Upload>,
    pub faults: Vec<Fault>,
    pub seen: Vec<Seen>,
    /// Objects whose faults end when they are written.
    pub healing: BTreeSet<String>,
    pub page: usize,
    pub at_once: usize,
    pub most_at_once: usize,
    begun: usize,
}

pub struct Upload {
    pub key: String,
    pub parts: BTreeMap<usize, Vec<u8>>,
}

/// A request and its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    pub method: String,
    /// Empty for the bucket itself.
    pub key: String,
    pub query: String,
    pub range: Option<String>,
    pub status: u16,
    /// Of the request's body.
    pub received: u64,
    /// Of the answer's body.
    pub sent: u64,
}

impl Default for Keeping {
    fn default() -> Self {
        Self {
            objects: BTreeMap::new(),
            uploads: BTreeMap::new(),
            faults: Vec::new(),
            seen: Vec::new(),
            healing: BTreeSet::new(),
            page: 1000,
            at_once: 0,
            most_at_once: 0,
            begun: 0,
        }
    }
}

impl Keeping {
    pub fn begin(&mut self, key: &str) -> String {
        self.begun += 1;
        let id = format!("upload {}&{}", self.begun, key.len());
        let upload = Upload {
            key: key.to_owned(),
            parts: BTreeMap::new(),
        };
        self.uploads.insert(id.clone(), upload);
        id
    }

    /// Keeps an object; gives its tag.
    pub fn put(&mut self, key: &str, bytes: Vec<u8>) -> String {
        if self.healing.remove(key) {
            self.faults.retain(|fault| !key.contains(&fault.part));
        }
        let tag = tag(&bytes);
        self.objects.insert(key.to_owned(), bytes);
        tag
    }

    /// The tag of the part; none where there is no such upload.
    pub fn put_part(&mut self, id: &str, number: usize, bytes: Vec<u8>) -> Option<String> {
        let tag = tag(&bytes);
        self.uploads.get_mut(id)?.parts.insert(number, bytes);
        Some(tag)
    }

    /// What the first fault that fits does, which is then used up.
    pub fn fault(&mut self, method: &str, key: &str, query: &str) -> Option<super::How> {
        let fits = |fault: &Fault| fault.fits(method, key, query);
        let place = self.faults.iter().position(fits)?;
        let fault = &mut self.faults[place];
        if fault.after > 0 {
            fault.after -= 1;
            return None;
        }
        fault.times -= 1;
        let how = fault.how.clone();
        if fault.times == 0 {
            self.faults.remove(place);
        }
        Some(how)
    }
}

pub fn tag(bytes: &[u8]) -> String {
    format!("\"{}\"", hex(&Sha256::digest(bytes)[..16]))
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
