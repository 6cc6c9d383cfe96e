//! How members of packs are called:
//! `Artist/2019 Release [1a2b3c4d]/03 Title.flac`.

use {
    longplay_model::{Digest, PathTable, Receipt, RelativePath, portable_component},
    std::collections::HashSet,
};

/// Hands out the paths of one tranche.
#[derive(Debug, Default)]
pub struct Shelf {
    taken: PathTable,
    /// Folders of releases of which a disc beyond the first is here: their
    /// titles bear the number of the disc.
    several_discs: HashSet<String>,
}

const COMPONENT_BYTES: usize = 255;

impl Shelf {
    pub fn new<'a>(receipts: impl Iterator<Item = &'a Receipt>) -> Self {
        let beyond_first = receipts.filter(|receipt| receipt.disc.is_some_and(|disc| disc > 1));
        Self {
            taken: PathTable::default(),
            several_discs: beyond_first.map(folder).collect(),
        }
    }

    /// Path of the audio of `receipt`.
    pub fn audio(&mut self, receipt: &Receipt) -> RelativePath {
        let folder = folder(receipt);
        let disc = receipt
            .disc
            .filter(|_| self.several_discs.contains(&folder))
            .map_or(String::new(), |disc| format!("{disc}-"));
        let position = match receipt.position {
            Some(position) if receipt.release.is_some() => format!("{disc}{position:02} "),
            _ => String::new(),
        };
        let extension = receipt.codec.extension();
        let title = title(receipt);
        self.claim(&folder, &format!("{position}{title}.{extension}"))
    }

    /// Path of the cover that came with `receipt`.
    pub fn cover(&mut self, receipt: &Receipt, media_type: &str) -> RelativePath {
        let extension = match media_type {
            "image/png" => "png",
            _ => "jpg",
        };
        let stem = match receipt.release {
            Some(_) => "cover",
            None => title(receipt),
        };
        self.claim(&folder(receipt), &format!("{stem}.{extension}"))
    }

    fn claim(&mut self, folder: &str, name: &str) -> RelativePath {
        let wanted = format!("{folder}/{}", portable_component(name));
        self.taken
            .claim(wanted.parse().expect("each component was made portable"))
    }
}

fn title(receipt: &Receipt) -> &str {
    match receipt.title.trim() {
        "" => "_",
        title => title,
    }
}

/// `Artist/2019 Release [1a2b3c4d]`, or `Artist` for what is on no release.
fn folder(receipt: &Receipt) -> String {
    let artist = receipt.release_artist.as_ref().unwrap_or(&receipt.artist);
    let artist = portable_component(artist.trim());
    match &receipt.release {
        None => artist,
        Some(release) => format!("{artist}/{}", release_folder(receipt, release)),
    }
}

fn release_folder(receipt: &Receipt, release: &str) -> String {
    let date = receipt.date.as_deref().unwrap_or_default();
    let artist = receipt.release_artist.as_deref().unwrap_or_default();
    let key = Digest::of([artist, release, date].join("\0").as_bytes()).to_string();
    let ending = format!(" [{}]", &key[..8]);
    let year = match date.get(..4) {
        Some(year) => format!("{year} "),
        None => String::new(),
    };
    let name = portable_component(&format!("{year}{}", release.trim()));
    let name = cut(&name, COMPONENT_BYTES - ending.len());
    format!("{name}{ending}")
}

/// At most `bytes`, ended at a character that a name may end with.
fn cut(name: &str, bytes: usize) -> &str {
    let end = (0..=bytes.min(name.len()))
        .rev()
        .find(|end| name.is_char_boundary(*end));
    name[..end.unwrap_or(0)].trim_end_matches(['.', ' '])
}
