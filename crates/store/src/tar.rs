//! Headers of a pax archive (IEEE Std 1003.1-2017), as `docs/format/pack.md`
//! narrows them: equal members give equal bytes.

/// Bytes of a block; headers and data are padded to it.
pub const BLOCK: u64 = 512;

/// Zeros at the end of an archive: two blocks.
pub const END_BYTES: u64 = 2 * BLOCK;

/// The name that every extended header bears.
const PAX_NAME: &str = ".longplay/pax";

/// 1980-01-01T00:00:00Z.
const TIME: u64 = 315_532_800;

/// The least size that the octal field cannot hold.
const OCTAL_END: u64 = 1 << 33;

/// The longest name that the plain field holds.
const NAME_BYTES: usize = 100;

/// The headers of a member: one block, and before it, where the path or the
/// size needs it, an extended header.
pub fn header(path: &str, bytes: u64) -> Vec<u8> {
    let records = pax_records(path, bytes);
    let mut headers = Vec::new();
    if !records.is_empty() {
        headers.extend(ustar(PAX_NAME, records.len() as u64, b'x'));
        headers.extend(&records);
        headers.resize(headers.len().next_multiple_of(BLOCK as usize), 0);
    }
    let size = if bytes < OCTAL_END { bytes } else { 0 };
    headers.extend(ustar(&plain_name(path), size, b'0'));
    headers
}

/// Bytes of a member: headers, data and the zeros after it.
pub fn member_bytes(path: &str, bytes: u64) -> u64 {
    header(path, bytes).len() as u64 + bytes + padding(bytes)
}

/// Zeros after data of `bytes`.
pub const fn padding(bytes: u64) -> u64 {
    bytes.next_multiple_of(BLOCK) - bytes
}

fn pax_records(path: &str, bytes: u64) -> Vec<u8> {
    let mut records = Vec::new();
    if path.len() > NAME_BYTES || !path.is_ascii() {
        records.extend(record("path", path));
    }
    if bytes >= OCTAL_END {
        records.extend(record("size", &bytes.to_string()));
    }
    records
}

/// `<length> <key>=<value>\n`, where the length counts its own digits.
fn record(key: &str, value: &str) -> Vec<u8> {
    let rest = format!(" {key}={value}\n");
    let mut length = rest.len() + 1;
    while length != rest.len() + digits(length) {
        length = rest.len() + digits(length);
    }
    format!("{length}{rest}").into_bytes()
}

fn digits(number: usize) -> usize {
    number.to_string().len()
}

/// The first 100 bytes of the path, printable ASCII only.
fn plain_name(path: &str) -> String {
    path.bytes()
        .take(NAME_BYTES)
        .map(|byte| match byte {
            b' '..=b'~' => char::from(byte),
            _ => '_',
        })
        .collect()
}

fn ustar(name: &str, size: u64, kind: u8) -> [u8; BLOCK as usize] {
    let mut block = [0; BLOCK as usize];
    let mut put = |at: usize, bytes: &[u8]| block[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, name.as_bytes());
    put(100, b"0000644\0");
    put(108, b"0000000\0");
    put(116, b"0000000\0");
    put(124, format!("{size:011o}\0").as_bytes());
    put(136, format!("{TIME:011o}\0").as_bytes());
    put(148, b"        ");
    put(156, &[kind]);
    put(257, b"ustar\x0000");
    put(329, b"0000000\0");
    put(337, b"0000000\0");
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    block
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_header_is_one_block_with_the_right_sum() {
        let header = header("Artist/01 Title.flac", 1000);
        assert_eq!(header.len(), 512);
        assert_eq!(&header[124..136], b"00000001750\0");
        assert_eq!(&header[136..148], b"02263523000\0");
        let mut blank = header.clone();
        blank[148..156].fill(b' ');
        let sum: u32 = blank.iter().map(|byte| u32::from(*byte)).sum();
        assert_eq!(header[148..156], *format!("{sum:06o}\0 ").as_bytes());
    }

    #[test]
    fn a_path_beyond_ascii_comes_in_an_extended_header() {
        let header = header("Beyoncé/x.flac", 5);
        assert_eq!(header.len(), 3 * 512);
        assert!(header.starts_with(b".longplay/pax\0"));
        assert!(header[512..].starts_with("24 path=Beyoncé/x.flac\n".as_bytes()));
        assert!(header[1024..].starts_with(b"Beyonc__/x.flac\0"));
    }

    #[test]
    fn a_size_of_8_gib_comes_in_an_extended_header() {
        let big = header("x", 8 << 30);
        assert!(big[512..].starts_with(b"19 size=8589934592\n"));
        assert_eq!(&big[1024 + 124..1024 + 136], b"00000000000\0");
        assert_eq!(header("x", (8 << 30) - 1).len(), 512);
    }

    #[test]
    fn a_record_counts_its_own_digits() {
        for length in 1..2000 {
            let record = record("path", &"x".repeat(length));
            let text = String::from_utf8(record.clone()).unwrap();
            let (number, _) = text.split_once(' ').unwrap();
            assert_eq!(number.parse::<usize>().unwrap(), record.len());
        }
    }

    #[test]
    fn members_fill_whole_blocks() {
        for bytes in [0, 1, 511, 512, 513] {
            assert_eq!(member_bytes("x", bytes) % 512, 0);
        }
        assert_eq!(member_bytes("x", 513), 512 + 1024);
    }
}
