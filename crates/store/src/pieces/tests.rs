#[path = "../../../../tests/seeds.rs"]
mod seeds;

use {
    super::{fuzzing::read_pieces, *},
    longplay_wide::advance_each,
    proptest::prelude::*,
    seeds::replay,
    sha1::{Digest as _, Sha1},
    std::fs,
};

fn of_lengths(bag: &str, piece_length: u64, lengths: &[u64]) -> SealedPieces {
    let file = |(number, bytes): (usize, &u64)| PiecesOfFile {
        path: format!("data/packs/{number:06}.tar").parse().unwrap(),
        bytes: *bytes,
        pieces: (0..bytes.div_ceil(piece_length))
            .map(|piece| [(piece * 7 + number as u64) as u8; 20])
            .collect(),
    };
    SealedPieces {
        bag: bag.into(),
        tagmanifest: Digest::of(bag.as_bytes()),
        piece_length,
        files: lengths.iter().enumerate().map(file).collect(),
    }
}

fn sample() -> SealedPieces {
    of_lengths("0001-audio-open", 16_384, &[40_000, 0, 16_384, 1])
}

/// Bytes with a true digest at the end.
fn with_head(head: &str, hashes: usize) -> Vec<u8> {
    checked([format!("{head}\n").as_bytes(), &vec![7; 20 * hashes]].concat())
}

#[test]
fn what_is_written_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let home = Location::from(folder.path());
    for bag in ["0001-audio-open", "0001-audio-open-recovery"] {
        let pieces = of_lengths(bag, 32_768, &[100_000, 32_768]);
        assert_eq!(SealedPieces::read(&home, bag), None);
        sample().write(&home).unwrap();
        pieces.write(&home).unwrap();
        assert_eq!(SealedPieces::read(&home, bag), Some(pieces));
    }
    remove(&home, "0001-audio-open").unwrap();
    remove(&home, "0001-audio-open").unwrap();
    assert_eq!(SealedPieces::read(&home, "0001-audio-open"), None);
}

#[test]
fn the_bytes_are_those_of_the_format() {
    let pieces = of_lengths("0002-audio-open", 16_384, &[16_385]);
    let tagmanifest = pieces.tagmanifest;
    let head = format!(
        "{{\"longplay\":\"pieces\",\"version\":1,\"bag\":\"0002-audio-open\",\
         \"tagmanifest\":\"{tagmanifest}\",\"piece_length\":16384,\
         \"files\":[{{\"path\":\"data/packs/000000.tar\",\"bytes\":16385}}]}}\n"
    );
    let mut bytes = [head.as_bytes(), &[0; 20], &[7; 20]].concat();
    bytes.extend(Digest::of(&bytes).as_bytes());
    assert_eq!(to_bytes(&pieces), bytes);
}

#[test]
fn another_bag_is_not_read_under_this_name() {
    let folder = tempfile::tempdir().unwrap();
    let home = Location::from(folder.path());
    sample().write(&home).unwrap();
    let path = |bag: &str| path_of(&home, bag);
    fs::rename(
        path("0001-audio-open").path(),
        path("0002-audio-open").path(),
    )
    .unwrap();
    assert_eq!(SealedPieces::read(&home, "0002-audio-open"), None);
    fs::write(folder.path().join("x.pieces"), to_bytes(&sample())).unwrap();
    assert_eq!(SealedPieces::read(&home, "../x"), None);
}

#[test]
fn a_file_beyond_all_measure_is_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let home = Location::from(folder.path());
    sample().write(&home).unwrap();
    let path = path_of(&home, "0001-audio-open");
    path.open_to_write().unwrap().set_bytes(1 << 40).unwrap();
    assert_eq!(SealedPieces::read(&home, "0001-audio-open"), None);
}

#[test]
fn any_flipped_bit_and_any_cut_is_damage() {
    let bytes = to_bytes(&sample());
    assert!(parse(&bytes).is_some());
    for at in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[at] ^= 1 << (at % 8);
        assert_eq!(parse(&damaged), None, "byte {at}");
        assert_eq!(parse(&bytes[..at]), None, "cut at {at}");
    }
    assert_eq!(parse(&[&bytes[..], b"x"].concat()), None);
}

#[test]
fn heads_that_do_not_fit_are_refused() {
    let digest = Digest::of(b"");
    let head = |version: u32, length: u64, files: &str| {
        format!(
            "{{\"longplay\":\"pieces\",\"version\":{version},\"bag\":\"0001-audio-open\",\
             \"tagmanifest\":\"{digest}\",\"piece_length\":{length},\"files\":[{files}]}}"
        )
    };
    let one = "{\"path\":\"data/a\",\"bytes\":16385}";
    let most = format!("{{\"path\":\"data/b\",\"bytes\":{}}}", u64::MAX);
    assert!(parse(&with_head(&head(1, 16_384, one), 2)).is_some());
    for (head, hashes) in [
        (head(2, 16_384, one), 2),
        (head(1, 16_384, one), 1),
        (head(1, 16_384, one), 3),
        (head(1, 8_192, one), 3),
        (head(1, 0, one), 2),
        (head(1, 24_576, one), 1),
        (head(1, 16_384, &format!("{one},{one}")), 4),
        (head(1, 16_384, &format!("{one},{most},{most}")), 2),
        (head(1, 16_384, &one.replace("data/a", "../a")), 2),
        (head(1, 16_384, one).replace("0001-audio-open", "x"), 2),
        (head(1, 16_384, one).replace("pieces", "leaves"), 2),
        (String::new(), 0),
    ] {
        assert_eq!(parse(&with_head(&head, hashes)), None, "{head}");
    }
}

#[test]
fn pieces_in_json_are_a_text_that_is_checked() {
    let text = serde_json::to_string(&sample()).unwrap();
    let read = |text: &str| serde_json::from_str::<SealedPieces>(text).ok();
    assert_eq!(read(&text), Some(sample()));
    let changed = match &text[9..10] {
        "A" => "B",
        _ => "A",
    };
    assert_eq!(
        read(&format!("{}{changed}{}", &text[..9], &text[10..])),
        None
    );
    assert_eq!(read("\"x\""), None);
}

/// As `docs/format/torrent.md` has them: each file ends with zeros.
fn plainly(bytes: &[u8], piece_length: usize) -> Vec<[u8; 20]> {
    let pieces = bytes.chunks(piece_length).map(|piece| {
        let zeros = vec![0; piece_length - piece.len()];
        Sha1::digest([piece, &zeros].concat()).into()
    });
    pieces.collect()
}

proptest! {
    #[test]
    fn portions_do_not_matter(
        power in 14u32..17,
        length in 0usize..300_000,
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
    ) {
        let bytes: Vec<u8> = (0..length).map(|n| ((n * 7) >> 3) as u8).collect();
        let mut cuts: Vec<_> = cuts.into_iter().map(|cut| cut.index(length + 1)).collect();
        cuts.extend([0, length]);
        cuts.sort_unstable();
        let mut hasher = PieceHasher::new(1 << power);
        for pair in cuts.windows(2) {
            advance_each(&mut hasher.advance(&bytes[pair[0]..pair[1]]).collect::<Vec<_>>());
            hasher.close();
        }
        prop_assert_eq!(hasher.finish(), plainly(&bytes, 1 << power));
    }

    #[test]
    fn pieces_survive_the_round_trip(
        power in 14u32..23,
        lengths in prop::collection::vec(0u64..100_000_000, 0..9),
    ) {
        let pieces = of_lengths("0003-art-dark-recovery", 1 << power, &lengths);
        prop_assert_eq!(parse(&to_bytes(&pieces)), Some(pieces));
    }

    #[test]
    fn no_bytes_make_the_reader_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        number in any::<u64>(),
        at in 0usize..400,
    ) {
        read_pieces(&bytes);
        let mut damaged = to_bytes(&sample());
        let digits = number.to_string();
        let end = damaged.len().min(at + digits.len());
        damaged.splice(at.min(end)..end, digits.bytes());
        read_pieces(&damaged);
        damaged.truncate(damaged.len() - CHECK);
        read_pieces(&damaged);
    }
}

#[test]
fn pieces_as_fuzz_seeds() {
    let mut seed = to_bytes(&sample());
    seed.truncate(seed.len() - CHECK);
    assert!(parse(&checked(seed.clone())).is_some());
    replay("pieces", read_pieces, [seed]);
}
