//! One pass over the files of a torrent: SHA-1 of its pieces for v1, SHA-256
//! of its leaves for v2, and whether both are what was promised.

use {
    super::layer::{LEAF_BYTES, piece_of_leaves, root_of_layer},
    longplay_model::{Digest, Monitor},
    longplay_store::disk::{DiskFile, Location},
    sha1::{Digest as _, Sha1},
    sha2::Sha256,
    std::{
        io::{self, Read, Seek, SeekFrom},
        path::PathBuf,
        sync::{
            Mutex,
            atomic::{AtomicUsize, Ordering},
        },
    },
};

/// A file that goes into a torrent, and what is known of it.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Below the folder of the torrent.
    pub path: Vec<String>,
    pub bytes: u64,
    pub promise: Promise,
}

/// What the bytes of a file must turn out to be.
#[derive(Debug, Clone)]
pub enum Promise {
    /// The BEP 52 pieces root, which stands for every 16 KiB.
    Root(Digest),
    /// The SHA-256 of the whole.
    Digest(Digest),
    /// Nothing is known.
    None,
}

/// A file with all that a torrent says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HashedFile {
    pub path: Vec<String>,
    pub bytes: u64,
    /// BEP 52; absent for an empty file.
    pub root: Option<Digest>,
    /// Empty for a file of up to one piece.
    pub layer: Vec<Digest>,
    /// SHA-1 of each piece, the last one completed with zeros.
    pub pieces: Vec<[u8; 20]>,
    /// SHA-1 of the last piece as it is.
    pub short_piece: Option<[u8; 20]>,
}

/// A file that is not what was promised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    pub path: Vec<String>,
    pub seen: String,
}

/// What the pass found.
#[derive(Debug)]
pub enum Hashed {
    Whole(Vec<HashedFile>),
    Broken(Vec<Broken>),
    Interrupted,
}

/// Pieces that one thread hashes in one go.
struct Job {
    file: usize,
    first: u64,
    end: u64,
}

#[derive(Default)]
struct Done {
    pieces: Vec<([u8; 20], Digest)>,
    short: Option<[u8; 20]>,
    broken: Vec<Broken>,
}

const JOB_BYTES: u64 = 64 << 20;

/// Reads every byte below `root` once, on `threads` threads. The order of the
/// answer is the order of `files`, whatever the threads do.
pub fn hash_files(
    root: impl Into<Location>,
    files: &[Wanted],
    piece_length: u64,
    threads: usize,
    monitor: &dyn Monitor,
) -> Hashed {
    let (root, jobs) = (root.into(), jobs(files, piece_length));
    let done: Mutex<Vec<Option<Done>>> = Mutex::new(jobs.iter().map(|_| None).collect());
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some((number, job)) = take(&next, &jobs) {
            let Some(result) = run(&root, files, job, piece_length, monitor) else {
                return;
            };
            done.lock().expect("no thread panics")[number] = Some(result);
        }
    };
    std::thread::scope(|scope| {
        (1..threads.clamp(1, 64)).for_each(|_| drop(scope.spawn(work)));
        work();
    });
    gather(
        files,
        &jobs,
        done.into_inner().expect("no thread panics"),
        piece_length,
    )
}

fn take<'a>(next: &AtomicUsize, jobs: &'a [Job]) -> Option<(usize, &'a Job)> {
    let number = next.fetch_add(1, Ordering::Relaxed);
    jobs.get(number).map(|job| (number, job))
}

/// A file whose whole digest is promised is one job: it is hashed in order.
fn jobs(files: &[Wanted], piece_length: u64) -> Vec<Job> {
    let step = (JOB_BYTES / piece_length).max(1);
    let mut jobs = Vec::new();
    for (file, wanted) in files.iter().enumerate() {
        let pieces = wanted.bytes.div_ceil(piece_length);
        let step = match wanted.promise {
            Promise::Root(_) | Promise::None => step,
            Promise::Digest(_) => pieces.max(1),
        };
        let mut first = 0;
        while first < pieces.max(1) {
            let end = (first + step).min(pieces);
            jobs.push(Job { file, first, end });
            first += step;
        }
    }
    jobs
}

/// `None` when the user asked to stop.
fn run(
    root: &Location,
    files: &[Wanted],
    job: &Job,
    piece_length: u64,
    monitor: &dyn Monitor,
) -> Option<Done> {
    let wanted = &files[job.file];
    let mut done = Done::default();
    let path = root.join(wanted.path.iter().collect::<PathBuf>());
    match read_pieces(&path, wanted, job, piece_length, monitor, &mut done) {
        Ok(true) => {}
        Ok(false) => return None,
        Err(error) => done.broken.push(unreadable(wanted, &error)),
    }
    Some(done)
}

fn unreadable(wanted: &Wanted, error: &io::Error) -> Broken {
    Broken {
        path: wanted.path.clone(),
        seen: format!("it cannot be read: {error}"),
    }
}

fn read_pieces(
    path: &Location,
    wanted: &Wanted,
    job: &Job,
    piece_length: u64,
    monitor: &dyn Monitor,
    done: &mut Done,
) -> io::Result<bool> {
    let mut file = path.stream()?;
    check_length(file.file(), wanted, done)?;
    file.seek(SeekFrom::Start(job.first * piece_length))?;
    let mut whole = Sha256::new();
    let mut piece = Vec::new();
    for number in job.first..job.end {
        if monitor.is_interrupted() {
            return Ok(false);
        }
        let start = number * piece_length;
        let length = piece_length.min(wanted.bytes - start);
        piece.resize(usize::try_from(length).map_err(io::Error::other)?, 0);
        file.read_exact(&mut piece)?;
        if matches!(wanted.promise, Promise::Digest(_)) {
            whole.update(&piece);
        }
        hash_piece(&piece, wanted, piece_length, done);
        monitor.advance(length);
    }
    check_whole(wanted, whole.into(), done);
    Ok(true)
}

fn check_length(file: &dyn DiskFile, wanted: &Wanted, done: &mut Done) -> io::Result<()> {
    let found = file.bytes()?;
    if found != wanted.bytes {
        let expected = wanted.bytes;
        done.broken.push(Broken {
            path: wanted.path.clone(),
            seen: format!("{found} bytes instead of {expected}"),
        });
    }
    Ok(())
}

fn check_whole(wanted: &Wanted, found: Digest, done: &mut Done) {
    if let Promise::Digest(promised) = wanted.promise
        && promised != found
    {
        done.broken.push(Broken {
            path: wanted.path.clone(),
            seen: format!("SHA-256 {found} instead of {promised}"),
        });
    }
}

fn hash_piece(piece: &[u8], wanted: &Wanted, piece_length: u64, done: &mut Done) {
    let leaves: Vec<Digest> = piece.chunks(LEAF_BYTES as usize).map(Digest::of).collect();
    let lone = wanted.bytes <= piece_length;
    let node = piece_of_leaves(&leaves, piece_length, lone);
    let plain = Sha1::new().chain_update(piece);
    let missing = piece_length - piece.len() as u64;
    if missing > 0 {
        done.short = Some(plain.clone().finalize().into());
    }
    done.pieces
        .push((with_zeros(plain, missing).finalize().into(), node));
}

fn with_zeros(mut hasher: Sha1, mut bytes: u64) -> Sha1 {
    const ZEROS: [u8; 16_384] = [0; 16_384];
    while bytes > 0 {
        let portion = bytes.min(ZEROS.len() as u64);
        hasher.update(&ZEROS[..portion as usize]);
        bytes -= portion;
    }
    hasher
}

fn gather(files: &[Wanted], jobs: &[Job], done: Vec<Option<Done>>, piece_length: u64) -> Hashed {
    let mut gathered: Vec<Done> = files.iter().map(|_| Done::default()).collect();
    for (job, result) in jobs.iter().zip(done) {
        let Some(result) = result else {
            return Hashed::Interrupted;
        };
        let file = &mut gathered[job.file];
        file.pieces.extend(result.pieces);
        file.short = file.short.or(result.short);
        file.broken.extend(result.broken);
    }
    let mut broken: Vec<Broken> = gathered
        .iter_mut()
        .flat_map(|file| std::mem::take(&mut file.broken))
        .collect();
    let whole = files.iter().zip(gathered);
    let hashed: Vec<_> = whole
        .map(|(wanted, done)| hashed(wanted, done, piece_length))
        .collect();
    broken.extend(files.iter().zip(&hashed).filter_map(other_root));
    match broken.is_empty() {
        true => Hashed::Whole(hashed),
        false => Hashed::Broken(one_a_file(broken)),
    }
}

fn other_root((wanted, hashed): (&Wanted, &HashedFile)) -> Option<Broken> {
    let Promise::Root(promised) = wanted.promise else {
        return None;
    };
    let found = hashed.root.unwrap_or(Digest::from_bytes([0; 32]));
    (found != promised).then(|| Broken {
        path: wanted.path.clone(),
        seen: format!("its bytes have the root {found} instead of {promised}"),
    })
}

/// The jobs of one file may all find it missing, and then its root differs.
fn one_a_file(mut broken: Vec<Broken>) -> Vec<Broken> {
    broken.sort_by(|a, b| a.path.cmp(&b.path));
    broken.dedup_by(|later, first| later.path == first.path);
    broken
}

fn hashed(wanted: &Wanted, done: Done, piece_length: u64) -> HashedFile {
    let (pieces, layer): (Vec<_>, Vec<_>) = done.pieces.into_iter().unzip();
    let root = (wanted.bytes > 0).then(|| root_of_layer(&layer, piece_length));
    let is_long = wanted.bytes > piece_length;
    HashedFile {
        path: wanted.path.clone(),
        bytes: wanted.bytes,
        root,
        layer: if is_long { layer } else { Vec::new() },
        pieces,
        short_piece: done.short,
    }
}
