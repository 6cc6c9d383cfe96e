//! Small tranches made in code, straight from the formats.

use {
    longplay_model::{Access, Digest, FixedClock, IndexRecord, MemberKind, Timestamp},
    longplay_store::{
        bag::{BAGIT_TXT, BagInfo, MANIFEST, Manifest, Oxum, TAG_MANIFEST, format_manifest},
        code::Code,
        facts::Promise,
        kit::{Kit, KitFile, KitRecovery, Subtrees, recovery_pack_bytes},
        leaves::{LeafEntry, LeafFile, leaf_file_bytes},
        merkle::{leaves_of, root_of, subtrees_of},
        names::TrancheName,
        pack::{Item, PackLayout, Segment, Source},
        stranger::READER,
    },
    std::{
        collections::BTreeMap,
        fs,
        path::{Path, PathBuf},
    },
};

/// SplitMix64: small, and the same everywhere.
#[derive(Debug, Clone)]
pub struct Rng(pub u64);

impl Rng {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`, which is not zero.
    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    pub fn bytes(&mut self, length: usize) -> Vec<u8> {
        let mut bytes: Vec<u8> = Vec::with_capacity(length + 8);
        while bytes.len() < length {
            bytes.extend(self.next().to_le_bytes());
        }
        bytes.truncate(length);
        bytes
    }

    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len() as u64) as usize]
    }
}

/// What a fixture is made of.
#[derive(Debug, Clone)]
pub struct Shape {
    pub name: &'static str,
    pub k: u8,
    pub m: u8,
    /// For each data file the bytes of its blobs; of a metadata tranche, one.
    pub files: Vec<Vec<usize>>,
}

/// A tranche on disk, and all its bytes.
#[derive(Debug, Clone)]
pub struct Fixture {
    pub shape: Shape,
    pub folder: PathBuf,
    /// Path below `folder` → bytes.
    pub tree: BTreeMap<String, Vec<u8>>,
    pub promise: Promise,
}

/// All files below a folder.
pub fn tree(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    collect(folder, "", &mut files);
    files
}

fn collect(folder: &Path, above: &str, files: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = format!("{above}{}", entry.file_name().to_str().unwrap());
        match entry.path().is_dir() {
            true => collect(&entry.path(), &format!("{path}/"), files),
            false => {
                files.insert(path, fs::read(entry.path()).unwrap());
            }
        }
    }
}

pub fn write_tree(folder: &Path, tree: &BTreeMap<String, Vec<u8>>) {
    for (path, bytes) in tree {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}

impl Fixture {
    /// Makes the tree of a tranche in memory; [`Fixture::at`] puts it on disk.
    pub fn build(shape: &Shape, seed: u64) -> Self {
        let mut builder = Builder {
            shape: shape.clone(),
            name: shape.name.parse().unwrap(),
            rng: Rng(seed),
            tree: BTreeMap::new(),
            piece_length: 16_384,
            index: Vec::new(),
        };
        builder.build();
        let tag = |path: String| Some(Digest::of(&builder.tree[&path]));
        let promise = Promise {
            tranche: Some(shape.name.into()),
            data: tag(format!("{}/{TAG_MANIFEST}", shape.name)),
            recovery: tag(format!("{}-recovery/{TAG_MANIFEST}", shape.name)),
        };
        Self {
            shape: shape.clone(),
            folder: PathBuf::new(),
            tree: builder.tree,
            promise,
        }
    }

    /// The same on disk, below `folder`.
    pub fn at(&self, folder: &Path) -> Self {
        write_tree(folder, &self.tree);
        Self {
            folder: folder.into(),
            ..self.clone()
        }
    }

    pub fn data(&self) -> PathBuf {
        self.folder.join(self.shape.name)
    }

    pub fn recovery(&self) -> PathBuf {
        self.folder.join(format!("{}-recovery", self.shape.name))
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.folder.join(path)
    }

    /// Paths below `folder` of the shards of each stripe, in order of rows;
    /// data first.
    pub fn stripes(&self) -> Vec<(Vec<String>, Vec<String>)> {
        let name = self.shape.name;
        let mut data: Vec<_> = self
            .tree
            .keys()
            .filter(|path| {
                path.starts_with(&format!("{name}/data/packs/"))
                    || path.starts_with(&format!("{name}/data/catalog/"))
            })
            .cloned()
            .collect();
        data.sort();
        let tranche: TrancheName = name.parse().unwrap();
        data.chunks(self.shape.k.into())
            .enumerate()
            .map(|(stripe, files)| {
                let pack = |j| tranche.recovery_path(stripe as u32, j);
                let recovery = (0..u32::from(self.shape.m))
                    .map(|j| format!("{name}-recovery/{}", pack(j)))
                    .collect();
                (files.to_vec(), recovery)
            })
            .collect()
    }
}

struct Builder {
    shape: Shape,
    name: TrancheName,
    rng: Rng,
    tree: BTreeMap<String, Vec<u8>>,
    piece_length: u64,
    index: Vec<u8>,
}

struct Stripe {
    kit: Kit,
    recovery: Vec<Vec<u8>>,
}

impl Builder {
    fn build(&mut self) {
        let data = self.data_files();
        let k = usize::from(self.shape.k);
        let stripes: Vec<Vec<(String, Vec<u8>)>> = data.chunks(k).map(<[_]>::to_vec).collect();
        for (number, files) in stripes.iter().enumerate() {
            let path = self.name.leaves_path(number as u32).to_string();
            let bytes = leaf_file(&self.name, number as u32, files);
            self.put("", &path, bytes);
        }
        if !self.index.is_empty() {
            let index = self.index.clone();
            self.put("", "data/index.jsonl", index);
        }
        let bag = self.texts("", self.oxum(""), stripes.len());
        let drafts: Vec<Stripe> = stripes
            .iter()
            .enumerate()
            .map(|(number, files)| self.draft(number, files, stripes.len(), &bag))
            .collect();
        self.finish(drafts, bag);
    }

    fn put(&mut self, ending: &str, path: &str, bytes: Vec<u8>) {
        let path = format!("{}{ending}/{path}", self.shape.name);
        self.tree.insert(path, bytes);
    }

    fn data_files(&mut self) -> Vec<(String, Vec<u8>)> {
        let files = self.shape.files.clone();
        let is_packs = !self.shape.name.contains("metadata");
        let mut all = Vec::new();
        for (number, blobs) in files.iter().enumerate() {
            let (path, bytes) = match is_packs {
                true => {
                    let path = self.name.pack_path(number as u32).to_string();
                    (path, self.pack(number as u32, blobs))
                }
                false => {
                    let path = format!("data/catalog/table-{number:02}.parquet");
                    (path, self.rng.bytes(blobs[0]))
                }
            };
            self.put("", &path, bytes.clone());
            all.push((path, bytes));
        }
        all
    }

    fn pack(&mut self, number: u32, blobs: &[usize]) -> Vec<u8> {
        let contents: BTreeMap<Digest, Vec<u8>> = blobs
            .iter()
            .map(|bytes| self.rng.bytes(*bytes))
            .map(|bytes| (Digest::of(&bytes), bytes))
            .collect();
        let items = contents
            .iter()
            .enumerate()
            .map(|(at, (digest, bytes))| item(number, at, *digest, bytes.len() as u64))
            .collect();
        let name = self.name.pack(number);
        let layout = PackLayout::new(name, self.piece_length, Access::Open, items);
        self.index.extend(layout.index_lines());
        let mut pack = Vec::new();
        for segment in layout.segments() {
            match segment {
                Segment::Bytes(bytes) => pack.extend(bytes),
                Segment::Zeros(count) => pack.resize(pack.len() + count as usize, 0),
                Segment::Source(source) => pack.extend(&contents[&source.digest]),
            }
        }
        assert_eq!(pack.len() as u64, layout.bytes);
        pack
    }

    fn oxum(&self, ending: &str) -> Oxum {
        let payload = format!("{}{ending}/data/", self.shape.name);
        let files = self
            .tree
            .iter()
            .filter(|(path, _)| path.starts_with(&payload));
        files.map(|(_, bytes)| bytes.len() as u64).collect()
    }

    fn texts(&self, ending: &str, payload: Oxum, stripes: usize) -> BTreeMap<String, String> {
        let info = BagInfo {
            organization: "Trial archive".into(),
            identifier: format!("{}{ending}", self.shape.name),
            description: match ending {
                "" => "A tranche for trials".into(),
                _ => format!(
                    "Recovery packs of {}: A tranche for trials",
                    self.shape.name
                ),
            },
            date: FixedClock(Timestamp::from_unix_seconds(0)).0,
            payload,
            software: "longplay 0.1.0".into(),
            access: Access::Open,
            stripes: stripes as u32,
            k: self.shape.k,
            m: self.shape.m,
            piece_length: self.piece_length,
        };
        BTreeMap::from([
            (
                "README.txt".into(),
                format!("What {} is.\n", self.shape.name),
            ),
            ("bag-info.txt".into(), info.to_text()),
            ("bagit.txt".into(), BAGIT_TXT.into()),
            ("longplay_reader.py".into(), READER.into()),
        ])
    }

    fn draft(
        &self,
        number: usize,
        files: &[(String, Vec<u8>)],
        stripes: usize,
        bag: &BTreeMap<String, String>,
    ) -> Stripe {
        let (k, m) = (self.shape.k, self.shape.m);
        let longest = files.iter().map(|(_, bytes)| bytes.len()).max().unwrap();
        let mut inputs: Vec<&[u8]> = files.iter().map(|(_, bytes)| &bytes[..]).collect();
        inputs.resize(k.into(), &[]);
        let mut recovery = vec![vec![0; longest]; m.into()];
        Code::new(k, m)
            .unwrap()
            .encoder()
            .mix(&inputs, &mut recovery);
        let kit = Kit {
            longplay: "kit".into(),
            version: 1,
            tranche: self.shape.name.into(),
            stripe: number as u32,
            k,
            m,
            data_bytes: longest as u64,
            pack_bytes: 0,
            piece_length: self.piece_length,
            stripes: stripes as u32,
            files: files
                .iter()
                .map(|(path, bytes)| kit_file(path, bytes))
                .collect(),
            recovery: (0..u32::from(m))
                .zip(&recovery)
                .map(|(j, bytes)| {
                    kit_recovery(self.name.recovery_path(number as u32, j).as_str(), bytes)
                })
                .collect(),
            bag: bag.clone(),
            recovery_bag: self.texts("-recovery", Oxum::default(), stripes),
        };
        Stripe { kit, recovery }
    }

    fn finish(&mut self, mut stripes: Vec<Stripe>, bag: BTreeMap<String, String>) {
        let mut payload = Vec::new();
        for stripe in &mut stripes {
            stripe.kit.pack_bytes = recovery_pack_bytes(&stripe.kit);
            let entries: Vec<LeafEntry> = stripe
                .kit
                .recovery
                .iter()
                .map(|pack| LeafEntry {
                    path: pack.path.clone(),
                    bytes: stripe.kit.pack_bytes,
                    sha256: pack.sha256,
                    root: pack.root,
                })
                .collect();
            payload.extend(entries.iter().map(|entry| entry.bytes));
            payload.push(leaf_file_bytes(
                self.shape.name,
                stripe.kit.stripe,
                &entries,
            ));
        }
        let payload: Oxum = payload.into_iter().collect();
        let texts = self.texts("-recovery", payload, stripes.len());
        for mut stripe in stripes {
            stripe.kit.recovery_bag.clone_from(&texts);
            self.put_recovery(stripe);
        }
        assert_eq!(self.oxum("-recovery"), payload);
        self.put_tags("", bag);
        self.put_tags("-recovery", texts);
    }

    fn put_recovery(&mut self, stripe: Stripe) {
        let mut files = Vec::new();
        for (j, mut bytes) in stripe.recovery.into_iter().enumerate() {
            bytes.extend(stripe.kit.tail(j as u32));
            assert_eq!(bytes.len() as u64, stripe.kit.pack_bytes);
            let path = stripe.kit.recovery[j].path.to_string();
            self.put("-recovery", &path, bytes.clone());
            files.push((path, bytes));
        }
        let path = self
            .name
            .recovery_leaves_path(stripe.kit.stripe)
            .to_string();
        let bytes = leaf_file(&self.name, stripe.kit.stripe, &files);
        self.put("-recovery", &path, bytes);
    }

    fn put_tags(&mut self, ending: &str, texts: BTreeMap<String, String>) {
        let folder = format!("{}{ending}/", self.shape.name);
        let payload: Manifest = self
            .tree
            .iter()
            .filter_map(|(path, bytes)| {
                let path = path.strip_prefix(&folder)?;
                path.starts_with("data/")
                    .then(|| (path.to_owned(), Digest::of(bytes)))
            })
            .collect();
        let manifest = format_manifest(&payload).into_bytes();
        let mut tags: Manifest = BTreeMap::from([(MANIFEST.into(), Digest::of(&manifest))]);
        self.put(ending, MANIFEST, manifest);
        for (path, text) in texts {
            tags.insert(path.clone(), Digest::of(text.as_bytes()));
            self.put(ending, &path, text.into_bytes());
        }
        self.put(ending, TAG_MANIFEST, format_manifest(&tags).into_bytes());
    }
}

fn item(pack: u32, at: usize, digest: Digest, bytes: u64) -> Item {
    let text = format!(
        r#"{{"path":"Artist/2019 Release/{at:02} Title {pack}-{at}.flac","pack":"","offset":0,"length":{bytes},"sha256":"{digest}","kind":"audio","media_type":"audio/flac","tracks":["{}"],"title":"Title {pack}-{at}","artist":"Artist {pack}","access":"open"}}"#,
        &digest.to_string()[..32]
    );
    let record: IndexRecord = serde_json::from_str(&text).unwrap();
    assert_eq!(record.kind, MemberKind::Audio);
    Item {
        record,
        source: Source {
            location: PathBuf::new().into(),
            digest,
            bytes,
        },
        fingerprint: None,
    }
}

fn kit_file(path: &str, bytes: &[u8]) -> KitFile {
    let leaves = leaves_of(bytes);
    KitFile {
        path: path.parse().unwrap(),
        bytes: bytes.len() as u64,
        sha256: Digest::of(bytes),
        root: root_of(&leaves),
        subtrees: Subtrees(subtrees_of(&leaves)),
    }
}

fn kit_recovery(path: &str, bytes: &[u8]) -> KitRecovery {
    let leaves = leaves_of(bytes);
    KitRecovery {
        path: path.parse().unwrap(),
        sha256: Digest::of(bytes),
        root: root_of(&leaves),
        subtrees: Subtrees(subtrees_of(&leaves)),
    }
}

fn leaf_file(name: &TrancheName, stripe: u32, files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let hashes: Vec<Vec<Digest>> = files.iter().map(|(_, bytes)| leaves_of(bytes)).collect();
    let entries = files
        .iter()
        .zip(&hashes)
        .map(|((path, bytes), leaves)| LeafEntry {
            path: path.parse().unwrap(),
            bytes: bytes.len() as u64,
            sha256: Digest::of(bytes),
            root: root_of(leaves),
        });
    let file = LeafFile {
        tranche: name.to_string(),
        stripe,
        files: entries.collect(),
        hashes,
    };
    file.to_bytes()
}
